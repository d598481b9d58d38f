"""How far a row lies from the nearest of a few random rows, over many such draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.distances import nearest_in_draws, nearest_in_draws_by_feature, nearest_to_own


@dataclass(frozen=True)
class NearestInSamples(Detector):
    """Mean, over random draws of a few training rows, of the distance to the nearest row of the draw.

    A draw of 16 rows seldom holds an anomaly, let alone two of a kind, so that anomalies in the training rows, even in
    clusters, do not vouch for each other as they do among all neighbours. The city-block distance is the default because one
    heavy-tailed feature rules it less: over 22 public sets it ranked anomalies better than the Euclidean one under robust
    scaling (0.7 points of AUROC, 0.8 to 1.2 of average precision) and as well under standard scaling (bench/neighbours.py).

    fit: shape (n, d), n >= 2; features should be on comparable scales. score: (n,), unit: distance in units of the matrix,
    0 and up. Where n is at most `size`, each draw has n - 1 rows.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> detector = NearestInSamples()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])).round(1).tolist()
    [0.8, 8.6]
    """

    card = Card(
        "Nearest neighbour in random samples",
        "Sugiyama and Borgwardt 2013, Rapid distance-based outlier detection via sampling, over several samples",
        "rows far from everything usual, also where the training rows hold clusters of anomalies",
        "a row costs draws times size distances, whatever the number of training rows",
    )
    examples = ({}, {"draws": 10, "size": 8}, {"metric": "euclidean"})
    layout = {"reference": Holds("float32", "draws", "size and spare", "d"), "row": Holds("int64", "draws", "size and spare")}

    draws: int = param(40, low=1, high=10_000, help="How many draws are made.")
    size: int = param(16, low=1, high=100_000, help="How many training rows a draw has.", unit="rows")
    metric: Literal["manhattan", "euclidean"] = param(
        "manhattan", choices=("manhattan", "euclidean"), help="How differences in the features add up to a distance."
    )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the rows; TooFewRowsError below two. Labels are not used.

        Each draw has one row to spare, which scores leave out: it stands in for a training row's own copy in `own_scores`.
        """
        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        row = np.stack([rng.choice(n, min(self.size + 1, n), replace=False) for _ in range(self.draws)])
        return {"reference": matrix.values[row], "row": row.astype(np.int64)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean distance to the nearest row of each draw."""
        return nearest_in_draws(matrix.values, state["reference"], self.metric == "manhattan", left_out=1)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """As `score`, with the spare row in the place of a training row's own copy: draws of the other rows alone."""
        scores = self.score(state, matrix)
        nearest_to_own(matrix.values, state["reference"], state["row"], self.metric == "manhattan", scores)
        return scores

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each feature's part of the distances; a row's parts sum to its score."""
        return nearest_in_draws_by_feature(matrix.values, state["reference"][:, :-1], self.metric == "manhattan")
