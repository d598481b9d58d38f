"""One pass over a stream: every column counted, rows hashed, a sample drawn, moments and runs followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.core.ahead import ahead
from standout.core.beside import CORES
from standout.core.errors import EmptyTableError
from standout.core.table import Kind, Role, Schema
from standout.data.clock import ClockFacts, MomentKeeper
from standout.data.count import ColumnCounter
from standout.data.distinct import MOST_EXACT, Repeats
from standout.data.kept import Keeper
from standout.data.pieces import Convert, Piece
from standout.data.reservoir import Reservoir
from standout.data.stuck import MOST_ENTITIES, Owners, Run, Runs
from standout.kernels.hashing import Hashes, salted

GLANCE = 10_000
"""So many rows are looked at first, to know how columns are best counted."""

BATCH = 65_536

MOST_CELLS = 25_000_000
"""A sample holds at most so many values, so that wide tables fit as well."""

_MOST_SLOTS = 1 << 25
_STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Tally:
    """What one pass has counted; `first` is the schema that it counted by, a guess from the first rows."""

    first: Schema
    rows: int
    counters: dict[str, ColumnCounter]
    sample: pa.Table
    sampled: NDArray[np.int64]
    clock: ClockFacts | None
    runs: dict[str, Run]
    repeats: int
    compared: float
    example_repeat: tuple[int, int] | None
    kept: list[pa.RecordBatch] | None


def tally(
    batches: Iterable[pa.RecordBatch],
    guess: Callable[[pa.Table], Schema],
    convert: Convert,
    size: int,
    rng: np.random.Generator,
    progress: Callable[[int], None],
    most_kept: int = 0,
) -> Tally:
    """Go through the batches once. Neither the counts nor the sample depend on where the stream is cut.

    most_kept: all batches are kept as well where they take at most so many bytes.
    """
    stream = iter(batches)
    head = _glance(stream)
    first = guess(head.slice(0, GLANCE))
    counting = _Counting(first, convert, max(1, min(size, MOST_CELLS // head.num_columns)), rng, most_kept)
    with ThreadPoolExecutor(CORES) as pool:
        for batch in ahead(_all(head, stream)):
            counting.add(batch, pool)
            progress(counting.rows)
        return counting.result(pool)


def _glance(stream: Iterator[pa.RecordBatch]) -> pa.Table:
    kept, rows = [], 0
    for batch in stream:
        kept.append(batch)
        rows += batch.num_rows
        if rows >= GLANCE:
            break
    if not kept or not kept[0].num_columns:
        raise EmptyTableError("There is nothing in it: no columns and no rows.", "Check that the export wrote something.")
    if not rows:
        raise EmptyTableError(f"It has {kept[0].num_columns} columns and no rows.", "Check the export or the query behind it.")
    return pa.Table.from_batches(kept)


def _all(head: pa.Table, stream: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from head.to_batches(max_chunksize=BATCH)
    for batch in stream:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


class _Counting:
    """The state of the pass."""

    def __init__(self, first: Schema, convert: Convert, size: int, rng: np.random.Generator, most_kept: int) -> None:
        self.first = first
        self.rows = 0
        exact = min(MOST_EXACT, _power_below(_MOST_SLOTS // (2 * len(first.fields))))
        self._counters = [ColumnCounter(f, convert, exact) for f in first.fields]
        self._sample = Reservoir(size, rng)
        self._repeats = Repeats()
        self._keeper = Keeper(most_kept)
        self._moments = MomentKeeper()
        self._owners = Owners()
        self._joined: Future[None] = Future()
        self._joined.set_result(None)
        self._time, self._entity = (_position(first, role) for role in (Role.TIME, Role.ENTITY))
        moving = (f.kind is Kind.NUMBER and f.role is Role.FEATURE for f in first.fields)
        followed = self._time is not None
        self._runs = {i: Runs() for i, moves in enumerate(moving) if moves and followed}

    def add(self, batch: pa.RecordBatch, pool: ThreadPoolExecutor) -> None:
        """Take in the next rows."""
        first_row = self.rows
        sampled = pool.submit(self._sample.add, batch)
        arrays = [batch.column(f.name) for f in self.first.fields]
        pieces = list(pool.map(lambda counter, array: counter.add(array, first_row), self._counters, arrays))
        self._joined.result()  # of the batch before: rows come in order
        self._joined = pool.submit(self._join, arrays, pieces)
        if self._time is not None:
            self._follow(pieces, first_row, pool)
        sampled.result()
        self.rows += batch.num_rows

    def _join(self, arrays: list[pa.Array], pieces: list[Piece]) -> None:
        """Whole rows again: kept where there is room, and compared with each other."""
        read = [_compact(array, piece) for array, piece in zip(arrays, pieces, strict=True)]
        self._keeper.add(pa.RecordBatch.from_arrays(read, names=list(self.first.names)))
        total: Hashes = np.zeros(len(arrays[0]), dtype=np.uint64)
        for column, (field, piece) in enumerate(zip(self.first.fields, pieces, strict=True)):
            if field.role is not Role.ID:
                salted(piece.hashes, np.uint64((column + 1) * _STEP % (1 << 64)), total)
        self._repeats.add(total)

    def _follow(self, pieces: list[Piece], first_row: int, pool: ThreadPoolExecutor) -> None:
        time = pieces[self._time].values if self._time is not None else None
        if time is None:
            return
        owners = None if self._entity is None else pieces[self._entity].hashes
        self._moments.add(time, owners)
        if len(self._owners) > MOST_ENTITIES:
            self._runs.clear()
        if not self._runs:
            return
        numbers = self._owners.number(owners, len(time))

        def follow(column: int, runs: Runs) -> None:
            values = pieces[column].values
            if values is not None:
                runs.add(values, numbers, len(self._owners), first_row)

        list(pool.map(follow, self._runs.keys(), self._runs.values()))

    def result(self, pool: ThreadPoolExecutor) -> Tally:
        """What was counted."""
        self._joined.result()
        # three that sort all rows, at once
        taken, facts = pool.submit(self._sample.take), pool.submit(self._moments.facts)
        counted = pool.submit(lambda: self._repeats.count)
        stuck = {self.first.names[i]: runs.stuck() for i, runs in self._runs.items()}
        (sample, sampled), repeats = taken.result(), counted.result()
        return Tally(
            first=self.first,
            rows=self.rows,
            counters=dict(zip(self.first.names, self._counters, strict=True)),
            sample=sample,
            sampled=sampled,
            clock=facts.result(),
            runs={name: run for name, run in stuck.items() if run is not None},
            repeats=repeats,
            compared=self._repeats.share,
            example_repeat=self._repeats.example() if repeats else None,
            kept=self._keeper.batches,
        )


def _compact(array: pa.Array, piece: Piece) -> pa.Array:
    """A column as it is kept: names that come back are numbers into a dictionary."""
    coded = piece.strings is not None and pa.types.is_dictionary(piece.strings.type) and pa.types.is_string(array.type)
    return piece.strings if coded else array


def _power_below(number: int) -> int:
    return 1 << max(10, number.bit_length() - 1)


def _position(schema: Schema, role: Role) -> int | None:
    return next((i for i, f in enumerate(schema.fields) if f.role is role), None)
