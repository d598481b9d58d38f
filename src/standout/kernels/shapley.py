"""Shapley values of complete binary trees, exact: what each feature adds to the sum of the leaves that a row reaches.

Trees are stored as in `kernels.trees`; a branch that ended early has the threshold +inf and its value in all leaves below it.
`cover` (trees, nodes), float32, is how many training rows reached each node, inner nodes first and then leaves, numbered as in the
heap: a tree's expected value without a feature follows both branches in these proportions (Lundberg et al. 2020,
doi:10.1038/s42256-019-0138-9).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.layout import HINT
from standout.kernels import kernel, spread
from standout.kernels.trees import Forest, levels

DEEPEST = 16
"""Levels that a tree may have: the room set aside for one path."""


@kernel
def _add_leaf(names: Any, shares: Any, on: Any, many: int, value: float, weights: Any, products: Any, parts: Any) -> None:
    """Add to `parts` (d,) the values of one leaf whose path asks `many` features.

    shares: for each, the part of the training rows that goes the path's way at its questions; on: whether the row does. The leaf is
    worth `value` where all features of a coalition that are known say yes, times the shares of those that are not known. So
    feature i gets value * (on_i - share_i) * sum over coalitions S of the others of weight(|S|) * product of on over S and of shares
    over the rest; the polynomial prod (share + on * t) collects these products by the size of S, and `weights` (many, many) has
    |S|! (many - |S| - 1)! / many! at [many - 1, |S|].
    """
    for i in range(many):
        products[0] = 1.0
        size = 0
        for j in range(many):
            if j != i:
                # times (share + on * t), from the highest power down
                products[size + 1] = products[size] if on[j] else 0.0
                for k in range(size, 0, -1):
                    products[k] = products[k] * shares[j] + (products[k - 1] if on[j] else 0.0)
                products[0] *= shares[j]
                size += 1
        total = 0.0
        for k in range(many):
            total += weights[many - 1, k] * products[k]
        parts[names[i]] += value * ((1.0 if on[i] else 0.0) - shares[i]) * total


@kernel
def add_values(feature: Any, threshold: Any, length: Any, cover: Any, weights: Any, rows: Any, parts: Any) -> None:
    """Add each feature's Shapley value to `parts` (n, d), tree after tree, leaf after leaf."""
    leaves = feature.shape[1]
    height = levels(leaves)
    names, shares = np.zeros(DEEPEST, dtype=np.int64), np.zeros(DEEPEST)
    on, products = np.zeros(DEEPEST, dtype=np.bool_), np.zeros(DEEPEST + 1)
    for i in range(len(rows)):
        for tree in range(len(feature)):
            leaf = 0
            while leaf < leaves:
                many, node, skip = 0, 1, 1
                for down in range(height - 1, -1, -1):
                    if threshold[tree, node] == np.inf:
                        skip = 1 << (down + 1)  # all leaves below are this one
                        break
                    right = (leaf >> down) & 1
                    child = 2 * node + right
                    share = cover[tree, child] / cover[tree, node]
                    yes = (rows[i, feature[tree, node]] >= threshold[tree, node]) == (right == 1)
                    at = 0
                    while at < many and names[at] != feature[tree, node]:
                        at += 1
                    if at == many:
                        names[at], shares[at], on[at] = feature[tree, node], 1.0, True
                        many += 1
                    shares[at] *= share
                    on[at] = on[at] and yes
                    node = child
                _add_leaf(names, shares, on, many, length[tree, leaf], weights, products, parts[i])
                leaf += skip


def shapley_values(forest: Forest, cover: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Each feature's Shapley value in the sum over trees, shape (n, d); with the trees' expected values they add up to the sum.

    cover: (trees, 2 * leaves), above 0 where a path leads; trees of at most `DEEPEST` levels.

    >>> tree = np.array([[0, 0]], dtype=np.int32), np.array([[0, 0.5]], dtype=np.float32), np.array([[0, 8]], dtype=np.float32)
    >>> shapley_values(tree, np.array([[0, 4, 3, 1]], dtype=np.float32), np.array([[1.0], [0]], dtype=np.float32)).tolist()
    [[6.0], [-2.0]]
    """
    trees, leaves = forest[0].shape
    if cover.shape != (trees, 2 * leaves) or levels(leaves) > DEEPEST:
        raise ModelFileError(f"Trees of {leaves} leaves with covers of shape {cover.shape} cannot be explained.", HINT)
    m = np.arange(DEEPEST)
    orders = np.array([math.factorial(int(k)) for k in range(DEEPEST + 1)], dtype=np.float64)
    weights = np.where(m[None, :] <= m[:, None], orders[m][None, :] * orders[np.abs(m[:, None] - m[None, :])], 0.0)
    weights /= orders[m + 1][:, None]
    parts = np.zeros(rows.shape)
    spread(lambda a, b: add_values(*forest, cover, weights, rows[a:b], parts[a:b]), len(rows), least=64)
    return parts


def rows_reached(forest: Forest, usual: NDArray[np.float64]) -> NDArray[np.float32]:
    """How many training rows reached each node of trees whose leaves hold depth plus usual(rows), shape (trees, 2 * leaves).

    An isolation tree's leaf says how many rows ended in it by how much is added to its depth; usual: (most + 1,), growing from 1 on.
    """
    _, threshold, length = forest
    trees, leaves = length.shape
    height = levels(leaves)
    cover = np.zeros((trees, 2 * leaves), dtype=np.float32)

    def rows_at(values: NDArray[np.float32], depth: int) -> NDArray[np.intp]:
        middles = (usual[1:-1] + usual[2:]) / 2
        return 1 + np.searchsorted(middles, values.astype(np.float64) - depth)

    cover[:, leaves:] = rows_at(length, height)
    for depth in range(height - 1, -1, -1):
        nodes = np.arange(1 << depth, 2 << depth)
        first = (nodes << (height - depth)) - leaves  # of the leaves below
        ended = np.isinf(threshold[:, nodes])
        cover[:, nodes] = np.where(ended, rows_at(length[:, first], depth), cover[:, 2 * nodes] + cover[:, 2 * nodes + 1])
    return cover
