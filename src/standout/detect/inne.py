"""Whether a row lies in the spheres about a few random rows, and how those compare with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.spheres import isolations, measure_spheres


@dataclass(frozen=True)
class INNE(Detector):
    """The isolation of a row by nearest-neighbour spheres, a mean over random draws of a few training rows.

    Each row of a draw has a sphere that reaches its nearest neighbour in the draw. A row belongs to the smallest sphere that holds
    it; its isolation there is one less the ratio of the neighbour's radius to that sphere's. Where no sphere holds it the paper says
    1; here it is 2 less the ratio of the radius about the nearest centre to the distance from it, so that far rows differ.

    fit: shape (n, d), n >= 2; features should be on comparable scales. score: (n,), 0 to 2; above 1 outside of most spheres.
    A draw has `size` rows or half of all, whichever is fewer, at least two.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> state = INNE().fit(rows, np.random.default_rng(0))
    >>> INNE().score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])).round(1).tolist()
    [0.3, 1.8]
    """

    card = Card(
        "Isolation by nearest-neighbour ensembles",
        "Bandaragoda et al. 2018, doi:10.1111/coin.12156",
        "rows outside of the regions of usual rows, also near dense ones beside sparse ones",
        "a row costs draws times size distances, whatever the number of training rows",
    )
    examples = ({}, {"draws": 60}, {"size": 8})
    layout = {
        "centre": Holds("float32", "draws", "size", "d"),
        "row": Holds("int64", "draws", "size"),
        "radius": Holds("float64", "draws", "size"),
        "isolation": Holds("float64", "draws", "size"),
    }

    draws: int = param(200, low=1, high=10_000, help="How many draws are made.")
    size: int = param(16, low=2, high=10_000, help="How many training rows a draw has.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the rows and measure their spheres; TooFewRowsError below two rows. Labels are not used."""
        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        size = min(self.size, max(2, n // 2))
        row = np.stack([rng.choice(n, size, replace=False) for _ in range(self.draws)]).astype(np.int64)
        state: State = {
            "centre": matrix.values[row],
            "row": row,
            "radius": np.zeros(row.shape),
            "isolation": np.zeros(row.shape),
        }
        measure_spheres(state["centre"], state["radius"], state["isolation"])
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean isolation over draws."""
        return isolations(matrix.values, state["centre"], state["row"], state["radius"], state["isolation"])

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Out of bag: each training row by the draws that it is not in."""
        row = np.arange(len(matrix), dtype=np.int64)
        return isolations(matrix.values, state["centre"], state["row"], state["radius"], state["isolation"], row)
