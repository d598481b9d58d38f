"""How rare a row is in histograms of random projections that keep counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import EmptyTableError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.projections import FINE, bin_edges, fill_histograms, surprise_by_column, surprise_sums

LOOKED_AT = 10_000
"""Bins are placed by at most this many rows."""

NARROWEST = 1e-6
"""The least scale of a projection, as a share of its magnitude."""


@dataclass(frozen=True)
class LODA(Detector):
    """Minus the mean logarithm of a row's density in histograms, one for each sparse random projection.

    A projection mixes the square root of all columns. Bins are fine near the middle of the training rows and ever wider beyond
    (`kernels.projections`), so that rows keep finding their bin when the world drifts, and far rows are the stranger the farther.
    Learning a batch is learning its rows one after the other, to the bit.

    fit: shape (n, d), n >= 1, d >= 1, in order of time. score: (n,), natural logarithms (nats): minus the log density
    per scale of the projection.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(1000, 3)))
    >>> detector = LODA()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5], [50, 50, 50]])).round(0).tolist()
    [1.0, 12.0, 14.0]
    """

    card = Card(
        "LODA, histograms of random projections",
        "Pevný 2016, doi:10.1007/s10994-015-5521-0",
        "rows rare along random directions: extreme values and rare combinations of a few columns; names the column",
        "a row costs the square root of the columns, times the projections, to score and to learn; memory never grows",
    )
    examples = ({}, {"projections": 50}, {"bins": 80}, {"half_life": 100.0})
    layout = {
        "column": Holds("int32", "projections", "mixed", below="d"),
        "weight": Holds("float64", "projections", "mixed"),
        "place": Holds("float64", 3, "projections"),
        "log_width": Holds("float64", "projections", "bins"),
        "counts": Holds("float64", "projections", "bins"),
        "coarse": Holds("float64", "projections", "coarse bins"),
        "gain": Holds("float64", 1),
    }

    projections: int = param(100, low=1, high=10_000, help="How many projections are averaged; more make the score steadier.")
    bins: int = param(1_600, low=4, high=10_000, help="How many bins the histogram of a projection has.")
    half_life: float = param(0.0, low=0.0, help="Rows after which a row counts half; 0 forgets nothing.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the projections, place their bins about the rows, and learn these in their order; labels are not used.

        EmptyTableError without a row or a column.
        """
        n, d = matrix.values.shape
        if not n or not d:
            raise EmptyTableError(f"{self.name} got {n} rows and {d} columns.", "Give it at least one of each.")
        mixed = max(1, int(np.sqrt(d)))
        column = np.stack([rng.choice(d, mixed, replace=False) for _ in range(self.projections)]).astype(np.int32)
        weight = rng.normal(size=(self.projections, mixed))
        shift = rng.random(self.projections)
        state: State = {
            "column": column,
            "weight": weight,
            "place": np.stack([*_centres_and_scales(_some(matrix, rng), column, weight), shift]),
            "log_width": np.log(np.diff(bin_edges(shift, self.bins), axis=1)),
            "counts": np.zeros((self.projections, self.bins)),
            "coarse": np.zeros((self.projections, -(-self.bins // FINE))),
            "gain": np.ones(1),
        }
        self.update(state, matrix)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over projections of the nats."""
        sums = surprise_sums(matrix.values, *_arrays(state))
        return sums / len(state["counts"]) + np.log(_seen(state) + 1.0)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """How much stranger the projections that use a column find the row than those that do not (section 3.3 of the paper).

        A column that all projections use, or none, gets the share of the score that is left: with one column all of it.
        """
        n, d = matrix.values.shape
        sums, with_it = np.zeros(n), np.zeros((n, d))
        arrays = (*_arrays(state), sums, with_it)
        surprise_by_column(matrix.values, *arrays)
        users, everyone = np.bincount(state["column"].ravel(), minlength=d), len(state["counts"])
        if d == 1:
            return self.score(state, matrix)[:, None]
        without = (sums[:, None] - with_it) / np.maximum(everyone - users, 1)
        parts = with_it / np.maximum(users, 1) - without
        parts[:, (users == 0) | (users == everyone)] = 0.0
        return parts

    def update(self, state: State, matrix: Matrix) -> None:
        """Count the rows one after the other; older ones fade with the half-life."""
        growth = 1.0 if self.half_life == 0 else 2.0 ** (1.0 / self.half_life)
        centre, scale, shift = state["place"]
        arrays = state["column"], state["weight"], centre, scale, shift
        fill_histograms(matrix.values, *arrays, growth, state["counts"], state["coarse"], state["gain"])


def _arrays(state: State) -> tuple[Any, ...]:
    keys = ("column", "weight", "place", "counts", "coarse")
    return (*(state[k] for k in keys), float(state["gain"][0]), state["log_width"])


def _seen(state: State) -> float:
    """How many rows were counted, faded ones in part; every histogram holds them all."""
    return float(state["counts"][0].sum() / state["gain"][0])


def _some(matrix: Matrix, rng: np.random.Generator) -> Floats:
    n = len(matrix)
    rows = matrix.values if n <= LOOKED_AT else matrix.values[np.sort(rng.choice(n, LOOKED_AT, replace=False))]
    return rows.astype(np.float64)


def _centres_and_scales(rows: Floats, column: np.ndarray, weight: Floats) -> tuple[Floats, Floats]:
    """The median of each projection and the standard deviation that its middle 80% would have if normal, else its own."""
    along = np.stack([(rows[:, c] * w).sum(axis=1) for c, w in zip(column, weight, strict=True)])
    low, centre, high = np.quantile(along, [0.1, 0.5, 0.9], axis=1)
    scale = (high - low) / 2.563  # ten percent of a normal lie beyond 1.2816 deviations on either side
    scale = np.where(scale > 0, scale, along.std(axis=1))
    return centre, np.maximum(scale, NARROWEST * np.maximum(np.abs(centre), NARROWEST))
