"""Values in the tails of their columns, joined over columns as if by their copula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.copula import copula_terms, skewed_left


@dataclass(frozen=True)
class COPOD(Detector):
    """The sum over columns of minus the logarithm of a tail probability: of the tail to which the column is skewed, or the mean of
    both tails where that is larger.

    Unlike ECOD, which takes one kind of tail for the whole row, each column chooses for itself. A probability is (1 + training
    values as far out) / (1 + training values): a new row is judged by the training rows alone, never by the batch it comes in.
    fit: shape (n, d), n >= 1. score: (n,), natural logarithms (nats), 0 and up.

    >>> rows = Matrix.of(np.random.default_rng(0).exponential(size=(999, 2)))
    >>> state = COPOD().fit(rows, np.random.default_rng(0))
    >>> COPOD().score(state, Matrix.of([[99.0, 99.0]])).round(3).tolist()  # two times the logarithm of 1,000
    [13.816]
    """

    card = Card(
        "Copula-based outlier detection",
        "Li et al. 2020, doi:10.1109/ICDM50108.2020.00135",
        "extreme values, in one column or in several at once, whichever way each column leans",
        "one sort a column; scoring is two binary searches a value",
    )
    examples = ({}, {"sample": 300})
    layout = {
        "ordered": Holds("float32", "d", "m"),
        "leftward": Holds("bool", "d"),
        "drawn": Holds("int64", "m"),
        "own_leftward": Holds("bool", "m", "d"),
    }

    sample: int = param(100_000, low=2, help="At most how many rows are kept to count tails in; drawn at random.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Sort each column; `rng` draws the sample where there are more rows than that, labels are not used."""
        n = len(matrix)
        drawn = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        values = matrix.values[drawn]
        leftward, own = skewed_left(values)
        ordered = np.ascontiguousarray(np.sort(values, axis=0).T)
        return {"ordered": ordered, "leftward": leftward, "drawn": drawn.astype(np.int64), "own_leftward": own}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Nats of surprise over all columns."""
        return self._terms(state, matrix, each=False)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's nats; they sum to the score."""
        return self._terms(state, matrix, each=True)[1]

    def _terms(self, state: State, matrix: Matrix, *, each: bool) -> tuple[Floats, Floats]:
        nobody = np.zeros(len(matrix), dtype=np.bool_)
        return copula_terms(matrix.values, state["ordered"], state["leftward"][None], nobody, each)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Exactly leave-one-out: the tails and the skewness of the other rows."""
        mine = np.zeros(len(matrix), dtype=np.bool_)
        mine[state["drawn"]] = True
        leftward = np.repeat(state["leftward"][None], len(matrix), axis=0)
        leftward[state["drawn"]] = state["own_leftward"]
        return copula_terms(matrix.values, state["ordered"], leftward, mine, False)[0]
