"""Usual training rows that are like an alert in the columns that it is not told for: what it would look like if nothing were wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats, State
from standout.core.table import CODED, Kind
from standout.explain.blocks import Blocks
from standout.explain.usual import Usual
from standout.kernels import kernel

SHOWN = 3
"""Similar rows of each alert."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Usual values of a number or time, those that a row is given to see what would bring it under a limit."""

LEVELS = 5
"""Categories of a column that a row is given, the commonest."""

USUAL = 0.75
"""Rows whose own score is above this quantile are not shown as usual."""


@kernel
def _nearest(row: NDArray[np.float32], rows: NDArray[np.float32], skip: NDArray[np.bool_], found: NDArray[np.int64]) -> None:
    """The places of the nearest rows (m, d) by the sum of absolute differences, nearest first, in `found`; -1 where too few."""
    away = np.full(len(found), np.inf)
    found[:] = -1
    for i in range(len(rows)):
        total = 0.0
        for j in range(len(row)):
            if not skip[j]:
                total += abs(row[j] - rows[i, j])
        if total >= away[-1]:
            continue
        at = len(found) - 1
        while at > 0 and away[at - 1] > total:
            away[at], found[at] = away[at - 1], found[at - 1]
            at -= 1
        away[at], found[at] = total, i


@dataclass(frozen=True)
class Choice:
    """What a column of a row may be changed to: the kept rows that have a value, their features (m, b), and those of usual values."""

    known: NDArray[np.intp]
    features: NDArray[np.float32]
    usual: tuple[int, ...]


@dataclass(frozen=True)
class Similar:
    """The kept usual rows: their features in the order of the blocks, and their values."""

    blocks: Blocks
    columns: Sequence[Usual]
    rows: NDArray[np.float32]
    source: Floats

    @classmethod
    def of(cls, state: State, blocks: Blocks, columns: Sequence[Usual]) -> Similar:
        """Of a fitted state: the kept rows but for those of the highest own scores."""
        usual = state["own"] <= np.quantile(state["own"], USUAL, method="higher")
        return cls(blocks, columns, np.ascontiguousarray(state["rows"][usual][:, blocks.order]), state["source"][usual])

    def to(self, row: NDArray[np.float32], told: Sequence[int], shown: Sequence[int]) -> tuple[Mapping[str, Any], ...]:
        """The nearest to a row's features (d,) in the order of the blocks, apart from the columns told; the values of those shown."""
        skip = np.zeros(len(row), dtype=np.bool_)
        for k in told:
            skip[self.blocks.slice(k)] = True
        if skip.all():
            skip[:] = False
        found = np.empty(SHOWN, dtype=np.int64)
        _nearest(row, self.rows, skip, found)
        return tuple({self.columns[k].name: self.value(i, k) for k in shown} for i in found.tolist() if i >= 0)

    @cached_property
    def choices(self) -> list[Choice | None]:
        """For each column what it may be changed to; None for texts, and where no kept row has a value."""
        return [self._choice(k) for k in range(len(self.columns))]

    def _choice(self, k: int) -> Choice | None:
        column, values = self.columns[k], self.source[:, k]
        if column.kind is Kind.TEXT or not len(values):
            return None
        known = np.flatnonzero(~np.isnan(values) & (values >= 0 if column.levels else True))
        if not len(known):
            return None
        if column.levels:
            levels, first = np.unique(values[known], return_index=True)
            usual = known[first[np.argsort(levels)[:LEVELS]]]  # levels are numbered from the commonest
        else:
            ordered = known[np.argsort(values[known], kind="stable")]
            usual = ordered[[round(q * (len(ordered) - 1)) for q in QUANTILES]]
        return Choice(known, np.ascontiguousarray(self.rows[known][:, self.blocks.slice(k)]), tuple(usual.tolist()))

    def value(self, i: int, k: int) -> Any:
        """A value as it was, None where missing or where it is not kept, as of texts and rare categories."""
        column, value = self.columns[k], float(self.source[i, k])
        if column.kind is Kind.NUMBER:
            return None if np.isnan(value) else value
        if column.kind is Kind.TIME:
            return None if np.isnan(value) else np.datetime64(int(value), "us")
        if value < 0 or column.kind not in CODED | {Kind.FLAG} or column.kind is Kind.TEXT:
            return None
        level = column.levels[int(value)]
        return level == "yes" if column.kind is Kind.FLAG else level
