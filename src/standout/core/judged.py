"""Rows to explain beside the detector that judged them: their served scores, and those they would have with other values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Attributes, AttributesInTime, Detector, LooksBack, Moments, heeded
from standout.core.matrix import Matrix
from standout.core.part import Floats, State
from standout.core.table import Table

CHUNK = 4_000_000
"""Numbers in changed rows that are scored at a time."""

Level = Callable[[Floats, NDArray[np.intp]], Floats]
"""Served scores from the detector's, for rows that stand where some rows of the table do."""


@dataclass(frozen=True)
class Judged:
    """Some rows of a table and what judged them.

    table: the rows to explain, n of them. matrix: all rows that their scores depend on, prepared; a row detector's are the same rows.
    at: where each row of the table stands in the matrix, shape (n,). told: the scores, shape (n,), that the rows were ranked by, where
    these are not what scoring gives: training rows are ranked by own scores, as if unseen.
    """

    table: Table
    matrix: Matrix
    at: NDArray[np.intp]
    part: Detector
    state: State
    level: Level
    told: Floats | None = None

    def take(self, rows: NDArray[np.intp]) -> Judged:
        """The chosen rows."""
        matrix = self.matrix if self.in_order else self.matrix.take(rows)
        at = self.at[rows] if self.in_order else np.arange(len(rows))
        told = None if self.told is None else self.told[rows]
        return replace(
            self, table=self.table.take(rows), matrix=matrix, at=at, level=lambda raw, w: self.level(raw, rows[w]), told=told
        )

    @property
    def ranked(self) -> Floats:
        """The scores that the rows are ranked by, shape (n,)."""
        return self.scores if self.told is None else self.told

    @property
    def in_order(self) -> bool:
        """Whether a score depends on other rows too."""
        return self.part.kind == "sequence"

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """The features of the rows to explain, shape (n, d)."""
        return self.matrix.values[self.at] if self.in_order else self.matrix.values

    @cached_property
    def focus(self) -> NDArray[np.intp]:
        """Where in the matrix the moment stands that counts most in each row's score, shape (n,): the row itself but in a series.

        The row itself too where no moment counts, as of a run's first rows, before a window is full.
        """
        if self.moments is None:
            return self.at
        counts = self.moments.parts.sum(axis=2)
        most = self.at + self.moments.offsets[counts.argmax(axis=1)]
        return np.where(counts.max(axis=1, initial=0.0) > 0, most, self.at)

    @cached_property
    def scores(self) -> Floats:
        """As served, shape (n,)."""
        if not len(self.at):
            return np.empty(0)
        if not self.in_order:
            raw = self.part.score(self.state, self.matrix)
        elif isinstance(self.part, LooksBack):
            raw = self._of_stretches(self.at, None, None)
        else:
            raw = self.part.score(self.state, self.matrix)[self.at]
        return self.level(np.asarray(raw, dtype=np.float64), np.arange(len(self.at)))

    def changed(self, which: NDArray[np.intp], values: NDArray[np.float32]) -> Floats:
        """The scores of rows `which` (m,) if they held other values, shape (m, d).

        In a series, what differs from the row's own value is held in all rows that the score reads, up to and with the row itself.
        """
        scores = np.empty(len(which))
        size = self.matrix.width * (1 if not self.in_order else self._reach(self.at[which]))
        step = max(1, CHUNK // max(1, size))
        for first in range(0, len(which), step):
            some = slice(first, first + step)
            scores[some] = self._changed(which[some], values[some])
        return scores

    def _changed(self, which: NDArray[np.intp], values: NDArray[np.float32]) -> Floats:
        if self.in_order:
            raw = self._of_stretches(self.at[which], values != self.rows[which], values)
        else:
            raw = self.part.score(self.state, Matrix(values, self.matrix.features))
        return self.level(np.asarray(raw, dtype=np.float64), which)

    @cached_property
    def amounts(self) -> Floats | None:
        """The detector's own parts of the scores by feature, shape (n, d); None where it has none."""
        if self.in_order:
            return None if self.moments is None else self.moments.parts.sum(axis=1)
        return self.part.attribute(self.state, self.matrix) if isinstance(self.part, Attributes) else None

    @property
    def heeded(self) -> NDArray[np.bool_]:
        """Whether the scores depend on each feature, shape (d,): one that they do not depend on made no row strange."""
        return heeded(self.part, self.state, self.matrix.width)

    @cached_property
    def moments(self) -> Moments | None:
        """The detector's own parts of the scores by moment and feature, for a detector of series that has them."""
        if not self.in_order or not len(self.at):
            return None
        if isinstance(self.part, AttributesInTime):
            return self.part.attribute_in_time(self.state, self.matrix, self.at)
        if isinstance(self.part, Attributes):
            return Moments(np.zeros(1, dtype=np.int64), self.part.attribute(self.state, self.matrix)[self.at][:, None])
        return None

    def run_of(self, at: int) -> slice:
        """The rows of the matrix that belong to the same series as one of them."""
        return self.matrix.runs[int(np.searchsorted(self.matrix.starts, at, side="right")) - 1]

    def _stretch(self, at: int) -> slice:
        """The rows of the matrix that the score of a row reads, up to it where the detector looks back."""
        run = self.run_of(at)
        if isinstance(self.part, LooksBack):
            return slice(max(run.start, at - self.part.context(self.state)), at + 1)
        return run

    def rows_read(self, i: int) -> int:
        """How many rows, up to and with it, the score of row i reads: 1 but in a series."""
        return self._reach(self.at[i : i + 1]) if self.in_order else 1

    def _reach(self, at: NDArray[np.intp]) -> int:
        return max((s.stop - s.start for s in map(self._stretch, at.tolist())), default=1)

    def _of_stretches(
        self,
        at: NDArray[np.intp],
        mask: NDArray[np.bool_] | None,
        values: NDArray[np.float32] | None,
    ) -> Floats:
        """Raw scores of rows of a series, each scored as a run of its own behind what it depends on, changed under a mask."""
        stretches = [self._stretch(t) for t in at.tolist()]
        pieces = [self.matrix.values[s] for s in stretches]
        if mask is not None and values is not None:
            pieces = [np.where(mask[i], values[i], piece) for i, piece in enumerate(pieces)]
        starts = np.cumsum([0, *map(len, pieces)])
        before = self.matrix.before
        if before is not None:
            before = tuple(before[k] for k in np.searchsorted(self.matrix.starts, at, side="right") - 1)
        first = starts[:-1].astype(np.int64)
        joined = Matrix(np.ascontiguousarray(np.concatenate(pieces)), self.matrix.features, first, before=before)
        own = np.array([t - s.start for t, s in zip(at.tolist(), stretches, strict=True)])
        return np.asarray(self.part.score(self.state, joined))[starts[:-1] + own]
