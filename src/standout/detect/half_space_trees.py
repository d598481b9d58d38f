"""How few of the latest rows share the half-spaces that a row lies in: a forest for streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import EmptyTableError, SchemaError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.streams import fill_windows, halve_spaces, last_feature, surprises
from standout.kernels.trees import path_sums

FEWEST = 0.1
"""Of the reference: a node with fewer rows than this is not divided further, as in section 5 of the paper."""

NARROWEST = 1e-6
"""The least width of a column's range, as a share of its magnitude: a constant column that moves is then seen to move."""


@dataclass(frozen=True)
class HalfSpaceTrees(Detector):
    """Trees that cut space in halves without looking at the rows, and count rows: those of full windows are the reference, each
    older window for the share `kept` of the one after it; those since then are counted for the next.

    Learning a batch is learning its rows one after the other, to the bit. The reference changes only when a window is full, so
    that scores taken before learning are those of row by row as long as a batch ends where a window does.

    fit: shape (n, d), n >= 1, d >= 1, in order of time; with fewer rows than a window these are the reference until it is full.
    score: (n,), bits: how many times the density about a row has to be doubled to be that of all rows in one leaf; 0 and up.

    Source: Tan, Ting and Liu 2011, doi:10.5591/978-1-57735-516-8/IJCAI11-254. There densities are summed over trees, here their
    logarithms, which a few dense trees do not drown.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(1000, 3)))
    >>> trees = HalfSpaceTrees()
    >>> state = trees.fit(rows, np.random.default_rng(0))
    >>> before = trees.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5]]))
    >>> bool(before[1] > before[0])
    True
    >>> trees.update(state, Matrix.of(np.full((500, 3), 5.0)))  # what was rare has become usual
    >>> after = trees.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5]]))
    >>> bool(after[1] < after[0])
    True
    """

    card = Card(
        "Half-space trees",
        "Tan, Ting and Liu 2011, doi:10.5591/978-1-57735-516-8/IJCAI11-254",
        "rows in regions that few of the latest rows shared; adapts when the world changes",
        "a row costs `height` comparisons a tree, to score and to learn; memory never grows",
    )
    examples = ({}, {"trees": 10}, {"height": 5}, {"window": 100}, {"window": 100, "kept": 0.0})
    layout = {
        "feature": Holds("int32", "trees", "leaves", below="d"),
        "threshold": Holds("float32", "trees", "leaves"),
        "latest": Holds("int32", "trees", "leaves"),
        "count": Holds("int64", 1),
        "reference": Holds("float64", "trees", "leaves"),
        "surprise": Holds("float32", "trees", "leaves"),
    }

    trees: int = param(25, low=1, high=10_000, help="How many trees are averaged; more make the score steadier.", unit="trees")
    height: int = param(8, low=1, high=15, help="How many times each tree halves space.", unit="cuts")
    window: int = param(250, low=1, high=1_000_000_000, help="After how many rows the reference is renewed.", unit="rows")
    kept: float = param(0.8, low=0.0, high=1.0, help="The share of the reference that outlives a renewal; 0 is the paper's.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the cuts about the ranges of the columns and learn the rows in their order; labels are not used.

        EmptyTableError without a row or a column.
        """
        if not len(matrix) or not matrix.width:
            raise EmptyTableError(
                f"{self.name} got {len(matrix)} rows and {matrix.width} columns.", "Give it at least one of each."
            )
        shape = (self.trees, 1 << self.height)
        low, high = self._ranges(matrix, rng)
        state: State = {
            "feature": rng.integers(matrix.width, size=shape, dtype=np.int32),
            "threshold": np.full(shape, np.inf, dtype=np.float32),
            "latest": np.zeros(shape, dtype=np.int32),
            "count": np.zeros(1, dtype=np.int64),
            "reference": np.zeros(shape),
            "surprise": np.zeros(shape, dtype=np.float32),
        }
        halve_spaces(state["feature"], low, high, np.full(shape, 0.5), state["threshold"])
        self.update(state, matrix)
        if len(matrix) < self.window:
            surprises(state["latest"].astype(np.float64), len(matrix), FEWEST * len(matrix), state["surprise"])
        return state

    def _ranges(self, matrix: Matrix, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Each tree's work range of each column, (trees, d): about a random point, and wide enough for rows beyond the known."""
        low, high = matrix.values.min(axis=0).astype(np.float64), matrix.values.max(axis=0).astype(np.float64)
        width = np.maximum(high - low, NARROWEST * np.maximum(np.abs(low), NARROWEST))
        middle = rng.random((self.trees, matrix.width))
        reach = 2.0 * np.maximum(middle, 1.0 - middle)
        return low + (middle - reach) * width, low + (middle + reach) * width

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over trees of the bits."""
        if (last := last_feature(state["feature"])) >= matrix.width:
            raise SchemaError(
                f"{self.name} learned from {last + 1} columns or more and got {matrix.width}.",
                "Give it the same columns.",
            )
        return path_sums((state["feature"], state["threshold"], state["surprise"]), matrix.values) / len(state["feature"])

    def update(self, state: State, matrix: Matrix) -> None:
        """Count the rows in their order, and renew the reference each time that a window is full."""
        rules = (self.window, FEWEST, self.kept)
        counted = state["latest"], state["count"], state["reference"], state["surprise"]
        fill_windows(state["feature"], state["threshold"], matrix.values, *rules, *counted)
