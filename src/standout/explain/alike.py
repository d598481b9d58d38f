"""Training rows that are like an alert in one column: what another column usually holds among them.

A Gaussian says little of which category goes with which number, since the middle one of three needs a bend. So a category is
compared with what was counted: its share among the rows alike in some other column, against its share among all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.core.table import CODED, Column, Kind, Table
from standout.explain.usual import Usual, as_level

NEAR = 0.02  # numbers within this share of the training rows' ranks, up or down, are alike
CLEAR = 3.5  # standard deviations by which a category must be rarer among rows alike than among all
MISSING = -1.0
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


@dataclass(frozen=True)
class Alike:
    """The kept training rows beside some alerts, both as ranks or levels; `width`: how far apart two alike may be."""

    reference: Floats
    alerts: Floats
    width: Floats
    columns: Sequence[Usual]

    @classmethod
    def of(cls, source: Floats, table: Table, columns: Sequence[Usual]) -> Alike:
        """From the kept rows' values, shape (r, columns), see `coded`, and the alerts."""
        reference, alerts = source.copy(), np.empty((len(table), len(columns)))
        width = np.zeros(len(columns))
        for k, column in enumerate(columns):
            values = coded(table[column.name], column)
            if column.kind in CODED or column.kind is Kind.FLAG:
                alerts[:, k] = values
                continue
            known = np.sort(source[~np.isnan(source[:, k]), k])
            reference[:, k], alerts[:, k] = _ranks(known, source[:, k]), _ranks(known, values)
            width[k] = NEAR * len(known)
        return cls(reference, alerts, width, columns)

    def speaks_against(self, i: int, k: int) -> tuple[int, str] | None:
        """For row i's category in column k: the column in which alike rows have it most rarely, and what they have instead.

        None where it is not clearly rarer among those alike in any column.
        """
        seen, level = self.alerts[i, k], self.reference[:, k]
        like = np.abs(self.reference - self.alerts[i]) <= self.width
        like[:, k] = False
        rows, held = like.sum(axis=0), like[level == seen].sum(axis=0)
        share = float(np.mean(level == seen))
        clearly = (rows * share - held) / np.sqrt(rows * share * (1 - share) + 0.5)
        best = int(clearly.argmax())
        if clearly[best] < CLEAR:
            return None
        instead = level[like[:, best]]
        instead = instead[instead >= 0].astype(np.intp)
        if not len(instead):
            return None
        return best, self.columns[k].levels[int(np.bincount(instead).argmax())]


def _ranks(known: Floats, values: Floats) -> Floats:
    """The place of each value among the sorted known ones, far below all where it is missing; ties share their middle."""
    place = (np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")) / 2.0
    return np.where(np.isnan(values), -10.0 * (len(known) + 1), place)


def reference(table: Table, columns: Sequence[Usual], rows: NDArray[np.intp]) -> Floats:
    """The values of some training rows as `Alike` takes them, shape (r, columns)."""
    kept = table.take(rows)
    return np.array([coded(kept[c.name], c) for c in columns]).reshape(len(columns), len(rows)).T.copy()
