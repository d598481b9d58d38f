"""Parquet and Arrow (Feather) files, read in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from standout.core.errors import EmptyTableError
from standout.core.finding import Finding
from standout.data.files import checked, damaged
from standout.data.source import BATCH_ROWS, Source, unique_names

DAMAGE = (OSError, pa.ArrowException, UnicodeError)
"""What Arrow raises on a damaged file: names that are no UTF-8 as well as its own errors."""


class ParquetSource(Source):
    """A Parquet file; `schema` is that of its batches."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path, self.name = checked(path), path.stem
        try:
            with pq.ParquetFile(path) as file:
                names, self.rows = file.schema_arrow.names, file.metadata.num_rows
                none = file.schema_arrow.empty_table()
        except DAMAGE as error:
            raise damaged(path, error) from error
        self._names, self._noticed = unique_names(names)
        self.schema = _flattened(none.rename_columns(self._names)).schema
        if not self.rows:
            raise EmptyTableError(f"{path} has no rows.", "Give a file with at least one row.")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Renamed columns."""
        return self._noticed

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over the file."""
        import pyarrow.parquet as pq

        done = 0
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    done += batch.num_rows
                    self.share = done / (self.rows or 1)
                    yield flat(batch.rename_columns(self._names))
        except DAMAGE as error:
            raise damaged(self.path, error) from error


class ArrowSource(Source):
    """An Arrow IPC file, also called Feather."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = checked(path), path.stem
        try:
            with pa.OSFile(str(path)) as file:
                reader = pa.ipc.open_file(file)
                names, self._count = reader.schema.names, reader.num_record_batches
                empty = not any(reader.get_batch(i).num_rows for i in range(self._count))
        except DAMAGE as error:
            raise damaged(path, error) from error
        self._names, self._noticed = unique_names(names)
        if empty:
            raise EmptyTableError(f"{path} has no rows.", "Give a file with at least one row.")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Renamed columns."""
        return self._noticed

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over the file."""
        try:
            with pa.OSFile(str(self.path)) as file:
                reader = pa.ipc.open_file(file)
                for i in range(self._count):
                    batch = reader.get_batch(i)
                    batch.validate(full=True)  # offsets in a damaged file would lead outside its buffers
                    batch = flat(batch.rename_columns(self._names))
                    self.share = (i + 1) / self._count
                    for start in range(0, batch.num_rows, BATCH_ROWS):
                        yield batch.slice(start, BATCH_ROWS)
        except DAMAGE as error:
            raise damaged(self.path, error) from error


def flat(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch whose nested columns are columns of their own, named outer.inner, and whose texts Arrow can compute with.

    polars hands over texts as views, for which Arrow has hardly a function: not even one to take rows.
    """
    if not any(pa.types.is_struct(t) or _without_views(t) != t for t in batch.schema.types):
        return batch
    return _flattened(pa.Table.from_batches([batch])).combine_chunks().to_batches()[0]


def _flattened(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(t) for t in table.schema.types):
        table = table.flatten()
    for at, type_ in enumerate(table.schema.types):
        wanted = _without_views(type_)
        if wanted != type_:
            table = table.set_column(at, table.column_names[at], _cast(table.column(at), wanted))
    return table


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(wanted):
        return column.cast(wanted)
    chunks = [pa.DictionaryArray.from_arrays(c.indices, c.dictionary.cast(wanted.value_type)) for c in column.chunks]
    return pa.chunked_array(chunks, pa.dictionary(wanted.index_type, wanted.value_type))


def _without_views(type_: pa.DataType) -> pa.DataType:
    """The type with texts and bytes laid end to end in place of views."""
    if pa.types.is_string_view(type_):
        return pa.large_string()
    if pa.types.is_binary_view(type_):
        return pa.large_binary()
    if pa.types.is_dictionary(type_):
        return pa.dictionary(type_.index_type, _without_views(type_.value_type), type_.ordered)
    if pa.types.is_large_list(type_):
        return pa.large_list(_without_views(type_.value_type))
    if pa.types.is_list(type_):
        return pa.list_(_without_views(type_.value_type))
    return type_
