"""What is strange without labels, and what labels add: from a single one over a handful to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import ModelFileError
from standout.core.layout import HINT, Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._boosting import TREES, Growth, grown, no_trees
from standout.detect._members import FARTHEST, as_member, fit_member, member_parts, tail, unseen_scores
from standout.kernels.neighbours import k_nearest
from standout.kernels.shapley import shapley_values
from standout.kernels.trees import path_sums

NEIGHBOURS = {"part": "k-nearest-neighbours", "k": 2, "sample": 1000}
BASE: Any = {"part": "ensemble", "members": [NEIGHBOURS, {"part": "nearest-in-samples"}]}
"""The default for rows without labels."""

FEW = 20
"""Up to so many labelled anomalies likeness to them counts in full; with n of them, FEW / n: by then trees know better."""

MANY = 400
"""From so many on likeness is left out."""


@dataclass(frozen=True)
class BoostedScores(Detector):
    """The sum of what speaks for an anomaly: how rare the row is without labels, and what trees and likeness make of the labels.

    The base detector learns from all rows not labelled as anomalies, and its score counts as -log p among their own scores. Boosted
    trees tell the labelled anomalies from all other rows, those without a label taken for normal; their log odds are added. So is, while
    labelled anomalies are few, how unusually near to one of them the row lies, again as -log p. As the three are found apart and added,
    kinds that nobody labelled stay as strange as the base finds them. Without a labelled anomaly the score is the base's alone.

    fit: shape (n, d). score: (n,), nats: log odds at even classes, and -log of the share of rows as strange.

    >>> rows = np.random.default_rng(0).normal(size=(300, 2))
    >>> detector = BoostedScores(base="isolation-forest")
    >>> state = detector.fit(Matrix.of(rows), np.random.default_rng(0))
    >>> usual, odd = detector.score(state, Matrix.of([[0.0, 0], [5, 5]]))
    >>> bool(odd > usual)
    True
    """

    card = Card(
        "Boosted unsupervised scores",
        "after XGBOD: Zhao and Hryniewicki 2018, doi:10.1109/IJCNN.2018.8489605",
        "anomalies like those labelled, be they a handful, and what is strange in itself",
        "the base detector's fit and own scores, then boosted trees, twice where labels are many",
    )
    learns_from = "both"
    examples = (
        {"base": "isolation-forest", "trees": 20},
        {"trees": 10, "depth": 3, "rate": 0.3},
    )
    layout = {
        **TREES,
        "known": Holds("float32", "known", "d"),
        "weight": Holds("float64", 1),
        "center": Holds("float32", "d"),
        **{f"{what}/{key}": Holds("float64", f"{what} knots") for what in ("rare", "near") for key in ("null", "level")},
        "rare/spread": Holds("float64", 1),
        "near/spread": Holds("float64", 1),
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
        """Fit the base, then the trees and the likeness where an anomaly is labelled; MissingExtraError without xgboost."""
        strange = np.zeros(len(matrix), dtype=np.bool_) if labels is None else labels == 1
        if strange.all():  # nothing to tell them from
            strange = np.zeros_like(strange)
        rows = matrix.take(np.flatnonzero(~strange))
        inner = fit_member(self.name, self._base, rows, rng, None)
        own = unseen_scores(self._base, inner, rows, int(rng.integers(0, 2**62)))
        state: State = nest("base/0", inner) | nest("rare", _evidence_of(own))
        state["center"] = np.median(matrix.values, axis=0).astype(np.float32)
        known = np.flatnonzero(strange)[: MANY if strange.sum() < MANY else 0]
        state["known"] = np.ascontiguousarray(matrix.values[known])
        state["weight"] = np.array([min(1.0, FEW / max(len(known), 1))])
        state |= nest("near", _evidence_of(-_gaps(state, rows)[0] if len(known) else np.zeros(1)))
        if not strange.any():
            return state | no_trees(self.depth)
        growth = Growth(self.trees, self.depth, self.rate, 1.0, 1.0)
        return state | grown(self.name, matrix, strange.astype(np.int8), growth, rng)

    def score(self, state: State, matrix: Matrix) -> Floats:
        """How rare, how much like what was labelled by the trees, and how near to it."""
        rare = _evidence(under("rare", state), self._base.score(under("base/0", state), matrix))
        return rare + path_sums(_forest(state), matrix.values) + self._near(state, matrix)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The trees' Shapley values; rareness is shared out as the base shares it, nearness over columns as unusual as the known row's."""
        inner = under("base/0", state)
        rare = np.maximum(_evidence(under("rare", state), self._base.score(inner, matrix)), 0.0)
        values = shapley_values(_forest(state), state["tree/cover"], matrix.values)
        values = values + _shares(member_parts(self._base, inner, matrix, state["center"])) * rare[:, None]
        near, place = self._near(state, matrix)
        if not len(state["known"]):
            return values
        known, row = state["known"][place].astype(np.float64), matrix.values.astype(np.float64)
        alike = np.maximum((known - state["center"]) ** 2 - (known - row) ** 2, 0.0)
        return values + _shares(alike) * near[:, None]

    def _near(self, state: State, matrix: Matrix) -> tuple[Floats, NDArray[np.int64]]:
        """What nearness to a labelled anomaly adds, 0 and up, and which of them is the nearest."""
        if not len(state["known"]):
            return np.zeros(len(matrix)), np.zeros(len(matrix), dtype=np.int64)
        gaps, place = _gaps(state, matrix)
        return state["weight"][0] * np.maximum(_evidence(under("near", state), -gaps), 0.0), place


def _gaps(state: State, matrix: Matrix) -> tuple[Floats, NDArray[np.int64]]:
    """The distance to the nearest labelled anomaly, and which it is; shapes (n,)."""
    distances, places = k_nearest(matrix.values, state["known"], 1)
    return distances[:, 0], places[:, 0].astype(np.int64)


def _evidence_of(own: Floats) -> State:
    """What `_evidence` reads, from the scores of rows that no label calls strange."""
    null, level, spread = tail(own)
    null, first = np.unique(null, return_index=True)  # among equal scores the least level counts
    return {"null": null, "level": level[first], "spread": np.array([max(spread, 1e-300)])}


def _evidence(state: State, scores: Floats) -> NDArray[np.float64]:
    """-log p of scores, (n,); on either side of those known it goes on by 1 for each spread, so that order is kept."""
    raw, null = np.asarray(scores, dtype=np.float64), state["null"]
    if not len(null):
        raise ModelFileError("boosted-scores: the scores that p-values come from are missing.", HINT)
    with np.errstate(over="ignore"):  # what overflows is clipped
        beyond = np.clip((raw - null[-1]) / state["spread"][0], 0.0, FARTHEST)
        below = np.clip((raw - null[0]) / state["spread"][0], -FARTHEST, 0.0)
    return np.interp(raw, null, state["level"]) + beyond + below


def _forest(state: State) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    return state["tree/feature"], state["tree/threshold"], state["tree/leaf"]


def _shares(parts: Floats) -> Floats:
    """Parts of each row as shares of their sum, 0 where there is none."""
    parts = parts / np.maximum(parts.max(axis=1, initial=0.0), 1e-300)[:, None]  # first, so that no sum overflows
    return parts / np.maximum(parts.sum(axis=1), 1e-300)[:, None]
