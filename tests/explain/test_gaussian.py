"""The kernel that sets columns aside, against plain linear algebra."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from standout.explain.gaussian import learn, untangle


def slow(precision, mean, start, row, most):
    """The same by whole matrices: gain of each column, features as expected, columns set aside."""
    covariance = np.linalg.inv(precision)
    blocks = [list(range(a, b)) for a, b in pairwise(start.tolist())]
    aside, gains = [], np.zeros(len(blocks))

    def without(dropped):
        left = [f for f in range(len(mean)) if f not in dropped]
        p = np.linalg.inv(covariance[np.ix_(left, left)])
        return left, p, p @ (row - mean)[left]

    while True:
        left, p, y = without([f for k in aside for f in blocks[k]])
        excess = {}
        for k in set(range(len(blocks))) - set(aside):
            at = [left.index(f) for f in blocks[k]]
            gains[k] = y[at] @ np.linalg.solve(p[np.ix_(at, at)], y[at])
            size = len(at)
            excess[k] = np.log1p(gains[k]) - np.log1p(size + 2 * np.sqrt(2 * size))
        best = max(excess, key=lambda k: excess[k]) if excess else None
        if best is None or len(aside) == most or excess[best] <= 0:
            break
        aside.append(best)
    expected = np.empty(len(mean))
    for k in range(len(blocks)):
        given = [f for f in range(len(mean)) if f not in {g for j in {*aside, k} for g in blocks[j]}]
        weights = covariance[np.ix_(blocks[k], given)] @ np.linalg.pinv(covariance[np.ix_(given, given)])
        expected[blocks[k]] = mean[blocks[k]] + weights @ (row - mean)[given]
    return gains, expected, aside


@pytest.mark.parametrize("sizes", [[1, 1, 1, 1, 1], [3, 1, 2], [1], [4], [1, 1]])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_it_is_what_plain_linear_algebra_gives(sizes: list[int], most: int) -> None:
    rng = np.random.default_rng(len(sizes) + most)
    width, start = sum(sizes), np.cumsum([0, *sizes])
    mean, precision = learn(rng.normal(size=(300, width)) @ rng.normal(size=(width, width)))
    rows = rng.normal(size=(20, width)) * 3
    gains, expected, aside = untangle(precision, mean, start, rows, most)
    for i, row in enumerate(rows):
        g, e, a = slow(precision, mean, start, row, most)
        np.testing.assert_allclose(gains[i], g, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(expected[i], e, rtol=1e-6, atol=1e-6)
        assert [k for k in aside[i].tolist() if k >= 0] == a


def test_anomalies_among_the_training_rows_hardly_move_what_is_learned() -> None:
    rng = np.random.default_rng(0)
    clean = rng.normal(size=(1000, 3))
    dirty = np.concatenate([clean, np.full((30, 3), 12.0)])
    np.testing.assert_allclose(learn(dirty)[0], learn(clean)[0], atol=0.1)
    np.testing.assert_allclose(learn(dirty)[1], learn(clean)[1], atol=0.25)
