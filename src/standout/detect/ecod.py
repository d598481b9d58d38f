"""Values deep in the tail of their column, joined over columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.tails import tail_terms


@dataclass(frozen=True)
class ECOD(Detector):
    """The sum over columns of minus the logarithm of a tail probability: of all left tails, of all right tails, or of the tail
    to which each column is skewed, whichever is largest.

    A probability is (1 + training values as far out) / (1 + training values), so a new row is judged by the training rows
    alone, never by the batch it comes in.
    fit: shape (n, d), n >= 1. score: (n,), natural logarithms (nats), 0 and up.

    >>> rows = Matrix.of(np.random.default_rng(0).exponential(size=(999, 2)))
    >>> state = ECOD().fit(rows, np.random.default_rng(0))
    >>> ECOD().score(state, Matrix.of([[99.0, 99.0]])).round(3).tolist()  # two times the logarithm of 1,000
    [13.816]
    """

    card = Card(
        "Empirical cumulative distributions",
        "Li et al. 2022, doi:10.1109/TKDE.2022.3159580",
        "extreme values, in one column or in several at once",
        "one sort a column; scoring is two binary searches a value",
    )
    examples = ({}, {"sample": 300})
    layout = {
        "ordered": Holds("float32", "d", "m"),
        "leftward": Holds("bool", "d"),
        "moments": Holds("float64", 4, "d"),
        "drawn": Holds("int64", "m"),
    }

    sample: int = param(100_000, low=2, help="At most how many rows are kept to count tails in; drawn at random.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Sort each column; `rng` draws the sample where there are more rows than that, labels are not used."""
        n = len(matrix)
        drawn = np.arange(n) if n <= self.sample else np.sort(rng.choice(n, self.sample, replace=False))
        values = matrix.values[drawn]
        moments = _moments(values)
        return {
            "ordered": np.ascontiguousarray(np.sort(values, axis=0).T),
            "leftward": _third(moments, values[:0], len(values))[0] < 0,
            "moments": moments,
            "drawn": drawn.astype(np.int64),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Nats of surprise over all columns."""
        return self._terms(state, matrix, each=False)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's nats; they sum to the score."""
        return self._terms(state, matrix, each=True)[1]

    def _terms(self, state: State, matrix: Matrix, *, each: bool) -> tuple[Floats, Floats]:
        nobody = np.zeros(len(matrix), dtype=np.bool_)
        return tail_terms(matrix.values, state["ordered"], state["leftward"][None], nobody, each)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Exactly leave-one-out: the tails and the skewness of the other rows."""
        mine = np.zeros(len(matrix), dtype=np.bool_)
        mine[state["drawn"]] = True
        leftward = np.repeat(state["leftward"][None], len(matrix), axis=0)
        leftward[mine] = _third(state["moments"], matrix.values[mine], len(state["drawn"]))[1:] < 0
        return tail_terms(matrix.values, state["ordered"], leftward, mine, False)[0]


def _moments(values: NDArray[np.float32]) -> Floats:
    """A centre for each column and the sums of the first three powers about it: enough to leave a row out. Shape (4, d)."""
    centre = values.mean(axis=0, dtype=np.float64)
    off = values - centre
    return np.stack([centre, off.sum(axis=0), (off**2).sum(axis=0), (off**3).sum(axis=0)])


def _third(moments: Floats, left_out: NDArray[np.float32], n: int) -> Floats:
    """The third central sum, of which skewness has the sign: first of all n rows, then without each of the rows given."""
    centre, one, two, three = moments
    off = left_out - centre
    off = np.concatenate([np.zeros((1, len(centre))), off])
    counts = np.where(np.arange(len(off)) == 0, n, max(n - 1, 1))[:, None]
    mean = (one - off) / counts
    second, third = two - off**2, three - off**3
    return third - 3 * mean * second + 2 * counts * mean**3
