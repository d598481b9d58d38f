"""The rows of a first pass kept in memory, so that the second one need not read and convert the file again."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from standout.core.finding import Finding
from standout.data.source import Source

MOST_BYTES = 256 << 20
"""A source is kept where its columns take at most so much, about two million rows of 20 columns; beyond, it is read again."""


class Keeper:
    """Takes in the batches of a pass, until they are too many.

    >>> keeper = Keeper(most_bytes=1000)
    >>> keeper.add(pa.record_batch({"x": [1.0, 2.0]}))
    >>> [batch.num_rows for batch in keeper.batches or ()]
    [2]
    >>> keeper.add(pa.record_batch({"x": [0.0] * 1000}))
    >>> keeper.batches is None
    True
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self.batches: list[pa.RecordBatch] | None = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep a batch, or let go of all where there is no room for it."""
        if self.batches is None:
            return
        self._bytes += batch.nbytes
        if self._bytes > self._most:
            self.batches = None
            return
        self.batches.append(batch)


class Kept(Source):
    """A source of which all rows are in memory; names and findings are those of the source that they come from."""

    def __init__(self, source: Source, batches: list[pa.RecordBatch]) -> None:
        self._source, self._batches = source, batches
        self.name = source.name
        self.rows = sum(batch.num_rows for batch in batches)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed when the rows were read."""
        return self._source.findings

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, in order."""
        yield from self._batches
