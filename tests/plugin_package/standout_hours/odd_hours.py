"""Rows whose values lie where few training rows do, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class OddHours(Detector):
    """Sum over columns of the distance beyond the inner part of the training rows, in widths of that part."""

    card = Card("Odd hours", "none: an example", "values outside the usual range of their column", "two quantiles a column")
    examples = ({}, {"inner": 0.9})
    layout = {"low": Holds("float64", "d"), "high": Holds("float64", "d")}

    inner: float = param(0.5, above=0.0, high=0.99, help="The share of the rows that counts as the inner part.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the inner part of each column."""
        low, high = np.quantile(matrix.values.astype(np.float64), [0.5 - self.inner / 2, 0.5 + self.inner / 2], axis=0)
        return {"low": low, "high": np.maximum(high, low + np.maximum(1e-6 * np.abs(low), 1e-12))}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """How far out each row is."""
        centre, half = (state["low"] + state["high"]) / 2, (state["high"] - state["low"]) / 2
        return np.abs((matrix.values - centre) / half).sum(axis=1)
