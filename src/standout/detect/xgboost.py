"""Anomalies that resemble those labelled: gradient-boosted trees."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._boosting import TREES, Growth, grown, labelled
from standout.kernels.shapley import shapley_values
from standout.kernels.trees import path_sums


@dataclass(frozen=True)
class XGBoost(Detector):
    """The log odds that a row is an anomaly, by trees that xgboost grows; supervised.

    Rows labelled -1 are left out. Both classes weigh the same however rare anomalies are. A fifth of the labelled rows says when to
    stop: whole entities where there are several, the latest rows where there is a clock, else some of each class; then all of them are
    learned from. The package `xgboost` is needed for fitting only.

    fit: shape (n, d), with two or more rows of each class. score: (n,), log odds at even classes; below 0 reads as normal.

    >>> import pytest
    >>> _ = pytest.importorskip("xgboost")
    >>> rows = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    >>> labels = (rows[:, 0] > 1.5).astype(np.int8)
    >>> detector = XGBoost()
    >>> state = detector.fit(Matrix.of(rows), np.random.default_rng(0), labels)
    >>> (detector.score(state, Matrix.of([[0.0, 0], [2, 0]])) > 0).tolist()
    [False, True]
    """

    name = "xgboost"
    card = Card(
        "Gradient-boosted trees (XGBoost)",
        "Chen and Guestrin 2016, doi:10.1145/2939672.2939785; Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9",
        "anomalies of the kinds that were labelled",
        "trees * rows * features, twice; scoring walks down each tree once a row",
    )
    learns_from = "labels"
    examples = (
        {"trees": 30},
        {"trees": 20, "depth": 3, "rate": 0.3},
        {"trees": 20, "rows": 0.6, "columns": 0.5},
        {"trees": 60, "stop": False},
    )
    layout = TREES

    trees: int = param(300, low=1, high=10_000, help="At most how many trees are grown.", unit="trees")
    depth: int = param(6, low=1, high=12, help="How many questions a tree may ask of a row.", unit="levels")
    rate: float = param(0.1, above=0.0, high=1.0, help="How much of each tree's correction is taken.")
    rows: float = param(1.0, above=0.0, high=1.0, help="The share of the rows that each tree learns from.")
    columns: float = param(1.0, above=0.0, high=1.0, help="The share of the features that each tree may ask about.")
    stop: bool = param(True, help="Whether to stop adding trees once rows held out no longer gain.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Grow the trees; LabelError without labelled rows of both classes, MissingExtraError without the package."""
        rows, told = labelled(self.name, matrix, labels)
        growth = Growth(self.trees, self.depth, self.rate, self.rows, self.columns, self.stop)
        return grown(self.name, rows, told, growth, rng)

    def settled(self, state: State) -> XGBoost:
        """As many trees as this fit grew: log odds spread with each tree, and those of fewer or more are not comparable."""
        return replace(self, trees=len(state["tree/leaf"]), stop=False)

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The sum of the leaves that the row reaches."""
        return path_sums((state["tree/feature"], state["tree/threshold"], state["tree/leaf"]), matrix.values)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Exact Shapley values, as xgboost's `pred_contribs` gives them; with the trees' mean they sum to the score."""
        forest = (state["tree/feature"], state["tree/threshold"], state["tree/leaf"])
        return shapley_values(forest, state["tree/cover"], matrix.values)

    def shapley(self, state: State, matrix: Matrix) -> tuple[Floats, float]:
        """The same values, and the trees' mean; together they sum to the score."""
        values = self.attribute(state, matrix)
        return values, float(self.score(state, matrix)[0] - values[0].sum()) if len(values) else 0.0
