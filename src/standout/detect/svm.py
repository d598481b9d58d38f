"""Anomalies that resemble those labelled: a support vector machine with a radial kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._boosting import labelled
from standout.kernels.radial import radial_sums

STEEPEST = 1e37
"""The largest gamma: times the least distance it must stay a float32."""


@dataclass(frozen=True)
class SVM(Detector):
    """The distance beyond the boundary between normal and anomalous rows, in units of the margin; supervised.

    Rows labelled -1 are left out. Both classes weigh the same however rare anomalies are. Where more rows are labelled than
    `sample`, anomalies fill at most half of it and normal rows the rest.

    fit: shape (n, d), with two or more rows of each class; features should be on comparable scales. score: (n,), 0 on the boundary, 1 and
    -1 on the two margins; rows far from all support vectors score the same.

    >>> rows = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    >>> labels = (np.hypot(*rows.T) > 2).astype(np.int8)
    >>> detector = SVM()
    >>> state = detector.fit(Matrix.of(rows), np.random.default_rng(0), labels)
    >>> (detector.score(state, Matrix.of([[0.0, 0], [2.5, 0]])) > 0).tolist()
    [False, True]
    """

    card = Card(
        "Support vector machine",
        "Cortes and Vapnik 1995, doi:10.1007/BF00994018",
        "anomalies of the kinds that were labelled, within regions of any shape",
        "a row is compared with each support vector; fitting takes time as the square of the labelled rows",
    )
    learns_from = "labels"
    expected_failures = {"a_planted_anomaly_is_found": "a row far from all support vectors has no kind: it scores the offset"}
    examples = ({}, {"cost": 10.0}, {"gamma": 0.05}, {"sample": 100})
    layout = {
        "vector": Holds("float32", "vectors", "d"),
        "weight": Holds("float64", "vectors"),
        "gamma": Holds("float64", 1),
        "offset": Holds("float64", 1),
    }

    cost: float = param(1.0, above=0.0, high=1e6, help="What a labelled row on the wrong side costs, against a wide margin.")
    gamma: float = param(
        0.0,
        low=0.0,
        high=STEEPEST,
        help="How fast similarity falls with squared distance; 0 takes 1 / (features × their mean variance).",
    )
    sample: int = param(10_000, low=4, high=100_000, help="At most how many labelled rows are learned from.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the boundary; LabelError without labelled rows of both classes."""
        from sklearn.svm import SVC

        rows, told = labelled(self.name, matrix, labels)
        at = _chosen(told, self.sample, rng)
        values, told = rows.values[at].astype(np.float64), told[at]
        # about the middle: the solver expands |x - r|², which loses its digits far from zero
        centred = values - values.mean(axis=0)
        variance = float(centred.var(axis=0).mean())
        gamma = self.gamma or (min(1.0 / (rows.width * variance), STEEPEST) if variance > 0 else 1.0)
        solved = SVC(C=self.cost, gamma=gamma, class_weight="balanced").fit(centred, told)
        return {
            "vector": np.ascontiguousarray(rows.values[at][solved.support_]),
            "weight": np.asarray(solved.dual_coef_, dtype=np.float64)[0].copy(),
            "gamma": np.array([gamma]),
            "offset": np.asarray(solved.intercept_, dtype=np.float64)[:1].copy(),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The weighted similarity to the support vectors and the offset."""
        return radial_sums(matrix.values, state["vector"], state["weight"], float(state["gamma"][0])) + state["offset"][0]


def _chosen(labels: Labels, most: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Positions of at most `most` rows, in order: anomalies up to half of them, or more where normal rows are few."""
    if len(labels) <= most:
        return np.arange(len(labels))
    normal, strange = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    many = min(len(strange), max(most // 2, most - len(normal)))
    drawn = (rng.choice(strange, many, replace=False), rng.choice(normal, most - many, replace=False))
    return np.sort(np.concatenate(drawn))
