"""A uniform sample of the rows of a stream that does not depend on how the stream comes in pieces."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Reservoir:
    """Keeps the `size` rows with the smallest random keys: one pass, every row equally likely, in the order of the file.

    >>> kept = Reservoir(2, np.random.default_rng(0))
    >>> kept.add(pa.record_batch({"x": [10, 11, 12]}))
    >>> sample, rows = kept.take()
    >>> sample["x"].to_pylist(), rows.tolist()
    ([11, 12], [1, 2])
    """

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self._size = size
        self._rng = rng
        self._pieces: list[pa.RecordBatch] = []
        self._keys = np.empty(0)
        self._rows = np.empty(0, dtype=np.int64)
        self._below = np.inf
        self._seen = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in the next rows of the stream."""
        keys = self._rng.random(batch.num_rows)
        first, self._seen = self._seen, self._seen + batch.num_rows
        at = np.flatnonzero(keys < self._below)
        if not len(at):
            return
        self._pieces.append(batch if len(at) == batch.num_rows else batch.take(pa.array(at)))
        self._keys = np.concatenate([self._keys, keys[at]])
        self._rows = np.concatenate([self._rows, first + at])
        if len(self._rows) > 2 * self._size + batch.num_rows:
            self._prune()

    def _prune(self) -> None:
        kept = np.sort(np.lexsort((self._rows, self._keys))[: self._size])
        self._below = float(self._keys[kept].max())
        whole = pa.Table.from_batches(self._pieces).take(pa.array(kept)).combine_chunks()
        self._pieces = whole.to_batches()
        self._keys, self._rows = self._keys[kept], self._rows[kept]

    def take(self) -> tuple[pa.Table, NDArray[np.int64]]:
        """The sample and each row's number in the stream, from 0; at least one batch must have been added."""
        if len(self._rows) > self._size:
            self._prune()
        return pa.Table.from_batches(self._pieces), self._rows
