"""The features of a matrix put in order by source column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.matrix import Matrix
from standout.core.part import Floats


@dataclass(frozen=True)
class Blocks:
    """Source columns with the places of their features.

    order: the features of the first column, then of the second, ..., of each the value before whether it is missing; start: where
    each column begins in it, one entry more than columns; owner: the column of each feature in that order.

    >>> from standout.core.matrix import Feature
    >>> features = (Feature("a missing", "a", "missing"), Feature("b", "b"), Feature("a", "a"))
    >>> blocks = Blocks.of(Matrix(np.zeros((1, 3), dtype=np.float32), features))
    >>> blocks.names, blocks.order.tolist(), blocks.start.tolist()
    (('a', 'b'), [2, 0, 1], [0, 2, 3])
    """

    names: tuple[str, ...]
    order: NDArray[np.intp]
    start: NDArray[np.int64]
    owner: NDArray[np.intp]

    @classmethod
    def of(cls, matrix: Matrix) -> Blocks:
        """The columns of a matrix, in order of first appearance."""
        places = [sorted(p, key=lambda at: matrix.features[at].what == "missing") for p in matrix.by_column.values()]
        start = np.cumsum([0, *map(len, places)], dtype=np.int64)
        order = np.array([at for place in places for at in place], dtype=np.intp)
        return cls(tuple(matrix.by_column), order, start, np.repeat(np.arange(len(places)), np.diff(start)))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many features each column has."""
        return np.diff(self.start)

    def slice(self, k: int) -> slice:
        """The places of column k's features in the order."""
        return slice(int(self.start[k]), int(self.start[k + 1]))

    def square(self, array: Floats) -> Floats:
        """A (d, d) array with both sides in the order."""
        return np.ascontiguousarray(array[np.ix_(self.order, self.order)])

    def sums(self, parts: Floats) -> Floats:
        """The sum of each column's features in an (n, d) array, shape (n, columns)."""
        return np.add.reduceat(np.asarray(parts, dtype=np.float64)[:, self.order], self.start[:-1], axis=1)
