"""Copy this file to start a detector of your own: docs/extending.md walks through it.

In a checkout of Standout it goes to src/standout/detect/NAME.py; in a package of yours it can have any place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class DetectorTemplate(Detector):
    """One line on how it judges a row.

    Then what it assumes, what a score means and its unit, and the shapes.
    fit: shape (n, d), n >= 1. score: (n,), in usual distances from the median, 0 and up.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 2)))
    >>> detector = DetectorTemplate()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0], [9, 0]])).round(0).tolist()
    [0.0, 14.0]
    """

    # what a newcomer reads: title, reference, what it finds, what it costs
    card = Card(
        "Distance from the median",
        "Hampel 1974, doi:10.1080/01621459.1974.10482962",
        "values far from the middle of their column",
        "one median a column; scoring is d subtractions a row",
    )
    # the parameter sets that the contract runs; each parameter is varied by one of them
    examples = ({}, {"power": 1.0})
    # every array of the state: type, dimensions by name ("d" is the number of features); an index says `below=` what it stays
    layout = {"middle": Holds("float64", "d"), "usual": Holds("float64", "d")}

    # each parameter knows its default, range, unit and meaning: the command line and the docs are made from them
    power: float = param(2.0, low=1.0, high=8.0, help="How much a column far out counts for more than several a little out.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn from rows. All chance comes from `rng`; the matrix is neither kept nor changed; no threshold is learned."""
        middle = np.median(matrix.values, axis=0).astype(np.float64)
        away = np.abs(matrix.values - middle)
        # most values of a rare flag are the same: then the mean distance; of a constant its own size, so that any other value is far
        usual = np.median(away, axis=0)
        usual = np.where(usual > 0, usual, away.mean(axis=0))
        usual = np.where(usual > 0, usual, np.maximum(1e-6 * np.abs(middle), 1e-12))
        return {"middle": middle, "usual": usual}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Higher is stranger. Nothing is changed, and a row scores the same alone and in any batch."""
        return (self._distances(state, matrix) ** self.power).sum(axis=1) ** (1.0 / self.power)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Optional: each feature's part of the score, (n, d). Without it, explanations ask `score` again and again."""
        return self._distances(state, matrix)

    def _distances(self, state: State, matrix: Matrix) -> Floats:
        return np.minimum(np.abs(matrix.values - state["middle"]) / state["usual"], 1e30)
