"""How few random cuts set a row apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import EmptyTableError, ModelFileError, SchemaError
from standout.core.layout import HINT, Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels import spread
from standout.kernels.isolation import grow, rows_reached, usual_lengths
from standout.kernels.shapley import shapley_values
from standout.kernels.trees import Forest, depth_savings, halved, path_sums, take_out


@dataclass(frozen=True)
class IsolationForest(Detector):
    """Trees of random cuts: what is rare and different is alone after few of them.

    fit: shape (n, d), n >= 1, d >= 1. score: (n,), 2 ** -(mean path length / usual path length), between 0 and 1: 0.5 is what a
    row scores that is as deep as is usual, and the score doubles when the path shortens by one usual length. A tree learns from
    `rows_per_tree` rows or half of all, whichever is fewer, and every other tree from other rows than the tree before it: so
    each row is unseen by some trees, and its own score is the mean over those.

    Source: Liu, Ting and Zhou 2008, doi:10.1109/ICDM.2008.17. Here c(n) is summed exactly, and a cut is drawn only among the
    features that vary in a node.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(1000, 3)))
    >>> forest = IsolationForest()
    >>> state = forest.fit(rows, np.random.default_rng(0))
    >>> forest.score(state, Matrix.of([[0.0, 0, 0], [5, 5, 5]])).round(1).tolist()
    [0.4, 0.7]
    """

    card = Card(
        "Isolation forest",
        "Liu, Ting and Zhou 2008, doi:10.1109/ICDM.2008.17",
        "rows that few random cuts set apart: extreme values and rare combinations, in many columns and many rows",
        "fitting reads at most trees x rows_per_tree rows; scoring is log2(rows_per_tree) comparisons a tree",
    )
    examples = ({}, {"trees": 64}, {"rows_per_tree": 100})
    layout = {
        "feature": Holds("int32", "trees", "leaves", below="d"),
        "threshold": Holds("float32", "trees", "leaves"),
        "length": Holds("float32", "trees", "leaves"),
        "expected": Holds("float32", "trees", "leaves"),
        "bag": Holds("int32", "trees", "sample", below=2**31 - 1),
        "usual": Holds("float64", 1),
    }

    trees: int = param(100, low=2, high=10_000, help="How many trees are averaged; more make the score steadier.", unit="trees")
    rows_per_tree: int = param(
        256,
        low=2,
        high=8_192,
        help="How many rows each tree learns from; fewer keep anomalies from hiding each other.",
        unit="rows",
    )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Grow the trees; labels are not used. EmptyTableError without a row or a column."""
        if not len(matrix) or not matrix.width:
            raise EmptyTableError(
                f"{self.name} got {len(matrix)} rows and {matrix.width} columns.", "Give it at least one of each."
            )
        sample = min(self.rows_per_tree, max(1, len(matrix) // 2))
        shape = (self.trees, 2 ** max(1, (sample - 1).bit_length()))
        usual = usual_lengths(sample).astype(np.float32).astype(np.float64)  # as lengths are, so that as deep as usual is 0.5
        if sample == 1:
            usual[1] = 1.0  # nothing can be cut and c(1) is 0; this gives every row the neutral 0.5
        state: State = {
            "feature": np.zeros(shape, dtype=np.int32),
            "threshold": np.full(shape, np.inf, dtype=np.float32),
            "length": np.zeros(shape, dtype=np.float32),
            "expected": np.zeros(shape, dtype=np.float32),
            "bag": _bags(rng, len(matrix), self.trees, sample),
            "usual": usual[-1:].copy(),
        }
        seeds = rng.integers(0, 2**64, size=self.trees, dtype=np.uint64)
        arrays = (state[k] for k in ("feature", "threshold", "length", "expected"))
        grow(matrix.values, state["bag"], seeds, usual, *arrays)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """2 ** -(mean path length / usual path length)."""
        forest = _forest(state, matrix)
        return _scores(path_sums(forest, matrix.values), len(forest[0]) * state["usual"])

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Out of bag: each training row by the trees that did not learn from it."""
        forest, bag = _forest(state, matrix), state["bag"]
        if bag.size and int(bag.max()) >= len(matrix):
            raise SchemaError(
                f"{self.name} learned from row {bag.max()} and got {len(matrix)} rows.", "Give it the rows of the fit."
            )
        sums, counts = path_sums(forest, matrix.values), np.full(len(matrix), len(bag), dtype=np.int32)
        whole = sums.copy()
        take_out(*forest, matrix.values, bag, sums, counts)
        # a row that every tree saw is the only row there is: no tree has a cut, and none can tell on it
        seen = counts <= 0
        sums[seen], counts[seen] = whole[seen], len(bag)
        return _scores(sums, counts.astype(np.float64) * state["usual"])

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """How much shorter each feature's cuts made the path than was expected before, as a share of it; the mean over trees.

        Beyond what training rows reached a forest sees no further: a column at its usual extreme and one far outside score alike.
        Shifting 2 of 20 columns by 6 standard deviations names one of the two first in 90 to 92% of rows, whatever their correlation;
        exact Shapley-like values of the same trees do no better.
        """
        forest, parts = _forest(state, matrix), np.zeros(matrix.values.shape)

        def work(start: int, stop: int) -> None:
            depth_savings(*forest, state["expected"], matrix.values[start:stop], parts[start:stop])

        spread(work, len(matrix), least=512)
        return parts / len(forest[0])

    def shapley(self, state: State, matrix: Matrix) -> tuple[Floats, float]:
        """Exact Shapley values of the base-2 logarithm of the score, shape (n, d), and its expected value; together they sum to it.

        The logarithm is minus the mean path length in usual lengths: what the trees add up, with the sign of strangeness.
        """
        forest = _forest(state, matrix)
        cover = rows_reached(forest, usual_lengths(max(2, state["bag"].shape[1])))
        unit = len(forest[0]) * float(state["usual"][0])
        values = -shapley_values(forest, cover, matrix.values) / unit
        first = matrix.values[:1]
        if not len(first):
            return values, 0.0
        whole = -float(path_sums(forest, first)[0]) / unit
        return values, whole - float(values[0].sum())


def _bags(rng: np.random.Generator, rows: int, trees: int, sample: int) -> NDArray[np.int32]:
    """Which rows each tree learns from, (trees, sample); the bags of two successive trees have none in common."""
    both = min(rows, 2 * sample)
    pairs = [np.resize(rng.choice(rows, both, replace=False), 2 * sample) for _ in range((trees + 1) // 2)]
    return np.array(pairs, dtype=np.int32).reshape(-1, sample)[:trees].copy()


def _forest(state: State, matrix: Matrix) -> Forest:
    """The arrays that kernels read without bounds checks, once they are known to fit the rows."""
    feature = state["feature"]
    if not feature.size or not state["usual"].size:
        raise ModelFileError("isolation-forest: its state holds no trees.", HINT)
    if int(feature.max()) >= matrix.width:
        raise SchemaError(
            f"isolation-forest learned from {feature.max() + 1} columns or more and got {matrix.width}.",
            "Give it the same columns.",
        )
    return feature, state["threshold"], state["length"]


def _scores(sums: NDArray[np.float64], units: NDArray[Any]) -> Floats:
    scores = np.empty_like(sums)
    halved(sums, units, scores)
    return scores
