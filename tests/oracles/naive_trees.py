"""Slow and obvious: a tree as nested tuples, built and walked by recursion as Liu, Ting and Zhou (2008) write it down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# a leaf is its path length; a cut is (feature, threshold, below, at or above)
Node = Any


def unflattened(feature: np.ndarray, threshold: np.ndarray, length: np.ndarray, node: int = 1) -> Node:
    """One heap-ordered tree, arrays of shape (leaves,), as nested tuples; an infinite threshold is no cut."""
    leaves = len(feature)
    if node >= leaves:
        return float(length[node - leaves])
    below = unflattened(feature, threshold, length, 2 * node)
    if threshold[node] == np.inf:
        return below
    return int(feature[node]), float(threshold[node]), below, unflattened(feature, threshold, length, 2 * node + 1)


def path_length(tree: Node, row: np.ndarray) -> float:
    """How long the path of a row is."""
    if isinstance(tree, float):
        return tree
    feature, threshold, below, above = tree
    return path_length(above if float(row[feature]) >= threshold else below, row)


def path_sum(forest: list[Node], row: np.ndarray) -> float:
    """The sum over trees, in order."""
    return sum(path_length(tree, row) for tree in forest)


def usual_length(n: int) -> float:
    """c(n), from the harmonic number."""
    return 0.0 if n < 2 else 2 * math.fsum(1 / k for k in range(1, n)) - 2 * (n - 1) / n


def checked(tree: Node, rows: np.ndarray, limit: int, depth: int = 0) -> float:
    """Assert that a tree is one that the paper's algorithm could have grown from `rows`; the mean path length of the rows."""
    varies = rows.max(axis=0) > rows.min(axis=0)
    if isinstance(tree, float):
        assert depth == limit or len(rows) <= 1 or not varies.any(), "a branch ends only where it must"
        assert math.isclose(tree, depth + usual_length(len(rows)), rel_tol=1e-6)
        return tree
    feature, threshold, below, above = tree
    assert depth < limit
    assert varies[feature], "a cut is along a feature that varies"
    assert rows[:, feature].min() < threshold <= rows[:, feature].max(), "and parts the rows"
    right = rows[:, feature] >= threshold
    parts = [(below, rows[~right]), (above, rows[right])]
    return sum(len(part) * checked(child, part, limit, depth + 1) for child, part in parts) / len(rows)
