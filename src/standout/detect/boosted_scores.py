"""What is strange without labels, corrected by the labels there are: from none over a handful to all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import ModelFileError
from standout.core.layout import HINT, Holds
from standout.core.matrix import LIMIT, Feature, Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._boosting import TREES, Growth, grown, labelled, no_trees
from standout.detect._members import as_member, fit_member, member_parts, unseen_scores
from standout.kernels.shapley import shapley_values
from standout.kernels.trees import path_sums

NEIGHBOURS = {"part": "k-nearest-neighbours", "k": 2, "sample": 1000}
BASE: Any = {"part": "ensemble", "members": [NEIGHBOURS, {"part": "nearest-in-samples"}]}
"""The default for rows without labels; an ensemble's score is a logarithm, as log odds are."""

HELD = 1.0
"""How firmly the weight of the base's score is held at 1, in labelled rows."""


@dataclass(frozen=True)
class BoostedScores(Detector):
    """Log odds that start from an unsupervised detector's score and are corrected by boosted trees; labels are used where known.

    The base detector learns from all rows not labelled as anomalies. Its score of each row, none judged by itself, is both the
    point from which the trees start and one more feature that they may ask about. With few labels the trees hardly correct it, with
    many they know the labelled kinds, and new kinds stay as strange as the base finds them. Without labels of both classes the
    score is the base's, rescaled.

    fit: shape (n, d). score: (n,), log odds at even classes where there are labels.

    >>> rows = np.random.default_rng(0).normal(size=(300, 2))
    >>> detector = BoostedScores(base="isolation-forest")
    >>> state = detector.fit(Matrix.of(rows), np.random.default_rng(0))
    >>> usual, odd = detector.score(state, Matrix.of([[0.0, 0], [5, 5]]))
    >>> bool(odd > usual)
    True
    """

    card = Card(
        "Boosted unsupervised scores",
        "XGBOD: Zhao and Hryniewicki 2018, doi:10.1109/IJCNN.2018.8489605",
        "anomalies of the kinds that were labelled, and what is strange in itself",
        "the base detector's fit and own scores, then boosted trees twice",
    )
    learns_from = "both"
    examples = (
        {"base": "isolation-forest", "trees": 20},
        {"trees": 10, "depth": 3, "rate": 0.3},
    )
    layout = {
        **{key: Holds(holds.dtype, *holds.dims) for key, holds in TREES.items()},  # `_forest` looks where features point
        "link": Holds("float64", 4),
        "center": Holds("float32", "d"),
    }

    base: Detector | None = param(None, help="The detector without labels; none means neighbours joined by their tails.")
    trees: int = param(300, low=1, high=10_000, help="At most how many trees are grown.", unit="trees")
    depth: int = param(4, low=1, high=12, help="How many questions a tree may ask of a row.", unit="levels")
    rate: float = param(0.1, above=0.0, high=1.0, help="How much of each tree's correction is taken.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", as_member(self.name, BASE if self.base is None else self.base))
        super().__post_init__()

    @property
    def _base(self) -> Detector:
        return cast("Detector", self.base)

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit the base, weigh its score by the labels, and grow trees from there; MissingExtraError without xgboost."""
        usual = np.arange(len(matrix)) if labels is None else np.flatnonzero(labels != 1)
        rows = matrix.take(usual)
        inner = fit_member(self.name, self._base, rows, rng, None)
        raw = np.asarray(self._base.score(inner, matrix), dtype=np.float64)
        own = unseen_scores(self._base, inner, rows, int(rng.integers(0, 2**62)))
        raw[usual] = own
        middle = float(np.median(own))
        spread = float(np.abs(own - middle).mean()) or 1.0
        state: State = nest("base/0", inner) | {"center": np.median(matrix.values, axis=0).astype(np.float32)}
        state["link"] = np.array([middle, spread, 1.0, 0.0])
        told = np.empty(0) if labels is None else labels[labels >= 0]
        if labels is None or len(np.unique(told)) < 2:
            return state | no_trees(self.depth)
        whole = _with_score(matrix, _levels(state, raw))
        known, told = labelled(self.name, whole, labels)
        levels = known.values[:, -1].astype(np.float64)
        weight, offset = _weighed(levels, told)
        state["link"][2:] = weight, offset
        growth = Growth(self.trees, self.depth, self.rate, 1.0, 1.0)
        return state | grown(self.name, known, told, growth, rng, weight * levels + offset)

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The base's score as log odds, and the trees' correction."""
        levels = _levels(state, self._base.score(under("base/0", state), matrix))
        weight, offset = state["link"][2:]
        return weight * levels + offset + path_sums(_forest(state, matrix), _with_score(matrix, levels).values)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The trees' Shapley values; what the base's score adds is shared out as the base shares it."""
        inner = under("base/0", state)
        levels = _levels(state, self._base.score(inner, matrix))
        whole = _with_score(matrix, levels).values
        values = shapley_values(_forest(state, matrix), state["tree/cover"], whole)
        parts = member_parts(self._base, inner, matrix, state["center"])
        parts /= np.maximum(parts.max(axis=1, initial=0.0), 1e-300)[:, None]  # first, so that no sum overflows
        shares = parts / np.maximum(parts.sum(axis=1), 1e-300)[:, None]
        return values[:, :-1] + shares * (np.maximum(state["link"][2] * levels, 0.0) + values[:, -1])[:, None]


def _levels(state: State, raw: Floats) -> NDArray[np.float64]:
    """The base's scores in mean deviations from their middle, within what a matrix may hold."""
    middle, spread = state["link"][:2]
    return np.clip((np.asarray(raw, dtype=np.float64) - middle) / spread, -LIMIT, LIMIT)


def _with_score(matrix: Matrix, levels: NDArray[np.float64]) -> Matrix:
    """The matrix with the base's score as its last feature."""
    values = np.column_stack([matrix.values, levels.astype(np.float32)])
    return replace(matrix, values=np.ascontiguousarray(values), features=(*matrix.features, Feature("score", "score")))


def _forest(state: State, matrix: Matrix) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """The trees, which may ask about one feature more than the matrix has; compiled kernels do not look."""
    feature, threshold, leaf = state["tree/feature"], state["tree/threshold"], state["tree/leaf"]
    if not (feature.shape == threshold.shape == leaf.shape and feature.size):
        raise ModelFileError("The trees' arrays do not fit each other.", HINT)
    if feature.min() < 0 or feature.max() > matrix.width:
        raise ModelFileError(f"A tree asks about feature {feature.max()} of {matrix.width + 1}.", HINT)
    return feature, threshold, leaf


def _weighed(levels: NDArray[np.float64], labels: Labels) -> tuple[float, float]:
    """Weight and offset that make log odds of the base's scores, both classes weighing the same: a logistic regression.

    The weight is held near 1, and never below 0: labels of a few kinds do not say that strangeness in itself is harmless.
    """
    strange = labels == 1
    each = np.where(strange, 0.5 / strange.sum(), 0.5 / (~strange).sum()) * len(labels)
    limited = np.clip(levels, -30.0, 30.0)
    at = np.array([1.0, -1.0])
    for _ in range(50):
        odds = 0.5 * (1.0 + np.tanh(0.5 * (at[0] * limited + at[1])))
        slope = each * (odds - strange)
        curve = each * odds * (1 - odds) + 1e-9
        gradient = np.array([slope @ limited + HELD * (at[0] - 1.0), slope.sum() + HELD * at[1] * 1e-3])
        cross = curve @ limited
        bend = np.array([[curve @ limited**2 + HELD, cross], [cross, curve.sum() + HELD * 1e-3]])
        step = np.clip(np.linalg.solve(bend, gradient), -1.0, 1.0)
        at = np.array([max(0.0, at[0] - step[0]), at[1] - step[1]])
        if np.abs(step).max() < 1e-9:
            break
    return float(at[0]), float(at[1])
