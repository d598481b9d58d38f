"""How far a row lies from the plane through its nearest training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels import kernel, spread
from standout.kernels.neighbours import k_nearest, own_places

PIECE = 65_536
"""Rows whose neighbours are held at a time."""

TINY = 1e-30
"""Added to the ridge, so that rows whose neighbours are all the same have a solution, too."""


@kernel
def _residuals(
    values: NDArray[np.float32],
    reference: NDArray[np.float32],
    places: NDArray[np.int64],
    ridge: float,
    start: int,
    stop: int,
    into: Floats,
) -> None:
    """Fill rows `start` to `stop` of `into` (n, d): what is left of each row after its ridge regression on its neighbours.

    places: (n, k), the neighbours among `reference` (m, d). The neighbours' mean is the origin.
    """
    k, d = places.shape[1], values.shape[1]
    apart = np.empty((k, d))
    square = np.empty((k, k))
    weight = np.empty(k)
    for row in range(start, stop):
        for j in range(d):
            mean = 0.0
            for i in range(k):
                mean += reference[places[row, i], j]
            mean /= k
            for i in range(k):
                apart[i, j] = reference[places[row, i], j] - mean
            into[row, j] = values[row, j] - mean
        trace = 0.0
        for i in range(k):
            for other in range(i + 1):
                total = 0.0
                for j in range(d):
                    total += apart[i, j] * apart[other, j]
                square[i, other] = total
            trace += square[i, i]
            total = 0.0
            for j in range(d):
                total += apart[i, j] * into[row, j]
            weight[i] = total
        for i in range(k):
            square[i, i] += ridge * trace / k + TINY
        _solve(square, weight)
        for i in range(k):
            for j in range(d):
                into[row, j] -= weight[i] * apart[i, j]


@kernel
def _solve(square: Floats, right: Floats) -> None:
    """Put into `right` (k,) the solution for a symmetric positive matrix whose lower half is given, by Cholesky's factors."""
    k = len(right)
    for i in range(k):
        for j in range(i + 1):
            total = square[i, j]
            for other in range(j):
                total -= square[i, other] * square[j, other]
            square[i, j] = np.sqrt(total) if i == j else total / square[j, j]
        for other in range(i):
            right[i] -= square[i, other] * right[other]
        right[i] /= square[i, i]
    for i in range(k - 1, -1, -1):
        for other in range(i + 1, k):
            right[i] -= square[other, i] * right[other]
        right[i] /= square[i, i]


@dataclass(frozen=True)
class LocalHyperplane(Detector):
    """The distance of a row from the plane that its k nearest training rows span, drawn towards their mean.

    Where usual rows lie along lines or sheets, a row between two of them is near to many rows and still off the sheet: it breaks a
    relation that holds around it. The ridge keeps a plane of few rows from reaching everywhere, so that with a large one the score is
    the distance from the neighbours' mean.

    fit: shape (n, d), n >= 3; features should be on comparable scales. score: (n,), unit: distance in units of the matrix, 0 and up.

    >>> t = np.linspace(0, 1, 200)
    >>> line = Matrix.of(np.column_stack([t, t, -t]))
    >>> detector = LocalHyperplane()
    >>> state = detector.fit(line, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([[0.5, 0.5, -0.5], [0.5, 0.6, -0.5]])).round(2).tolist()
    [0.0, 0.08]
    """

    card = Card(
        "Local hyperplane distance",
        "Vincent and Bengio 2001, K-local hyperplane and convex distance nearest neighbor algorithms (NIPS 14)",
        "rows that break a relation which holds around them, though they are near to usual rows",
        "a row is compared with each sampled training row; then k² * d multiplications",
    )
    examples = ({}, {"k": 5, "sample": 200}, {"ridge": 3.0})
    layout = {"reference": Holds("float32", "sample", "d"), "row": Holds("int64", "sample")}

    k: int = param(10, low=2, high=200, help="How many neighbours span the plane; of few rows, all but one.")
    ridge: float = param(
        0.3, above=0.0, high=1e6, help="How much the plane is drawn towards the neighbours' mean, in shares of their variance."
    )
    sample: int = param(20_000, low=3, high=10_000_000, help="At most how many training rows are compared with.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Keep the rows, or a sample of them; TooFewRowsError below three. Labels are not used."""
        n = len(matrix)
        if n < 3:
            raise TooFewRowsError.needed(self.name, n, 3)
        row = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        return {"reference": matrix.values[row], "row": row.astype(np.int64)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The distance from the plane."""
        return self._distances(state, matrix, np.full(len(matrix), -1, dtype=np.int64))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """As `score`, no row being its own neighbour; an exact duplicate in another row is one."""
        return self._distances(state, matrix, own_places(state["row"], len(matrix)))

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each feature's part of the distance, in proportion to its squared residual; a row's parts sum to its score."""
        parts = np.empty(matrix.values.shape)
        for start in range(0, len(matrix), PIECE):
            left = self._left(state, matrix.values[start : start + PIECE])
            length = _lengths(left)
            parts[start : start + PIECE] = left * left / np.where(length > 0, length, 1.0)[:, None]
        return parts

    def _distances(self, state: State, matrix: Matrix, own: NDArray[np.int64]) -> Floats:
        scores = np.empty(len(matrix))
        for start in range(0, len(matrix), PIECE):
            piece = slice(start, start + PIECE)
            scores[piece] = _lengths(self._left(state, matrix.values[piece], own[piece]))
        return scores

    def _left(self, state: State, values: NDArray[np.float32], own: NDArray[np.int64] | None = None) -> Floats:
        """What of each row the plane does not hold, shape (n, d)."""
        reference = np.ascontiguousarray(state["reference"])
        places = k_nearest(values, reference, min(self.k, len(reference) - 1), own)[1]
        left = np.empty(values.shape)
        spread(lambda a, b: _residuals(values, reference, places, self.ridge, a, b, left), len(values), least=256)
        return left


def _lengths(left: Floats) -> Floats:
    # einsum keeps one order of summation for each row, whatever the number of rows
    return np.sqrt(np.einsum("nd,nd->n", left, left))
