"""A folder of Parquet files as Spark, DuckDB or pandas write them: one table, with what folder names such as day=2 say as columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from standout.core.finding import Finding, FindingKind, merged
from standout.data.arrow_files import ParquetSource
from standout.data.source import MIXED_TYPES, Source, cast, conformed, in_words, joined_type
from standout.data.text_types import widened

ENDINGS = (".parquet", ".pq")
NOTHING = "__HIVE_DEFAULT_PARTITION__"

FILES_DIFFER = FindingKind(
    "files-differ", "warning", "{column} is not in {count} of {files} files, the first of them {example}; it is missing there.",
    "Check that all of them are of one table.",
)  # fmt: skip


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files in a folder and in those below it that are named as day=2 is, in order of their names.

    Other folders in it are something else, such as what a run left behind. None that begin with a dot or an underscore.
    """
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
    ours = (p for p in found if all("=" in part for part in p.parts[:-1]))
    return sorted(folder / p for p in ours if not any(part.startswith((".", "_")) for part in p.parts))


class ParquetFolder(Source):
    """Files read one after the other; a column's type is the narrowest that holds it in all of them.

    Raises UnreadableError for a damaged file and EmptyTableError for one without rows, both with its name.
    """

    def __init__(self, folder: Path, files: list[Path]) -> None:
        self.name = folder.resolve().name or "data"
        self._files = [ParquetSource(path) for path in files]
        self.rows = sum(f.rows or 0 for f in self._files)
        told = [_told(path.relative_to(folder)) for path in files]
        kinds = {key: _kind([of.get(key) for of in told]) for key in dict.fromkeys(k for of in told for k in of)}
        self._told = [{k: of.get(k) for k in kinds} for of in told]
        self._noticed: list[Finding] = []
        self._schema = self._joined(kinds)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Columns that not every file has or that change their type, and those that were renamed."""
        return merged([*self._noticed, *(f for file in self._files for f in file.findings)])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over all files."""
        done = 0
        for file, told in zip(self._files, self._told, strict=True):
            for batch in file.batches():
                done += batch.num_rows
                self.share = done / (self.rows or 1)
                yield conformed(self._with(batch, told), self._schema)

    def _with(self, batch: pa.RecordBatch, told: dict[str, str | None]) -> pa.RecordBatch:
        for key, value in told.items():
            if key not in batch.schema.names:
                column = cast(pa.array([value] * batch.num_rows, pa.string()), self._schema.field(key).type)
                batch = batch.append_column(key, column)
        return batch

    def _joined(self, kinds: dict[str, pa.DataType]) -> pa.Schema:
        types: dict[str, pa.DataType] = {}
        lacking: dict[str, list[str]] = {}
        schemas = [file.schema for file in self._files]
        for file, schema in zip(self._files, schemas, strict=True):
            for field in schema:
                before = types.get(field.name, field.type)
                types[field.name] = after = joined_type(before, field.type)
                if after != before and pa.types.is_string(after) and not pa.types.is_null(before):
                    self._noticed.append(
                        MIXED_TYPES.found(
                            column=field.name, before=in_words(before), example=file.path.name, after=in_words(after)
                        )
                    )
        for file, schema in zip(self._files, schemas, strict=True):
            for name in types.keys() - set(schema.names):
                lacking.setdefault(name, []).append(file.path.name)
        for name, files in sorted(lacking.items()):
            self._noticed.append(FILES_DIFFER.found(column=name, count=len(files), files=len(self._files), example=min(files)))
        return pa.schema([*types.items(), *((k, t) for k, t in kinds.items() if k not in types)])


def _told(path: Path) -> dict[str, str | None]:
    """What the folders on the way to a file say.

    >>> _told(Path("site=north%20shore/day=3/part-0.parquet"))
    {'site': 'north shore', 'day': '3'}
    """
    pairs = (part.partition("=") for part in path.parts[:-1])
    return {unquote(key): None if value == NOTHING else unquote(value) for key, equals, value in pairs if key and equals}


def _kind(values: list[str | None]) -> pa.DataType:
    return widened(pa.array(values, pa.string()), pa.null())
