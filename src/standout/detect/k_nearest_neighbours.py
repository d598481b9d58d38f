"""How far a row lies from its k nearest training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.neighbours import k_nearest, own_places

PIECE = 65_536
"""Rows whose neighbours are held at a time."""


@dataclass(frozen=True)
class KNearestNeighbours(Detector):
    """Mean, largest or median distance to the k nearest of the training rows, or of a random sample of them.

    fit: shape (n, d), n > k; features should be on comparable scales. score: (n,), unit: distance in units of the matrix, 0
    and up. Anomalies in the training rows that come in clusters of more than k vouch for each other: where the training rows
    are not known to be clean, take a larger k, or nearest-in-samples.

    >>> rows = Matrix.of(np.arange(10.0))
    >>> detector = KNearestNeighbours(k=3)
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([4.0, 20.0])).round(3).tolist(), detector.own_scores(state, rows)[0].tolist()
    ([0.667, 12.0], 2.0)
    """

    card = Card(
        "k nearest neighbours",
        "Ramaswamy et al. 2000, doi:10.1145/342009.335437; Angiulli and Pizzuti 2002, doi:10.1007/3-540-45681-3_2",
        "rows far from all others; the best simple detector where the training rows are clean",
        "a row is compared with each sampled training row",
    )
    examples = ({}, {"k": 20, "sample": 200}, {"aggregate": "largest", "metric": "manhattan"}, {"aggregate": "median"})
    layout = {"reference": Holds("float32", "sample", "d"), "row": Holds("int64", "sample")}

    k: int = param(5, low=1, high=1_000, help="How many neighbours are looked at.")
    sample: int = param(20_000, low=2, high=10_000_000, help="At most how many training rows are compared with.", unit="rows")
    aggregate: Literal["mean", "largest", "median"] = param(
        "mean", choices=("mean", "largest", "median"), help="How the distances to the k neighbours become one."
    )
    metric: Literal["euclidean", "manhattan"] = param(
        "euclidean", choices=("euclidean", "manhattan"), help="How differences in the features add up to a distance."
    )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Keep the rows, or a sample of them; TooFewRowsError when no more than k. Labels are not used."""
        n = len(matrix)
        if min(n, self.sample) <= self.k:
            raise TooFewRowsError.needed(f"{self.name} with k={self.k}, sample={self.sample}", min(n, self.sample), self.k + 1)
        row = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        return {"reference": matrix.values[row], "row": row.astype(np.int64)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The aggregate of the distances to the k nearest rows kept."""
        return self._scores(state, matrix, np.full(len(matrix), -1, dtype=np.int64))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """As `score`, no row being its own neighbour; an exact duplicate in another row is one."""
        return self._scores(state, matrix, own_places(state["row"], len(matrix)))

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each feature's part of the distances, in proportion to the squared differences; a row's parts sum to its score."""
        parts = np.zeros(matrix.values.shape)
        for start in range(0, len(matrix), PIECE):
            rows = matrix.values[start : start + PIECE]
            distances, places = k_nearest(rows, state["reference"], self.k, manhattan=self.metric == "manhattan")
            for weight, distance, place in zip(self._weights(), distances.T, places.T, strict=True):
                gaps = np.abs(rows.astype(np.float64) - state["reference"][place])
                if self.metric == "euclidean":
                    gaps *= gaps / np.where(distance > 0, distance, 1.0)[:, None]
                parts[start : start + PIECE] += weight * gaps
        return parts

    def _scores(self, state: State, matrix: Matrix, own: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
        scores = np.zeros(len(matrix))
        for start in range(0, len(matrix), PIECE):
            piece = slice(start, start + PIECE)
            distances, _ = k_nearest(matrix.values[piece], state["reference"], self.k, own[piece], self.metric == "manhattan")
            # neighbour by neighbour, so that each row's sum has one order whatever the number of rows
            for weight, distance in zip(self._weights(), distances.T, strict=True):
                scores[piece] += weight * distance
        return scores

    def _weights(self) -> Floats:
        """What each neighbour, nearest first, counts in the score."""
        weights = np.zeros(self.k)
        if self.aggregate == "mean":
            weights[:] = 1.0 / self.k
        elif self.aggregate == "largest":
            weights[-1] = 1.0
        else:
            weights[[(self.k - 1) // 2, self.k // 2]] = 1.0 if self.k % 2 else 0.5
        return weights
