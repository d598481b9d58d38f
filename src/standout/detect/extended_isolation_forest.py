"""How few random slanted cuts set a row apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import EmptyTableError, SchemaError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.isolation import usual_lengths
from standout.kernels.oblique import grow_oblique, oblique_sums, oblique_take_out
from standout.kernels.trees import halved

NEEDED = ("column", "weight", "cut", "length")


@dataclass(frozen=True)
class ExtendedIsolationForest(Detector):
    """An isolation forest whose cuts run along random directions, so that no row looks usual only for lying along an axis.

    A cut mixes `columns` columns with normal weights, on the columns' own standard deviations. As in the isolation forest of this
    package, a tree learns from `rows_per_tree` rows or half of all, whichever is fewer, every other tree from other rows than the
    tree before it, and a training row's own score is that of the trees that did not learn from it.

    fit: shape (n, d), n >= 1, d >= 1. score: (n,), 2 ** -(mean path length / usual path length), between 0 and 1.

    Source: Hariri, Carrasco Kind and Brunner 2019, doi:10.1109/TKDE.2019.2947676. There a cut's place is drawn in the box about
    the node's rows; here between the least and the greatest of them along the direction, so that every cut parts some.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(1000, 3)))
    >>> forest = ExtendedIsolationForest()
    >>> state = forest.fit(rows, np.random.default_rng(0))
    >>> forest.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5]])).round(1).tolist()
    [0.4, 0.7]
    """

    card = Card(
        "Extended isolation forest",
        "Hariri, Carrasco Kind and Brunner 2019, doi:10.1109/TKDE.2019.2947676",
        "rows that few random slanted cuts set apart: also between clusters and off a diagonal",
        "fitting reads at most trees x rows_per_tree rows; scoring is log2(rows_per_tree) x columns a tree",
    )
    examples = ({}, {"trees": 50}, {"rows_per_tree": 64}, {"columns": 5})
    layout = {
        "column": Holds("int32", "trees", "leaves", "k", below="d"),
        "weight": Holds("float64", "trees", "leaves", "k"),
        "cut": Holds("float64", "trees", "leaves"),
        "length": Holds("float32", "trees", "leaves"),
        "bag": Holds("int32", "trees", "sample", below=2**31 - 1),
        "usual": Holds("float64", 1),
    }

    trees: int = param(100, low=2, high=10_000, help="How many trees are averaged; more make the score steadier.", unit="trees")
    rows_per_tree: int = param(256, low=2, high=8_192, help="How many rows each tree learns from.", unit="rows")
    columns: int = param(3, low=1, high=1_000, help="How many columns a cut mixes, or all where there are fewer.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Grow the trees; labels are not used. EmptyTableError without a row or a column."""
        n, d = matrix.values.shape
        if not n or not d:
            raise EmptyTableError(f"{self.name} got {n} rows and {d} columns.", "Give it at least one of each.")
        sample = min(self.rows_per_tree, max(1, n // 2))
        shape = (self.trees, 2 ** max(1, (sample - 1).bit_length()))
        usual = usual_lengths(sample).astype(np.float32).astype(np.float64)
        if sample == 1:
            usual[1] = 1.0  # nothing can be cut and c(1) is 0; this gives every row the neutral 0.5
        mixed = min(self.columns, d)
        # a random choice without repeats for every node: the places of the k least of d random numbers, a tree at a time
        column = np.stack([_choices(rng, shape[1], d, mixed) for _ in range(self.trees)])
        deviation = matrix.values.std(axis=0, dtype=np.float64)
        scale = 1.0 / np.where(deviation > 0, deviation, 1.0)
        state: State = {
            "column": column,
            "weight": rng.normal(size=column.shape) * scale[column],
            "cut": np.full(shape, np.inf),
            "length": np.zeros(shape, dtype=np.float32),
            "bag": _bags(rng, n, self.trees, sample),
            "usual": usual[-1:].copy(),
        }
        seeds = rng.integers(0, 2**64, size=self.trees, dtype=np.uint64)
        grow_oblique(matrix.values, state["bag"], column, state["weight"], seeds, usual, state["cut"], state["length"])
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """2 ** -(mean path length / usual path length)."""
        sums = oblique_sums(matrix.values, *(state[k] for k in NEEDED))
        return _scores(sums, len(state["cut"]) * state["usual"])

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Out of bag: each training row by the trees that did not learn from it."""
        arrays, bag = tuple(state[k] for k in NEEDED), state["bag"]
        if bag.size and int(bag.max()) >= len(matrix):
            raise SchemaError(
                f"{self.name} learned from row {bag.max()} and got {len(matrix)} rows.", "Give it the rows of the fit."
            )
        sums, counts = oblique_sums(matrix.values, *arrays), np.full(len(matrix), float(len(bag)))
        whole = sums.copy()
        held = (*arrays, bag, sums, counts)
        oblique_take_out(matrix.values, *held)
        seen = counts <= 0  # the only row there is: no tree has a cut
        sums[seen], counts[seen] = whole[seen], len(bag)
        return _scores(sums, counts * state["usual"])


def _choices(rng: np.random.Generator, nodes: int, d: int, mixed: int) -> NDArray[np.int32]:
    if mixed == d:
        return np.tile(np.arange(d, dtype=np.int32), (nodes, 1))
    return np.argpartition(rng.random((nodes, d)), mixed, axis=1)[:, :mixed].astype(np.int32)


def _bags(rng: np.random.Generator, rows: int, trees: int, sample: int) -> NDArray[np.int32]:
    """Which rows each tree learns from, (trees, sample); the bags of two successive trees have none in common."""
    both = min(rows, 2 * sample)
    pairs = [np.resize(rng.choice(rows, both, replace=False), 2 * sample) for _ in range((trees + 1) // 2)]
    return np.array(pairs, dtype=np.int32).reshape(-1, sample)[:trees].copy()


def _scores(sums: NDArray[np.float64], units: NDArray[np.float64]) -> Floats:
    scores = np.empty_like(sums)
    halved(sums, units, scores)
    return scores
