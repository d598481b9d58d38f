"""A re-readable stream of record batches: what every reader gives, and the two ways to go through it.

`Source.batches` promises one schema. Most sources know it beforehand or keep what they read in a temporary file; a CSV file is
read in place, and its types are known from samples only. Where a late row overturns them, the reader looks through the whole
file once and raises `ReadAgain`; `read_through` starts the pass again, under the settled types.

>>> from standout.data.frames import FrameSource
>>> source = FrameSource({"a": [1, 2, 3]})
>>> read_through(source, lambda batches: sum(b.num_rows for b in batches))
3
"""

from __future__ import annotations

import tempfile
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import pyarrow as pa

from standout.core.errors import UnreadableError
from standout.core.finding import Finding, FindingKind

BATCH_ROWS = 65_536
T = TypeVar("T")

RENAMED = FindingKind(
    "column-renamed",
    "warning",
    "Column {position} has {trouble} and is called {column} here.",
    "Give each column a name of its own.",
)
MIXED_TYPES = FindingKind(
    "mixed-types",
    "warning",
    "{column} held {before} at first and later other values, such as {example!r}; it is read as {after}.",
    "Clean the column, or say its kind.",
)


class ReadAgain(Exception):
    """The types under which batches were given do not hold for the whole source: go through it again, it knows better now."""


class Source(ABC):
    """A named stream of rows that can be gone through again and again.

    name: a short name for titles. rows: how many there are, where that is known without reading. share: how much of the
    source the present pass has read, 0 to 1, where that is known. costly: whether a pass takes so long that rows are kept.
    """

    name: str = "data"
    costly: bool = True
    rows: int | None = None
    share: float | None = None

    @abstractmethod
    def batches(self) -> Iterator[pa.RecordBatch]:
        """A fresh pass over all rows, about 64 thousand a batch, every batch of one schema.

        Raises ReadAgain where types turn out wider midway (see `read_through`), UnreadableError where the source fails,
        EmptyTableError where it holds no row.
        """

    @contextmanager
    def begun(self) -> Iterator[None]:
        """With the next pass under way already, beside what goes on until it is asked for; nothing where that would gain nothing."""
        yield

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed while opening and reading; complete after a whole pass."""
        return ()

    def pieces(self) -> Iterator[pa.RecordBatch]:
        """All rows once and in order, as `batches`, but types may widen midway instead of the pass starting again."""
        given = 0
        while True:
            try:
                start = 0
                for batch in self.batches():
                    stop = start + batch.num_rows
                    if stop > given:
                        yield batch.slice(max(0, given - start))
                        given = stop
                    start = stop
                return
            except ReadAgain:
                continue


def read_through(source: Source, work: Callable[[Iterator[pa.RecordBatch]], T]) -> T:
    """What `work` makes of one whole pass; it is called again with a fresh pass when types turn out wider midway."""
    while True:
        try:
            return work(source.batches())
        except ReadAgain:
            continue


class Spooled(Source):
    """A source that can be read only once, or slowly: kept in a temporary file from which every pass is read.

    A subclass gives `_blocks`, whose schemas may differ from block to block; the pass that keeps them settles one schema.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._starts: list[int] = []
        self._schema: pa.Schema | None = None
        self._noticed: list[Finding] = []

    @abstractmethod
    def _blocks(self) -> Iterator[pa.RecordBatch]:
        """All rows, once."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed; complete after the first pass has begun."""
        return tuple(self._noticed)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over what was kept; the first one keeps it."""
        if self._schema is None:
            self._keep()
        if self._file is None or self._schema is None:
            raise UnreadableError(f"{self.name} was not kept.")
        for number, start in enumerate(self._starts):
            self._file.seek(start)
            # a block is read whole before any of it is given, so that two passes may go on at once
            for batch in list(pa.ipc.open_stream(pa.PythonFile(self._file, mode="r"))):
                self.share = (number + 1) / len(self._starts)
                yield conformed(batch, self._schema)

    def _keep(self) -> None:
        file = tempfile.TemporaryFile(prefix="standout-")  # noqa: SIM115  # kept open for later passes, gone with the source
        starts, schema, rows = [], None, 0
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        try:
            for block in self._blocks():
                if block.num_rows == 0 and schema is not None:
                    continue
                schema = block.schema if schema is None else self._joined(schema, block)
                starts.append(file.tell())
                with pa.ipc.new_stream(file, block.schema, options=options) as writer:
                    writer.write_batch(block)
                rows += block.num_rows
        except OSError as error:
            file.close()
            raise UnreadableError(
                f"{self.name} cannot be kept in a temporary file: {error}.", "Free the disk or point TMPDIR elsewhere."
            ) from error
        except BaseException:
            file.close()
            raise
        weakref.finalize(self, file.close)
        self._file, self._starts, self.rows = file, starts, rows
        self._schema = schema if schema is not None else pa.schema([])

    def _joined(self, known: pa.Schema, block: pa.RecordBatch) -> pa.Schema:
        fields = {f.name: f.type for f in known}
        for field in block.schema:
            before = fields.get(field.name, field.type)
            after = joined_type(before, field.type)
            if pa.types.is_string(after) and not pa.types.is_null(before) and before != after:
                example = next((str(v) for v in block.column(field.name).to_pylist() if v is not None), "")
                self._noticed.append(
                    MIXED_TYPES.found(column=field.name, before=in_words(before), example=example, after=in_words(after))
                )
            fields[field.name] = after
        return pa.schema(list(fields.items()))


def joined_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The narrowest type that holds both without loss; string where there is no other."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if _is_number(one) and _is_number(other):
        return pa.float64()
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other) and one.tz == other.tz:
        return pa.timestamp("us", one.tz)
    return pa.string()


def in_words(type_: pa.DataType) -> str:
    """A type as a person would call it."""
    if _is_number(type_):
        return "numbers"
    if pa.types.is_boolean(type_):
        return "true and false"
    if pa.types.is_temporal(type_):
        return "times"
    return "nothing" if pa.types.is_null(type_) else "text"


def conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch under a wider schema: absent columns missing, others cast."""
    if batch.schema.equals(schema):
        return batch
    arrays = []
    for field in schema:
        at = batch.schema.get_field_index(field.name)
        arrays.append(pa.nulls(batch.num_rows, field.type) if at < 0 else cast(batch.column(at), field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def cast(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """The array under a wider type of `joined_type`; what Arrow cannot write as text Python does."""
    if array.type == type_:
        return array
    try:
        return array.cast(type_, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())


def unique_names(names: Iterable[Any]) -> tuple[list[str], tuple[Finding, ...]]:
    """Names made unique and not empty, each change told.

    >>> unique_names(["a", "a", ""])[0]
    ['a', 'a_2', 'column_3']
    """
    given = [str(n).strip() if n is not None else "" for n in names]
    taken, unique, findings = set(given), [], []
    for position, name in enumerate(given, start=1):
        if name and name not in unique:
            unique.append(name)
            continue
        base, number = (name, 2) if name else ("column", position)
        while f"{base}_{number}" in taken:
            number += 1
        unique.append(f"{base}_{number}")
        taken.add(unique[-1])
        trouble = f"the name {name!r} for the second time" if name else "no name"
        findings.append(RENAMED.found(column=unique[-1], position=position, trouble=trouble))
    return unique, tuple(findings)


def rebatched(table: pa.Table) -> Iterator[pa.RecordBatch]:
    """A table in batches of about 64 thousand rows."""
    yield from table.to_batches(max_chunksize=BATCH_ROWS)


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))
