"""Several detectors joined through their own calibrated tails; by default, those chosen for training rows known to be clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import ParameterError, TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._members import FARTHEST, KNOTS, as_member, fit_member, member_parts, tail, unseen_scores
from standout.kernels import kernel

NEIGHBOURS = {"part": "k-nearest-neighbours", "k": 2, "sample": 1000, "metric": "euclidean"}
RECIPE: tuple[Any, ...] = (NEIGHBOURS, {"part": "normal-scores", "member": NEIGHBOURS})
"""The default for clean training rows; why, and what it was measured against: docs/decisions/0002-default-detector.md."""


@kernel
def _add_levels(
    scores: Floats, knots: Floats, levels: Floats, spread: float, weight: float, total: Floats, into: Floats, at: int
) -> None:
    """Add to `total` (n,) each score's -log p, times a weight; keep it in column `at` of `into` (n, members) where that has rows.

    knots, levels: (k,), increasing. Between knots the line, below them the least level; beyond, an exponential tail: -log p
    grows by 1 for each `spread` that the score goes on.
    """
    last = len(knots) - 1
    for row in range(len(scores)):
        x = scores[row]
        if x > knots[last]:
            level = levels[last] + min((x - knots[last]) / spread, FARTHEST)
        elif x <= knots[0]:
            level = levels[0]
        else:
            low, high = 0, last  # knots[low] < x <= knots[high]: among equal knots the least level counts
            while high - low > 1:
                middle = (low + high) // 2
                if knots[middle] < x:
                    low = middle
                else:
                    high = middle
            share = (x - knots[low]) / (knots[high] - knots[low])
            level = levels[low] + share * (levels[high] - levels[low])
        total[row] += weight * level
        if len(into):
            into[row, at] = weight * level


@dataclass(frozen=True)
class Ensemble(Detector):
    """The mean over members of -log p, each member's p-value taken from its own scores of the training rows.

    A member that finds a row ordinary adds next to nothing, one that finds it rare adds how rare, whatever its own unit; no
    row is ranked among the batch it comes in. Beyond the strangest training row the tail of the
    strangest tenth is carried on as an exponential one, so that strange rows stay ranked.

    fit: shape (n, d), n >= 3 for the default members. score: (n,), unit: nats, 0 and up; where members agree, e to the minus
    score is about the share of training rows as strange.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> detector = Ensemble(members=("isolation-forest", {"part": "nearest-in-samples", "draws": 20}))
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])).round(0).tolist()
    [0.0, 12.0]
    """

    card = Card(
        "Ensemble by calibrated tails",
        "Fisher's method: Fisher 1925; unifying scores: Kriegel et al. 2011, doi:10.1137/1.9781611972818.2",
        "what any of several detectors finds rare, most of all what several do",
        "its members' fits and scores; joining them is one binary search a row and member",
    )
    examples = (
        {},
        {"members": ["isolation-forest", {"part": "nearest-in-samples", "draws": 20}], "weights": [1.0, 2.0]},
        {"members": ["running-moments", "isolation-forest"]},
    )
    layout = {
        "null": Holds("float64", "members", KNOTS),
        "level": Holds("float64", "members", KNOTS),
        "spread": Holds("float64", "members"),
        "seed": Holds("int64", "members"),
        "center": Holds("float32", "d"),
    }

    members: tuple[Detector, ...] = param((), help="The detectors to join; none means the default for clean training rows.")
    weights: tuple[float, ...] = param((), help="What each member counts, in the order of the members; none means all the same.")

    def __post_init__(self) -> None:
        given = self.members if isinstance(self.members, Sequence) and not isinstance(self.members, str) else (self.members,)
        members = tuple(as_member(self.name, m) for m in given or RECIPE)
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "weights", tuple(float(w) for w in self.weights))
        super().__post_init__()
        if self.weights and (len(self.weights) != len(members) or min(self.weights) < 0 or not sum(self.weights) > 0):
            raise ParameterError(
                f"{self.name}: weights is {self.weights} for {len(members)} members.",
                "Give one number a member, 0 or more, and one of them above 0.",
            )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit each member and keep the tail of its own scores; TooFewRowsError below two rows. Labels go to the members."""
        if len(matrix) < 2:
            raise TooFewRowsError.needed(self.name, len(matrix), 2)
        seeds = rng.integers(0, 2**62, size=len(self.members))
        state: State = {"seed": seeds, "center": np.median(matrix.values, axis=0).astype(np.float32)}
        tails = []
        for i, (member, seed) in enumerate(zip(self.members, seeds.tolist(), strict=True)):
            fitted = fit_member(self.name, member, matrix, np.random.default_rng(seed), labels)
            tails.append(tail(unseen_scores(member, fitted, matrix, seed)))
            state |= nest(f"members/{i}", fitted)
        for key, parts in zip(("null", "level", "spread"), zip(*tails, strict=True), strict=True):
            state[key] = np.array(parts, dtype=np.float64)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The weighted mean of the members' -log p."""
        return self._joined(state, [m.score(s, matrix) for m, s in self._fitted(state)])[0]

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The members' own scores joined: leave-one-out, out-of-bag or cross-fitted, as each has it."""
        fitted = zip(self._fitted(state), state["seed"].tolist(), strict=True)
        return self._joined(state, [unseen_scores(m, s, matrix, seed) for (m, s), seed in fitted])[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each member's attribution as shares of what the member adds to the score; a row's parts sum to at most its score.

        A member without an attribution of its own is asked again with each feature at its median.
        """
        levels = self._joined(state, [m.score(s, matrix) for m, s in self._fitted(state)], apart=True)[1]
        parts = np.zeros(matrix.values.shape)
        for i, (member, fitted) in enumerate(self._fitted(state)):
            own = member_parts(member, fitted, matrix, state["center"])
            own /= np.maximum(own.max(axis=1, initial=0.0), 1e-300)[:, None]  # first, so that no sum overflows
            parts += own * (levels[:, i] / np.maximum(own.sum(axis=1), 1e-300))[:, None]
        return parts

    def _fitted(self, state: State) -> list[tuple[Detector, State]]:
        return [(member, under(f"members/{i}", state)) for i, member in enumerate(self.members)]

    def _joined(self, state: State, scores: list[Floats], *, apart: bool = False) -> tuple[Floats, Floats]:
        """The ensemble's scores (n,), and what each member adds to them (n, members) where asked for."""
        weights = self.weights or (1.0,) * len(scores)
        total = np.zeros(len(scores[0]))
        added = np.zeros((len(total) if apart else 0, len(scores)))
        for i, own in enumerate(scores):
            tail = (state["null"][i], state["level"][i], max(float(state["spread"][i]), 1e-300))
            _add_levels(np.asarray(own, dtype=np.float64), *tail, weights[i] / sum(weights), total, added, i)
        return total, added
