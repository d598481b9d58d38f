"""How thin the rows are about a row, by a smooth estimate of their density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.density import log_bumps
from standout.kernels.neighbours import own_places

NARROWEST = 1e-6
"""The least bandwidth, as a share of the column's magnitude: what a constant column is judged by."""


@dataclass(frozen=True)
class KernelDensity(Detector):
    """Minus the logarithm of a kernel density estimate: the mean of Gaussian bumps at sampled training rows.

    A bump is as wide in a column as the column's standard deviation times `smoothing` times m ** (-1 / (d + 4)), Scott's rule for
    m sampled rows. The logarithm is taken of the whole sum, so that rows far from everything still differ.

    fit: shape (n, d), n >= 2. score: (n,), natural logarithms (nats), 0 for a row where all bumps are at their height, and up.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> detector = KernelDensity()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5], [50, 50, 50]])).round(0).tolist()
    [3.0, 122.0, 21557.0]
    """

    card = Card(
        "Kernel density estimate",
        "Scott 1992, doi:10.1002/9780470316849; Parzen 1962, doi:10.1214/aoms/1177704472",
        "rows where few others are, also in gaps between clusters; few columns",
        "a row is compared with each sampled row",
    )
    examples = ({}, {"sample": 100}, {"smoothing": 0.5})
    layout = {"reference": Holds("float32", "m", "d"), "inverse": Holds("float64", "d"), "row": Holds("int64", "m")}

    sample: int = param(
        2_000, low=2, high=100_000, help="At most how many training rows have a bump; drawn at random.", unit="rows"
    )
    smoothing: float = param(1.0, above=0.0, high=1_000.0, help="How many times as wide as by Scott's rule the bumps are.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the rows and measure the columns; TooFewRowsError below two rows. Labels are not used."""
        n, d = matrix.values.shape
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        row = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        reference = matrix.values[row]
        deviation = matrix.values.std(axis=0, dtype=np.float64)
        least = NARROWEST * np.maximum(np.abs(reference).max(axis=0), NARROWEST)
        width = np.maximum(self.smoothing * len(row) ** (-1.0 / (d + 4)) * deviation, least)
        return {"reference": reference, "inverse": 1.0 / width, "row": row.astype(np.int64)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Nats below the height of a density whose bumps all lie on the row."""
        reference = state["reference"]
        return np.log(len(reference)) - log_bumps(matrix.values, reference, state["inverse"])[0]

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Leave-one-out, at the bandwidth of all rows: each sampled row without its own bump."""
        reference, own = state["reference"], own_places(state["row"], len(matrix))
        return np.log(len(reference) - (own >= 0)) - log_bumps(matrix.values, reference, state["inverse"], own)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's part of the distance, in bandwidths, to the bumps that make the density."""
        return log_bumps(matrix.values, state["reference"], state["inverse"], each=True)[1]
