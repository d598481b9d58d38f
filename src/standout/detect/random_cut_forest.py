"""How early random cuts would set a row apart from a sample of a stream that rows keep entering and leaving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import EmptyTableError, SchemaError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.random_cuts import learn_rows, shared_depths

TREE = ("child", "parent", "feature", "cut", "mass", "box", "point")
"""The arrays of the trees, in the order that `kernels.random_cuts` takes them."""


@dataclass(frozen=True)
class RandomCutForest(Detector):
    """Trees of cuts drawn in proportion to the length of each side of the box about the rows, over samples of the latest rows.

    The score is the mean, over trees and over all cuts that could be drawn, of how early the row would be alone were it put in: so
    no row has to enter to be scored, and each column has its exact share. Unlike an isolation forest's it tells how far outside a
    row lies. Learning a batch is learning its rows one after the other, to the bit.

    fit: shape (n, d), n >= 1, d >= 1, in order of time; features should be on comparable scales. score: (n,), log2(1 + rows
    in a tree) / (cuts before the row is alone + 1), 0 and up: about 1 for a row as deep as is usual.

    Source: Guha, Mishra, Roy and Schrijvers 2016 (ICML), https://proceedings.mlr.press/v48/guha16.html; the score in place of the
    paper's displacement is that of the library by the same authors.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(1000, 3)))
    >>> forest = RandomCutForest()
    >>> state = forest.fit(rows, np.random.default_rng(0))
    >>> forest.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5], [50, 5, 5]])).round(1).tolist()
    [0.5, 4.5, 7.0]
    """

    card = Card(
        "Robust random cut forest",
        "Guha et al. 2016, https://proceedings.mlr.press/v48/guha16.html",
        "rows outside of the boxes about the latest rows, also in one of many columns; adapts, and names the column",
        "a row costs trees x log2(rows per tree) x columns, to score and at most to learn; memory never grows",
    )
    examples = ({}, {"trees": 15}, {"rows_per_tree": 64}, {"half_life": 100.0})
    layout = {
        "child": Holds("int32", "trees", "sample", 2, below="nodes"),
        "parent": Holds("int32", "trees", "nodes", below="sample", low=-1),
        "feature": Holds("int32", "trees", "sample", below="d"),
        "cut": Holds("float32", "trees", "sample"),
        "mass": Holds("int32", "trees", "sample"),
        "box": Holds("float32", "trees", "sample", 2, "d"),
        "point": Holds("float32", "trees", "sample", "d"),
        "key": Holds("float64", "trees", "sample"),
        "root": Holds("int32", "trees", below="nodes", low=-1),
        "stream": Holds("uint64", "trees"),
        "seen": Holds("int64", 1),
    }

    trees: int = param(40, low=1, high=10_000, help="How many trees are averaged; more make the score steadier.", unit="trees")
    rows_per_tree: int = param(256, low=2, high=65_536, help="At most how many rows a tree holds.", unit="rows")
    half_life: float = param(
        2_000.0, low=0.0, help="Rows after which a row is half as likely to be held; 0 forgets nothing.", unit="rows"
    )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the rows in their order; labels are not used. EmptyTableError without a row or a column."""
        if not len(matrix) or not matrix.width:
            raise EmptyTableError(
                f"{self.name} got {len(matrix)} rows and {matrix.width} columns.", "Give it at least one of each."
            )
        shape = (self.trees, self.rows_per_tree)
        state: State = {
            "child": np.zeros((*shape, 2), dtype=np.int32),
            "parent": np.full((shape[0], 2 * shape[1]), -1, dtype=np.int32),
            "feature": np.zeros(shape, dtype=np.int32),
            "cut": np.zeros(shape, dtype=np.float32),
            "mass": np.zeros(shape, dtype=np.int32),
            "box": np.zeros((*shape, 2, matrix.width), dtype=np.float32),
            "point": np.zeros((*shape, matrix.width), dtype=np.float32),
            "key": np.zeros(shape),
            "root": np.full(self.trees, -1, dtype=np.int32),
            "stream": rng.integers(0, 2**64, size=self.trees, dtype=np.uint64),
            "seen": np.zeros(1, dtype=np.int64),
        }
        self.update(state, matrix)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """How much sooner than is usual a row would be alone."""
        return self._depths(state, matrix, each=False)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's share of the cuts that would set a row apart; they sum to the score, but for rows held already."""
        return self._depths(state, matrix, each=True)[1]

    def _depths(self, state: State, matrix: Matrix, *, each: bool) -> tuple[Floats, Floats]:
        if state["point"].shape[2] != matrix.width:
            raise SchemaError(
                f"{self.name} learned from {state['point'].shape[2]} columns and got {matrix.width}.", "Give it the same columns."
            )
        usual = float(np.log2(1.0 + min(max(int(state["seen"][0]), 1), state["key"].shape[1])))
        sums, parts = shared_depths(matrix.values, state["root"], tuple(state[k] for k in TREE), usual, each)
        return sums / len(state["root"]), parts / len(state["root"])

    def update(self, state: State, matrix: Matrix) -> None:
        """Take the rows into the samples, one after the other; old ones leave."""
        fading = 0.0 if self.half_life == 0 else float(np.log(2.0)) / self.half_life
        arrays = (state[k] for k in ("seen", "stream", "key", "root", *TREE))
        learn_rows(matrix.values, fading, *arrays)
