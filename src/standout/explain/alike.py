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
        return np.array([coded(self.table[c.name], c) for c in self.columns]).T

    @cached_property
    def _exact(self) -> NDArray[np.bool_]:
        return np.array([c.kind in CODED or c.kind is Kind.FLAG for c in self.columns])

    @cached_property
    def _width(self) -> Floats:
        return NEAR * np.sum(self.rank > NOWHERE, axis=0)

    def _like(self, i: int) -> NDArray[np.bool_]:
        """Which kept rows are like row i in each column, shape (r, columns): of one level, or near by rank."""
        value = self.alerts[i]
        place = (self.source < value).sum(axis=0) + 0.5 * (self.source == value).sum(axis=0)
        place = np.where(np.isnan(value), NOWHERE, place)
        return np.where(self._exact, self.source == value, np.abs(self.rank - place) <= self._width)

    def speaks_against(self, i: int, k: int) -> tuple[int, str] | None:
        """For row i's category in column k: the column in which alike rows have it most rarely, and what they have instead.

        None where it is not clearly rarer among those alike in any column.
        """
        like, level = self._like(i), self.source[:, k]
        has = level == self.alerts[i, k]
        like[:, k] = False
        rows, held, share = like.sum(axis=0), like[has].sum(axis=0), float(has.mean())
        clearly = (rows * share - held) / np.sqrt(rows * share * (1 - share) + 0.5)
        best = int(clearly.argmax())
        if clearly[best] < CLEAR:
            return None
        instead = level[like[:, best]]
        instead = instead[instead >= 0].astype(np.intp)
        if not len(instead):
            return None
        return best, self.columns[k].levels[int(np.bincount(instead).argmax())]


def reference(table: Table, columns: Sequence[Usual], rows: NDArray[np.intp]) -> Floats:
    """The values of some training rows, shape (r, columns), see `coded`."""
    kept = table.take(rows)
    return np.array([coded(kept[c.name], c) for c in columns]).reshape(len(columns), len(rows)).T.copy()
