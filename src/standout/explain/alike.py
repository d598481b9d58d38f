"""Training rows that are like an alert in one column: what another column usually holds among them.

A Gaussian says little of which category goes with which number, since the middle one of three needs a bend. So a category is
compared with what was counted: its share among the rows alike in some other column, against its share among all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.core.table import CODED, Column, Kind, Table
from standout.explain.usual import Usual, as_level
from standout.kernels import kernel

NEAR = 0.02  # numbers within this share of the training rows' ranks, up or down, are alike
CLEAR = 3.5  # standard deviations by which a category must be rarer among rows alike than among all
MISSING = -1.0
NOWHERE = -1e9  # the rank of a value that is missing
OTHER = -2.0  # a category that is not among those kept is like no training row


def coded(column: Column, usual: Usual) -> Floats:
    """A column as numbers to compare by: numbers and times themselves, categories and flags by level, else missing or not."""
    if column.kind is Kind.NUMBER:
        return column.values.astype(np.float64)
    if column.kind is Kind.TIME:
        return np.where(column.missing, np.nan, column.values.view(np.int64))
    if column.kind is Kind.TEXT:
        return np.where(column.missing, MISSING, 0.0)
    place = {level: float(i) for i, level in enumerate(usual.levels)}
    if column.kind is Kind.FLAG:
        levels = np.array([place.get(as_level(v), OTHER) for v in (False, True)])
        return np.where(column.missing, MISSING, levels[(column.values == 1).astype(np.intp)])
    # the last entry is where code -1, missing, lands
    lookup = np.array([place.get(c, OTHER) for c in column.categories] + [MISSING])
    return lookup[column.values]


def ranks(source: Floats) -> NDArray[np.float32]:
    """The place of each value among those of its column, ties in their middle; far below all where missing; as `source`."""
    found = np.empty(source.shape, dtype=np.float32)
    for k, values in enumerate(source.T):
        known = np.sort(values[~np.isnan(values)])
        place = (np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")) / 2.0
        found[:, k] = np.where(np.isnan(values), NOWHERE, place)
    return found


@dataclass(frozen=True)
class Alike:
    """The kept training rows beside some alerts.

    source: values of kept rows, shape (r, columns), see `coded`; rank: their `ranks`; table: the alerts.
    """

    source: Floats
    rank: NDArray[np.float32]
    table: Table
    columns: Sequence[Usual]

    @cached_property
    def alerts(self) -> Floats:
        """The alerts' values, shape (n, columns), see `coded`; made when first asked for, since most rows need none."""
        return np.ascontiguousarray(np.array([coded(self.table[c.name], c) for c in self.columns]).T)

    @cached_property
    def _exact(self) -> NDArray[np.bool_]:
        return np.array([c.kind in CODED or c.kind is Kind.FLAG for c in self.columns])

    @cached_property
    def _width(self) -> Floats:
        return NEAR * np.sum(self.rank > NOWHERE, axis=0)

    @cached_property
    def _place(self) -> Floats:
        """The places of the alerts' values among those of the kept rows, shape (n, columns), ties in their middle."""
        place = np.empty(self.alerts.shape)
        _places(self.source, self.alerts, place)
        return place

    def speaks_against(self, i: int, k: int) -> tuple[int, str] | None:
        """For row i's category in column k: the column in which alike rows have it most rarely, and what they have instead.

        None where it is not clearly rarer among those alike in any column.
        """
        value, place = self.alerts[i], self._place[i]
        rows, held = np.zeros(len(value), dtype=np.int64), np.zeros(len(value), dtype=np.int64)
        having = _count_alike(self.source, self.rank, self._exact, self._width, value, place, k, rows, held)
        share = having / len(self.source)
        clearly = (rows * share - held) / np.sqrt(rows * share * (1 - share) + 0.5)
        best = int(clearly.argmax())
        if clearly[best] < CLEAR:
            return None
        exact = self._exact[best]
        like = self.source[:, best] == value[best] if exact else np.abs(self.rank[:, best] - place[best]) <= self._width[best]
        instead = self.source[like, k]
        instead = instead[instead >= 0].astype(np.intp)
        if not len(instead):
            return None
        return best, self.columns[k].levels[int(np.bincount(instead).argmax())]


@kernel
def _places(source: Floats, values: Floats, place: Floats) -> None:
    columns = values.shape[1]
    for i in range(len(values)):
        for j in range(columns):
            place[i, j] = 0.0
        for r in range(len(source)):
            for j in range(columns):
                place[i, j] += 1.0 if source[r, j] < values[i, j] else 0.5 if source[r, j] == values[i, j] else 0.0
        for j in range(columns):
            if np.isnan(values[i, j]):
                place[i, j] = NOWHERE


@kernel
def _count_alike(
    source: Floats, rank: NDArray[np.float32], exact: NDArray[np.bool_], width: Floats, value: Floats, place: Floats, k: int,
    rows: NDArray[np.int64], held: NDArray[np.int64],
) -> int:  # fmt: skip  # one argument a line says no more
    """Count, by column but k, the rows (r, columns) that are like a value: of one level, or near by rank; in `held` those that have
    value k as well. How many rows have it."""
    having = 0
    for r in range(len(source)):
        has = source[r, k] == value[k]
        having += has
        for j in range(len(value)):
            like = source[r, j] == value[j] if exact[j] else abs(rank[r, j] - place[j]) <= width[j]
            if like and j != k:
                rows[j] += 1
                held[j] += has
    return having


def reference(table: Table, columns: Sequence[Usual], rows: NDArray[np.intp]) -> Floats:
    """The values of some training rows, shape (r, columns), see `coded`."""
    kept = table.take(rows)
    return np.array([coded(kept[c.name], c) for c in columns]).reshape(len(columns), len(rows)).T.copy()
