"""How far a row lies from the running mean, in running standard deviations: the simplest detector that keeps learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.streams import fade_moments


@dataclass(frozen=True)
class RunningMoments(Detector):
    """Mean squared z-score against means and variances that fade with age.

    fit: shape (n, d), n >= 1. score: (n,), unit: mean squared standard deviations, 0 and up.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> detector = RunningMoments()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])).round(0).tolist()
    [0.0, 29.0]
    """

    card = Card(
        "Running mean and variance",
        "Welford 1962, doi:10.1080/00401706.1962.10490022",
        "values far from what was seen of late, column by column",
        "one pass, two numbers a column",
    )
    examples = ({}, {"half_life": 200.0})
    layout = {"mean": Holds("float64", "d"), "variance": Holds("float64", "d"), "count": Holds("float64", 1)}

    half_life: float = param(0.0, low=0.0, help="Rows after which an observation counts half; 0 forgets nothing.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn from rows in their order; `rng` and labels are not used."""
        state = {"mean": np.zeros(matrix.width), "variance": np.zeros(matrix.width), "count": np.zeros(1)}
        self.update(state, matrix)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Mean over columns of the squared z-score."""
        return self.attribute(state, matrix).mean(axis=1)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The squared z-score of each column."""
        spread = np.maximum(state["variance"], 1e-12 * (1.0 + state["mean"] ** 2))
        return (matrix.values - state["mean"]) ** 2 / spread

    def update(self, state: State, matrix: Matrix) -> None:
        """Take in rows one after the other; old ones fade with the half-life."""
        fade = 1.0 if self.half_life == 0 else 0.5 ** (1.0 / self.half_life)
        fade_moments(matrix.values, fade, state["mean"], state["variance"], state["count"])
