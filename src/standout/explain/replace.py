"""What a column would hold if it went with the rest of its row: as features to score with, and as a value to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats, State
from standout.core.table import Kind
from standout.explain.blocks import Blocks
from standout.explain.usual import Usual

GRID = 201  # quantiles by which a number's feature is read back
USUAL = GRID // 20  # what is expected of a number stays within the 5th and 95th percentile: slopes lead anywhere, far out
LEVELED = (Kind.CATEGORY, Kind.FLAG)


@dataclass(frozen=True)
class Levels:
    """The levels of one column that have an example among the kept rows: their places, features (levels, b) and cost beforehand."""

    place: NDArray[np.intp]
    features: Floats
    prior: Floats
    precision: Floats


@dataclass(frozen=True)
class Replacer:
    """What values of each column look like as features, made once for a model."""

    blocks: Blocks
    columns: Sequence[Usual]
    levels: dict[int, Levels]
    curves: dict[int, tuple[Floats, Floats]]

    @classmethod
    def of(cls, state: State, blocks: Blocks, columns: Sequence[Usual], precision: Floats) -> Replacer:
        """Of a fitted state; precision: (d, d) in the order of the blocks."""
        levels, curves = {}, {}
        start = state["level/start"].tolist()
        for k, column in enumerate(columns):
            own = blocks.slice(k)
            if column.kind in LEVELED:
                example = state["level/row"][start[k] : start[k + 1]]
                known = np.flatnonzero(example >= 0)
                if len(known):
                    features = state["rows"][example[known]][:, blocks.order[own]].astype(np.float64)
                    prior = -2.0 * np.log(np.maximum(state["level/share"][start[k] : start[k + 1]][known], 1e-300))
                    levels[k] = Levels(known, features, prior, precision[own, own])
            elif column.kind is Kind.NUMBER and not np.isnan(state["curve/feature"][0, k]):
                curves[k] = state["curve/feature"][:, k], state["curve/value"][:, k]
        return cls(blocks, columns, levels, curves)

    @cached_property
    def _ends(self) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Where the features of numbers stand, and between what each stays."""
        at = np.array([self.blocks.start[k] for k in self.curves], dtype=np.intp)
        ends = np.array([(feature[USUAL], feature[-1 - USUAL]) for feature, _ in self.curves.values()]).reshape(-1, 2)
        return at, ends[:, 0], ends[:, 1]

    def replaced(self, likely: Floats) -> Replacements:
        """From the conditional means `likely`, shape (n, d) in the order of the blocks."""
        values, levels = likely.copy(), {}
        for k, level in self.levels.items():
            own = self.blocks.slice(k)
            best = _likeliest(level, likely[:, own])
            levels[k], values[:, own] = level.place[best], level.features[best]
        at, low, high = self._ends
        values[:, at] = np.clip(values[:, at], low, high)
        return Replacements(self, values, levels)

    def value(self, k: int, feature: float) -> Any:
        """A number of column k by its feature; None for other kinds, for NaN, and beyond what training rows held."""
        if k not in self.curves or np.isnan(feature) or self.side(k, feature):
            return None
        return self.columns[k].about(float(np.interp(feature, *self.curves[k])))

    def side(self, k: int, feature: float) -> int:
        """1 where a feature lies above all that the kept rows of number column k hold, -1 where below, else 0."""
        if k not in self.curves:
            return 0
        held = self.curves[k][0]
        return int(feature > held[-1]) - int(feature < held[0])


@dataclass(frozen=True)
class Replacements:
    """For each row and column what the rest makes likely.

    values: features in the order of the blocks, shape (n, d): the conditional mean, of a category those of the likeliest one.
    levels: for each column with categories or flags the likeliest one's place for each row, shape (n,).
    """

    by: Replacer
    values: Floats
    levels: dict[int, NDArray[np.intp]]

    def expected(self, i: int, k: int) -> Any:
        """The value that row i's other columns make likely in column k: a number, category or flag; None for other kinds."""
        column = self.by.columns[k]
        if k in self.levels:
            level = column.levels[int(self.levels[k][i])]
            return level == "yes" if column.kind is Kind.FLAG else level
        if k not in self.by.curves:
            return None
        return column.about(float(np.interp(self.values[i, self.by.blocks.start[k]], *self.by.curves[k])))


def _likeliest(level: Levels, likely: Floats) -> NDArray[np.intp]:
    """The level of least cost for each row: distance of its features from the conditional mean (n, b), and cost beforehand."""
    away = likely[:, None, :] - level.features[None]
    return (np.einsum("nlb,bc,nlc->nl", away, level.precision, away) + level.prior).argmin(axis=1)


def curves(rows: Floats, source: Floats, blocks: Blocks, columns: Sequence[Usual]) -> tuple[Floats, Floats]:
    """Feature and value of number columns at the same quantiles of the kept rows, shape (GRID, columns) each; NaN for others.

    A number's feature never falls as the number grows, so equal quantiles belong together and features can be read back.
    """
    features, values = np.full((GRID, len(columns)), np.nan), np.full((GRID, len(columns)), np.nan)
    levels = np.linspace(0, 1, GRID)
    for k, column in enumerate(columns):
        there = np.isfinite(source[:, k])
        if column.kind is Kind.NUMBER and there.any():
            feature = rows[there, blocks.order[blocks.start[k]]].astype(np.float64)
            features[:, k] = np.quantile(feature, levels, method="nearest")
            values[:, k] = np.quantile(source[there, k], levels, method="nearest")
    return features, values
