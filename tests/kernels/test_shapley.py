"""Shapley values of trees, against their definition over all coalitions."""

from __future__ import annotations

import numpy as np
import pytest
from brute_shapley import expected, shapley

from standout.core.errors import ModelFileError
from standout.kernels.shapley import shapley_values


def random_tree(rng: np.random.Generator, height: int, d: int, ended: float) -> tuple:
    """A tree of which some branches end early, with covers that add up."""
    leaves = 1 << height
    feature = rng.integers(0, d, size=leaves).astype(np.int32)
    threshold = rng.normal(size=leaves).astype(np.float32)
    leaf = rng.normal(size=leaves).astype(np.float32)
    cover = np.zeros(2 * leaves, dtype=np.float32)
    cover[1] = 1000
    for node in range(1, leaves):
        if rng.random() < ended or (np.isinf(threshold[node // 2]) and node > 1):
            threshold[node] = np.inf
        cover[2 * node] = np.float32(rng.uniform(0.1, 0.9) * cover[node])
        cover[2 * node + 1] = cover[node] - cover[2 * node]
    for node in range(1, leaves):  # an ended branch has one value
        if np.isinf(threshold[node]):
            down = height - (node.bit_length() - 1)
            first = (node << down) - leaves
            leaf[first : first + (1 << down)] = leaf[first]
    return feature, threshold, leaf, cover


@pytest.mark.parametrize(("height", "d", "ended"), [(1, 3, 0.0), (4, 4, 0.0), (4, 5, 0.3), (3, 1, 0.2), (3, 3, 1.0), (7, 6, 0.1)])
def test_the_values_are_those_of_the_definition(rng: np.random.Generator, height: int, d: int, ended: float) -> None:
    trees = [random_tree(rng, height, d, ended) for _ in range(3)]
    feature, threshold, leaf, cover = (np.stack(part) for part in zip(*trees, strict=True))
    rows = rng.normal(size=(5, d)).astype(np.float32)
    found = shapley_values((feature, threshold, leaf), cover, rows)
    slow = [sum(shapley((t[0], t[1], t[2]), t[3], row) for t in trees) for row in rows]
    np.testing.assert_allclose(found, slow, atol=1e-5)
    everything = frozenset(range(d))
    for row, values in zip(rows, found, strict=True):
        told = sum(expected(t[:3], t[3], row, everything) - expected(t[:3], t[3], row, frozenset()) for t in trees)
        assert values.sum() == pytest.approx(told, abs=1e-5)


def test_a_row_has_the_same_values_to_the_last_bit_alone_and_among_others(rng: np.random.Generator) -> None:
    feature, threshold, leaf, cover = (p[None] for p in random_tree(rng, 6, 5, 0.1))
    rows = rng.normal(size=(300, 5)).astype(np.float32)
    found = shapley_values((feature, threshold, leaf), cover, rows)
    assert found.shape == (300, 5)
    for i in (0, 17, 299):
        assert np.array_equal(shapley_values((feature, threshold, leaf), cover, rows[i : i + 1])[0], found[i])
    assert shapley_values((feature, threshold, leaf), cover, rows[:0]).shape == (0, 5)


def test_a_branch_that_no_row_reached_counts_only_for_those_that_take_it() -> None:
    tree = np.array([[0, 0]], dtype=np.int32), np.array([[0, 0.5]], dtype=np.float32), np.array([[2, 8]], dtype=np.float32)
    found = shapley_values(tree, np.array([[0, 4, 4, 0]], dtype=np.float32), np.array([[1.0], [0]], dtype=np.float32))
    assert found.tolist() == [[6.0], [0.0]]


def test_covers_that_do_not_fit_the_trees_are_refused() -> None:
    tree = np.zeros((1, 4), dtype=np.int32), np.zeros((1, 4), dtype=np.float32), np.zeros((1, 4), dtype=np.float32)
    with pytest.raises(ModelFileError, match="cannot be explained"):
        shapley_values(tree, np.ones((1, 7), dtype=np.float32), np.zeros((2, 1), dtype=np.float32))
