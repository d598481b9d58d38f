"""What is kept of each row while a file streams by: its score, its time, its label, and of the strangest rows all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.events import Line
from standout.core.finding import Finding
from standout.core.part import Floats
from standout.core.table import Role, Table, concat

KEPT = 5_000
"""Rows kept whole; of more alerts than this the rest is read a second time."""


@dataclass
class Tally:
    """Filled piece by piece; a few bytes a row, and `kept` whole rows.

    own: the numbers of the rows that the model learned from, and their own scores, which stand in for what the model says of
    them: no row is judged by itself. line: how the rows lie along time, of a source that was read whole for a sequence detector.
    """

    own: tuple[NDArray[np.int64], Floats] | None = None
    kept: int = KEPT
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    line: Line | None = None
    _raw: list[Floats] = field(default_factory=list)
    _times: list[NDArray[Any]] = field(default_factory=list)
    _labels: list[Table] = field(default_factory=list)
    _strange: list[Table] = field(default_factory=list)
    _strange_raw: list[Floats] = field(default_factory=list)
    _floor: float = -np.inf

    def add(self, table: Table, raw: Floats, whole: Callable[[NDArray[np.intp]], Table] | None = None) -> None:
        """Take in one piece with the scores of its rows; their numbers follow each other.

        whole: gives rows of the piece, by position, where the table does not hold all of their columns.
        """
        self.rows += len(table)
        raw = raw.astype(np.float64)
        if self.own is not None and len(table):
            at = self.own[0] - table.rows[0]
            here = (at >= 0) & (at < len(table))
            raw[at[here]] = self.own[1][here]
        self._raw.append(raw)
        times = table.with_role(Role.TIME)
        if times is not None:
            self._times.append(times.values)
        label = table.schema.with_role(Role.LABEL)
        if label is not None:
            self._labels.append(table.only((label.name,)))
        self._keep(whole or table.take, raw)

    def _keep(self, whole: Callable[[NDArray[np.intp]], Table], raw: Floats) -> None:
        """Keep the strangest rows so far; of equal scores the earlier."""
        candidates = np.flatnonzero(raw > self._floor)
        if len(candidates) > self.kept:
            candidates = candidates[np.sort(np.argsort(-raw[candidates], kind="stable")[: self.kept])]
        if not len(candidates):
            return
        self._strange.append(whole(candidates))
        self._strange_raw.append(raw[candidates])
        if sum(map(len, self._strange_raw)) >= 2 * self.kept:
            self._prune()

    def _prune(self) -> None:
        """Let go of all but the strangest; seldom, since joining tables takes longer than scoring them."""
        rows, scores = concat(self._strange), np.concatenate(self._strange_raw)
        best = np.sort(np.argsort(-scores, kind="stable")[: self.kept])
        self._strange, self._strange_raw = [rows.take(best)], [scores[best]]
        self._floor = float(scores[best].min()) if len(best) == self.kept else -np.inf

    @property
    def raw(self) -> Floats:
        """The score of every row, shape (rows,)."""
        return np.concatenate(self._raw) if self._raw else np.empty(0)

    @property
    def times(self) -> NDArray[Any] | None:
        """The time of every row, or None where there is no clock."""
        return np.concatenate(self._times) if self._times else None

    @property
    def labels(self) -> Table | None:
        """The label column of every row, or None where there is none."""
        return concat(self._labels) if self._labels else None

    def rows_at(self, numbers: NDArray[np.int64]) -> Table | None:
        """The rows of these numbers in this order, or None unless all of them were kept."""
        if not self._strange:
            return None
        if len(self._strange) > 1:
            self._prune()
        strange = self._strange[0]
        at = np.minimum(np.searchsorted(strange.rows, numbers), len(strange) - 1)
        return strange.take(at) if np.array_equal(strange.rows[at], numbers) else None
