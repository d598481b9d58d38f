"""How far a row lies from the nearest large cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.neighbours import k_nearest

ROUNDS = 100
"""At most how often rows are assigned anew."""

STARTS = 3
"""How many times clusters are sought; the tightest are kept."""


@dataclass(frozen=True)
class CBLOF(Detector):
    """The distance to the centre of a row's cluster, or to the nearest large cluster's where its own is small.

    Clusters are found by k-means from k-means++ starts. From the largest on they are large until they hold the share `alpha` of
    all rows, or until the next is `beta` times as small, whichever comes first; a cluster of anomalies thus does not vouch for itself.

    fit: shape (n, d), n >= 2; features should be on comparable scales. score: (n,), unit: distance in units of the matrix.
    The paper multiplies by the cluster's size; as in PyOD that is left out, since it makes rows of large clusters the strangest.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> state = CBLOF().fit(rows, np.random.default_rng(0))
    >>> CBLOF().score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])).round(0).tolist()
    [1.0, 8.0]
    """

    card = Card(
        "Cluster-based local outlier factor",
        "He, Xu and Deng 2003, doi:10.1016/S0167-8655(03)00003-5; Arthur and Vassilvitskii 2007, k-means++",
        "rows far from all large clusters, small clusters of anomalies among them",
        "a few passes over a sample; a row is compared with each cluster",
    )
    examples = ({}, {"clusters": 4}, {"alpha": 0.55}, {"beta": 1.1}, {"sample": 150})
    layout = {"centre": Holds("float32", "clusters", "d"), "large": Holds("bool", "clusters")}

    clusters: int = param(8, low=1, high=10_000, help="At most how many clusters are sought.", unit="clusters")
    alpha: float = param(0.9, above=0.0, high=1.0, help="The share of rows that large clusters hold together.")
    beta: float = param(5.0, above=1.0, help="How many times as small the largest small cluster is, at least.")
    sample: int = param(20_000, low=2, help="At most how many rows clusters are sought in; drawn at random.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Find the clusters; TooFewRowsError below two rows. Labels are not used."""
        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        values = matrix.values if n <= self.sample else matrix.values[np.sort(rng.choice(n, self.sample, replace=False))]
        found = [_cluster(values, min(self.clusters, len(values)), rng) for _ in range(STARTS)]
        centre, sizes, _ = min(found, key=lambda f: f[2])
        order = np.argsort(-sizes, kind="stable")
        return {"centre": centre[order], "large": np.arange(len(order)) < self._border(sizes[order])}

    def _border(self, sizes: NDArray[np.int64]) -> int:
        """How many of the clusters, largest first, are large."""
        enough = np.cumsum(sizes) >= self.alpha * sizes.sum()
        drop = np.append(sizes[:-1] >= self.beta * sizes[1:], True)
        return int(np.argmax(enough | drop)) + 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Distance to the own cluster's centre if it is large, else to the nearest large one's."""
        return self._nearest(state, matrix)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's part of the distance, in proportion to the squared differences; they sum to the score."""
        place = self._nearest(state, matrix)[1]
        gaps = (matrix.values.astype(np.float64) - state["centre"][place]) ** 2
        return gaps / np.maximum(np.sqrt(gaps.sum(axis=1)), np.finfo(np.float64).tiny)[:, None]

    def _nearest(self, state: State, matrix: Matrix) -> tuple[Floats, NDArray[np.int64]]:
        """A nearest centre that is large is the own one's; where the nearest is small the nearest large one counts. So: that."""
        large = state["centre"][state["large"]]
        distance, place = k_nearest(matrix.values, large, 1)
        return distance[:, 0], place[:, 0]


def _cluster(
    values: NDArray[np.float32], k: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64], float]:
    """Centres of at most k clusters, none empty, how many rows each has, and the sum of squared distances to them."""
    centre = values[_starts(values, k, rng)].copy()
    label = np.full(len(values), -1)
    for _ in range(ROUNDS):
        distance, place = k_nearest(values, centre, 1)
        if np.array_equal(place[:, 0], label):
            break
        label = place[:, 0]
        sizes = np.bincount(label, minlength=len(centre))
        sums = np.stack([np.bincount(label, column, minlength=len(centre)) for column in values.T], axis=1)
        centre = (sums[sizes > 0] / sizes[sizes > 0, None]).astype(np.float32)
        if not sizes.all():
            label = np.full(len(values), -1)  # places have moved
    distance, place = k_nearest(values, centre, 1)
    sizes = np.bincount(place[:, 0], minlength=len(centre))
    return centre[sizes > 0], sizes[sizes > 0], float((distance**2).sum())


def _starts(values: NDArray[np.float32], k: int, rng: np.random.Generator) -> list[int]:
    """k-means++: each next start is drawn in proportion to the squared distance to the nearest start so far."""
    chosen = [int(rng.integers(len(values)))]
    nearest = np.full(len(values), np.inf)
    while len(chosen) < k:
        nearest = np.minimum(nearest, k_nearest(values, values[chosen[-1:]], 1)[0][:, 0] ** 2)
        whole = nearest.sum()
        if not whole > 0:
            break  # fewer different rows than clusters
        chosen.append(int(rng.choice(len(values), p=nearest / whole)))
    return chosen
