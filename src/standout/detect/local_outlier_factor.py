"""How thinly a row's surroundings are peopled, compared with those of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels import kernel
from standout.kernels.neighbours import k_nearest, own_places

PIECE = 65_536
"""Rows whose neighbours are held at a time."""

LEAST = 1e-3
"""Of the median reachability: below this a row counts as doubled, so that the density of doubled rows is finite."""

Places = NDArray[np.int64]


@kernel
def _mean_reach_without(own: int, of: int, distances: Floats, places: Places, k_distance: Floats) -> float:
    """The mean reachability distance of reference row `of` to its k nearest but `own`, which is not among the rows."""
    k = distances.shape[1] - 1
    total, taken = 0.0, 0
    for j in range(k + 1):
        if places[of, j] != own and taken < k:
            total += max(distances[of, j], k_distance[places[of, j]])
            taken += 1
    return total / k


@kernel
def _leave_one_out(
    own: Places, distances: Floats, places: Places, listing: Places, edges: Places, least: float, factors: Floats
) -> None:
    """The factor of each reference row `own` among the others, exactly as if it had not been there at the fit.

    distances, places: of the k + 1 nearest of each reference row, shape (m, k + 1), the row itself left out.
    listing, edges: listing[edges[i] : edges[i + 1]] are the rows that have row i among their k nearest.
    """
    k = distances.shape[1] - 1
    k_distance = distances[:, k - 1].copy()
    for at in range(len(own)):
        left_out, reach, density = own[at], 0.0, 0.0
        # without the row, those that list it reach on to their next neighbour
        for edge in range(edges[left_out], edges[left_out + 1]):
            k_distance[listing[edge]] = distances[listing[edge], k]
        for j in range(k):
            other = places[left_out, j]
            reach += max(distances[left_out, j], k_distance[other])
            density += 1.0 / max(least, _mean_reach_without(left_out, other, distances, places, k_distance))
        factors[at] = density / k * max(least, reach / k)
        for edge in range(edges[left_out], edges[left_out + 1]):
            k_distance[listing[edge]] = distances[listing[edge], k - 1]


def _listed_by(places: Places) -> tuple[Places, Places]:
    """Which rows have each row in their lists (m, k), as `listing` and `edges` of `_leave_one_out`."""
    listed = places.ravel()
    order = np.argsort(listed, kind="stable")
    return order // places.shape[1], np.searchsorted(listed[order], np.arange(len(places) + 1))


@dataclass(frozen=True)
class LocalOutlierFactor(Detector):
    """The local outlier factor of new rows: the mean density around the k nearest training rows over that around the row.

    fit: shape (n, d), n > k + 1; features should be on comparable scales. score: (n,), no unit, above 0; about 1 where a row
    lies as densely as its neighbours do. Where training rows are doubled more than k times their density would be infinite;
    reachability distances below a thousandth of the median one count as that.

    >>> rows = Matrix.of(np.concatenate([np.arange(20) / 10, 50 + 10 * np.arange(20)]))
    >>> detector = LocalOutlierFactor(k=3)
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([1.05, 105.0, 3.0])).round(1).tolist()
    [1.0, 1.0, 5.1]
    """

    card = Card(
        "Local outlier factor",
        "Breunig et al. 2000, doi:10.1145/342009.335388",
        "rows lonelier than their own neighbours, where regions differ in density",
        "a row is compared with each sampled training row; best where the training rows are clean",
    )
    examples = ({}, {"k": 10, "sample": 200})
    layout = {
        "reference": Holds("float32", "sample", "d"),
        "row": Holds("int64", "sample"),
        "k_distance": Holds("float64", "sample"),
        "density": Holds("float64", "sample"),
        "least": Holds("float64", 1),
    }

    k: int = param(20, low=1, high=1_000, help="How many neighbours make the surroundings.")
    sample: int = param(20_000, low=3, high=10_000_000, help="At most how many training rows are compared with.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the density around each row kept; TooFewRowsError when no more than k + 1. Labels are not used."""
        n = len(matrix)
        if min(n, self.sample) < self.k + 2:
            raise TooFewRowsError.needed(f"{self.name} with k={self.k}, sample={self.sample}", min(n, self.sample), self.k + 2)
        row = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        reference = matrix.values[row]
        distances, places = k_nearest(reference, reference, self.k, np.arange(len(row)))
        k_distance = np.ascontiguousarray(distances[:, -1])
        reach = self._mean_reach(distances, k_distance[places])
        least = LEAST * float(np.median(reach[reach > 0])) if (reach > 0).any() else 1.0
        return {
            "reference": reference,
            "row": row.astype(np.int64),
            "k_distance": k_distance,
            "density": 1.0 / np.maximum(reach, least),
            "least": np.array([least]),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The factor of each row, none of which is taken to be a training row."""
        factors = np.empty(len(matrix))
        for start in range(0, len(matrix), PIECE):
            piece = slice(start, start + PIECE)
            distances, places = k_nearest(matrix.values[piece], state["reference"], self.k)
            reach = self._mean_reach(distances, state["k_distance"][places])
            density = np.zeros(len(reach))
            for place in places.T:
                density += state["density"][place]
            factors[piece] = density / self.k * np.maximum(reach, state["least"])
        return factors

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """As `score`, each training row's factor being that of a fit without it."""
        own = own_places(state["row"], len(matrix))
        factors = np.empty(len(matrix))
        if (own < 0).any():
            factors[own < 0] = self.score(state, matrix.take(own < 0))
        distances, places = k_nearest(state["reference"], state["reference"], self.k + 1, np.arange(len(state["row"])))
        inside = np.empty(int((own >= 0).sum()))
        _leave_one_out(own[own >= 0], distances, places, *_listed_by(places[:, :-1]), float(state["least"][0]), inside)
        factors[own >= 0] = inside
        return factors

    def _mean_reach(self, distances: Floats, k_distances: Floats) -> Floats:
        """The mean reachability distance, neighbour by neighbour, so that each row's sum has one order."""
        total = np.zeros(len(distances))
        for distance, k_distance in zip(distances.T, k_distances.T, strict=True):
            total += np.maximum(distance, k_distance)
        return total / self.k
