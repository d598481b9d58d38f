"""A detector that sees, in the place of each value, where it ranks among the training values."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._members import PARTS, as_member, dealt_scores, fit_member, in_pieces, member_parts, unseen_scores
from standout.kernels import kernel, spread

KNOTS = 128
"""Points of each feature's map, a power of two: with 512 or 2,000 the detection measured was the same."""

FAR = 1e6
"""The farthest that a value beyond the training range is placed, in standard deviations of its feature."""

RECIPE = {"part": "k-nearest-neighbours", "k": 2, "sample": 1000, "metric": "euclidean"}


@kernel
def _map(
    values: NDArray[np.float32],
    knots: NDArray[np.float32],
    levels: NDArray[np.float32],
    unit: Floats,
    start: int,
    stop: int,
    into: NDArray[np.float32],
) -> None:
    """Map rows `start` to `stop` of `values` (n, d); knots, levels: (d, KNOTS), increasing; unit: (d,)."""
    for feature in range(values.shape[1]):
        knot, level = knots[feature], levels[feature]
        first, last = knot[0], knot[KNOTS - 1]
        for row in range(start, stop):
            x = values[row, feature]
            low = 0
            half = KNOTS // 2
            while half > 0:  # as many steps for any value: the knots below x are counted without a branch
                low += half if knot[low + half] < x else 0
                half //= 2
            if x > last:
                into[row, feature] = level[KNOTS - 1] + min((np.float64(x) - last) / unit[feature], FAR)
            elif x <= first:
                into[row, feature] = level[0] - min((np.float64(first) - x) / unit[feature], FAR)
            else:
                high = min(low + 1, KNOTS - 1)
                share = (np.float64(x) - knot[low]) / (np.float64(knot[high]) - knot[low])
                into[row, feature] = level[low] + share * (np.float64(level[high]) - level[low])


@dataclass(frozen=True)
class NormalScores(Detector):
    """Any detector over normal scores: each value becomes the standard normal quantile of its rank among the training values.

    Where a feature's values crowd, small differences count; where they are sparse, large ones count little. Common values of a
    discrete feature lie far apart. Beyond the training range a value goes on outwards by standard deviations.

    fit: shape (n, d), n >= 2. score: that of the member, on normal scores.

    >>> rows = Matrix.of(np.random.default_rng(0).lognormal(sigma=3, size=(500, 2)))
    >>> detector = NormalScores("k-nearest-neighbours")
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[1.0, 1.0], [1e-3, 1e3]])).round(1).tolist()
    [0.1, 0.7]
    """

    card = Card(
        "Detector over normal scores",
        "van der Waerden 1952; normal quantiles of ranks, as in Conover and Iman 1981, doi:10.1080/00031305.1981.10479327",
        "rows odd by rank: rare levels, rare combinations, and gaps in columns of many values",
        "its member's cost, and one search among 128 points a value",
    )
    examples = ({}, {"member": "isolation-forest"})
    layout = {
        "knot": Holds("float32", "d", KNOTS),
        "level": Holds("float32", "d", KNOTS),
        "unit": Holds("float64", "d"),
        "seed": Holds("int64", 1),
    }

    member: Detector | None = param(None, help="The detector that sees the normal scores; none means 2 nearest neighbours.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "member", as_member(self.name, RECIPE if self.member is None else self.member))
        super().__post_init__()

    @property
    def _inner(self) -> Detector:
        return cast("Detector", self.member)

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn each feature's map, then fit the member on what it gives; TooFewRowsError below two rows."""
        if len(matrix) < 2:
            raise TooFewRowsError.needed(self.name, len(matrix), 2)
        learned = [_learn(matrix.values[:, j].astype(np.float64)) for j in range(matrix.width)]
        state: State = {
            "knot": np.array([k for k, _, _ in learned], dtype=np.float32).reshape(-1, KNOTS),
            "level": np.array([z for _, z, _ in learned], dtype=np.float32).reshape(-1, KNOTS),
            "unit": np.array([u for _, _, u in learned], dtype=np.float64),
            "seed": rng.integers(0, 2**62, size=1),
        }
        return state | nest("member/0", fit_member(self.name, self._inner, _mapped(state, matrix), rng, labels))

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The member's scores of the normal scores."""
        inner = under("member/0", state)
        return in_pieces(matrix, lambda piece: self._inner.score(inner, _mapped(state, piece)))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Each tenth row by maps and a member that were learned from the others.

        A row that marks the end of a feature's range would look less far out by a map that it had a part in: of 500 heavy-tailed
        rows, levels of 1% were broken by half.
        """
        if len(matrix) >= 2 * PARTS:
            return dealt_scores(self, matrix)
        return unseen_scores(self._inner, under("member/0", state), _mapped(state, matrix), int(state["seed"][0]))

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The member's attribution, feature by feature; where it has none, it is asked again with each feature at its median."""
        inner, median = under("member/0", state), np.zeros(matrix.width)
        return in_pieces(matrix, lambda piece: member_parts(self._inner, inner, _mapped(state, piece), median))


def _learn(values: Floats) -> tuple[Any, Any, float]:
    """Knots and normal scores of one feature, and its unit beyond them: a standard deviation.

    Each distinct value has the mean rank of its copies, so that what is shared by many lies in the middle of their share.
    """
    distinct, count = np.unique(values, return_counts=True)
    rank = np.cumsum(count) - count / 2
    if len(distinct) > KNOTS:
        wanted = np.linspace(rank[0], rank[-1], KNOTS)
        at = np.unique(np.round(np.interp(wanted, rank, np.arange(len(rank)))).astype(np.int64))
        distinct, rank = distinct[at], rank[at]
    inverse = NormalDist().inv_cdf
    level = np.array([inverse(p) for p in (rank / len(values)).tolist()])
    pad = KNOTS - len(distinct)
    unit = float(values.std()) or abs(float(values[0])) or 1.0
    return np.pad(distinct, (0, pad), mode="edge"), np.pad(level, (0, pad), mode="edge"), unit


def _mapped(state: State, matrix: Matrix) -> Matrix:
    into = np.empty_like(matrix.values)
    knots, levels = state["knot"], state["level"]
    unit = np.maximum(state["unit"], 1e-300)
    spread(lambda a, b: _map(matrix.values, knots, levels, unit, a, b, into), len(matrix))
    return Matrix(into, matrix.features)
