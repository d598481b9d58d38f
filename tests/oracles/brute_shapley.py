"""Shapley values of one tree by their definition: every coalition, both branches where a feature is not known."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np


def expected(tree: tuple, cover: np.ndarray, row: np.ndarray, known: frozenset[int], node: int = 1) -> float:
    """What the tree is worth to a row of which only the known features may be asked."""
    feature, threshold, leaf = tree
    leaves = len(leaf)
    if node >= leaves:
        return float(leaf[node - leaves])
    if np.isinf(threshold[node]):
        return expected(tree, cover, row, known, 2 * node)
    if feature[node] in known:
        return expected(tree, cover, row, known, 2 * node + int(row[feature[node]] >= threshold[node]))
    share = float(cover[2 * node]) / float(cover[node])
    left = expected(tree, cover, row, known, 2 * node)
    return share * left + float(cover[2 * node + 1]) / float(cover[node]) * expected(tree, cover, row, known, 2 * node + 1)


def shapley(tree: tuple, cover: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Each feature's mean contribution over all orders, shape (d,)."""
    d = len(row)
    values = np.zeros(d)
    for i in range(d):
        others = [j for j in range(d) if j != i]
        for size in range(d):
            weight = math.factorial(size) * math.factorial(d - size - 1) / math.factorial(d)
            for chosen in combinations(others, size):
                have = frozenset(chosen)
                values[i] += weight * (expected(tree, cover, row, have | {i}) - expected(tree, cover, row, have))
    return values
