"""How well a ranking puts anomalies first: AUROC, average precision and their curves; ties share their place.

Everything comes from one ladder: the distinct scores from the highest down, and how many anomalies and normal rows stand at or
above each. One sort; a million rows take well under a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.evaluate.results import Curve, Estimate

Z = 1.959963984540054
"""Standard deviations of a two-sided 95% interval."""

CURVE_POINTS = 100


@dataclass(frozen=True)
class Ladder:
    """Anomalies (`hits`) and normal rows (`others`) at or above each distinct score, from the highest score down.

    >>> ladder = Ladder.of(np.array([3.0, 2, 2, 1]), np.array([True, True, False, False]))
    >>> ladder.hits.tolist(), ladder.others.tolist()
    ([1, 2, 2], [0, 1, 2])
    """

    hits: NDArray[np.int64]
    others: NDArray[np.int64]

    @classmethod
    def of(cls, scores: Floats, anomaly: NDArray[np.bool_]) -> Ladder:
        """The ladder of scores, shape (n,), and whether each row is an anomaly, shape (n,)."""
        order = np.argsort(scores)[::-1]
        sorted_scores = scores[order]
        last = np.flatnonzero(np.r_[sorted_scores[1:] != sorted_scores[:-1], True]) if len(scores) else np.zeros(0, np.intp)
        hits = np.cumsum(anomaly[order], dtype=np.int64)[last]
        return cls(hits, last + 1 - hits)

    @property
    def anomalies(self) -> int:
        """All anomalies."""
        return int(self.hits[-1]) if len(self.hits) else 0

    @property
    def normals(self) -> int:
        """All normal rows."""
        return int(self.others[-1]) if len(self.others) else 0

    @property
    def two_classes(self) -> bool:
        """Whether there are both anomalies and normal rows; without both, no ranking can be judged."""
        return self.anomalies > 0 and self.normals > 0

    def auroc(self) -> Estimate:
        """The chance that an anomaly scores above a normal row, ties counting half.

        Fawcett 2006, doi:10.1016/j.patrec.2005.10.010; the interval is `auroc_interval`.
        """
        steps = np.diff(self.others, prepend=0).astype(np.float64)
        heights = self.hits - 0.5 * np.diff(self.hits, prepend=0)
        value = float(steps @ heights) / (self.anomalies * self.normals)
        return Estimate(value, *auroc_interval(value, self.anomalies, self.normals))

    def average_precision(self) -> Estimate:
        """Precision averaged over the anomalies, each at the score where it is reached.

        Davis and Goadrich 2006, doi:10.1145/1143844.1143874; the interval is that of a share of all anomalies, as compared in
        Boyd, Eng and Page 2013, doi:10.1007/978-3-642-40994-3_29.
        """
        gained = np.diff(self.hits, prepend=0) / self.anomalies
        value = min(float(gained @ (self.hits / (self.hits + self.others))), 1.0)
        return Estimate(value, *share_interval(value, self.anomalies))

    def roc(self) -> Curve:
        """False alarm rate against recall, from (0, 0) to (1, 1)."""
        return _thinned(np.r_[0, self.others] / self.normals, np.r_[0, self.hits] / self.anomalies)

    def pr(self) -> Curve:
        """Recall against precision; it begins at recall 0 with the precision of the highest score."""
        precision = self.hits / (self.hits + self.others)
        return _thinned(np.r_[0, self.hits] / self.anomalies, np.r_[precision[0], precision])


def share(count: int, rows: int) -> Estimate:
    """A share and its Wilson interval; rows must be at least 1.

    >>> share(9, 10)
    Estimate(value=0.9, low=0.5958..., high=0.9821...)
    """
    return Estimate(count / rows, *share_interval(count / rows, rows))


def share_interval(value: float, rows: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share among that many rows. Wilson 1927, doi:10.1080/01621459.1927.10502953."""
    squared = Z * Z / rows
    centre = (value + squared / 2) / (1 + squared)
    half = Z / (1 + squared) * math.sqrt(value * (1 - value) / rows + squared / (4 * rows))
    return max(0.0, centre - half) if value > 0 else 0.0, min(1.0, centre + half) if value < 1 else 1.0


def auroc_interval(value: float, anomalies: int, normals: int) -> tuple[float, float]:
    """95% interval of an AUROC from its value and the two counts; it stays honest at 0 and 1, where others shrink to a point.

    Every true AUROC from which the one seen lies within 1.96 of Hanley and McNeil's standard errors belongs to it: method 5 of
    Newcombe 2006, doi:10.1002/sim.2324.

    >>> [round(end, 2) for end in auroc_interval(1.0, 5, 100)]
    [0.8, 1.0]
    """
    extra = (anomalies + normals) / 2 - 1

    def too_far(true: float) -> bool:
        variance = true * (1 - true) * (1 + extra * ((1 - true) / (2 - true) + true / (1 + true))) / (anomalies * normals)
        return (value - true) ** 2 > Z * Z * variance

    return _edge(too_far, 0.0, value), _edge(too_far, 1.0, value)


def _edge(too_far: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where `too_far` turns, between a point outside and one inside, by bisection."""
    for _ in range(40):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if too_far(middle) else (outside, middle)
    return inside


def _thinned(x: Floats, y: Floats) -> Curve:
    """At most a few hundred points, so spread that steps in either direction stay in sight."""
    last = len(x) - 1
    at = np.unique(np.linspace(0, last, CURVE_POINTS).astype(np.intp))
    if last > CURVE_POINTS:
        travelled = np.r_[0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y)))]
        evenly = np.searchsorted(travelled, np.linspace(0, travelled[-1], CURVE_POINTS))
        at = np.unique(np.r_[at, np.minimum(evenly, last)])
    return Curve(tuple(x[at].round(5).tolist()), tuple(y[at].round(5).tolist()))


def average_ranks(values: Floats) -> Floats:
    """Ranks from 0, ties sharing the mean of theirs, shape (n,).

    >>> average_ranks(np.array([10.0, 30, 10, 20])).tolist()
    [0.5, 3.0, 0.5, 2.0]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - 0.5 * (counts + 1))[inverse]


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, -1 to 1; 1 where both are constant, 0 where only one is.

    >>> round(rank_correlation(np.array([1.0, 2, 3]), np.array([1.0, 4, 9])), 6)
    1.0
    """
    a, b = (average_ranks(v) for v in (one, other))
    a, b = a - a.mean(), b - b.mean()
    sizes = float(np.sqrt((a @ a) * (b @ b)))
    if sizes == 0:
        return float(not a.any() and not b.any())
    return float(a @ b) / sizes


def top_overlap(one: Floats, other: Floats, top: int) -> float:
    """The share of the `top` highest of one that are among the `top` highest of the other; ties go to the earlier row.

    >>> top_overlap(np.array([9.0, 8, 1, 2]), np.array([9.0, 1, 8, 2]), 2)
    0.5
    """
    first, second = (np.argsort(-v, kind="stable")[:top] for v in (one, other))
    return len(np.intersect1d(first, second)) / top
