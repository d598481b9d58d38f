"""The kernel that weighs sets of wrong columns, against plain linear algebra over every set."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import cauchy, norm

from standout.core.matrix import Feature, Matrix
from standout.explain import faults, mixture
from standout.explain.blocks import Blocks


def blocks_of(sizes: list[int]) -> Blocks:
    features = tuple(Feature(f"{k} {j}", str(k)) for k, size in enumerate(sizes) for j in range(size))
    return Blocks.of(Matrix(np.empty((0, len(features)), dtype=np.float32), features))


def density(values, train):
    """Of wrong values: a share of the training rows' own, smoothed, read at points, and a Cauchy for the rest."""
    points = np.arange(161) / 10 - 8
    near = np.clip(np.round(train * 10) / 10, -8, 8)
    held = norm.pdf(points[:, None], near[None], 0.4).mean(axis=1)
    return 0.7 * cauchy.pdf(values, scale=3) + 0.3 * np.interp(values, points, held, left=0, right=0)


def slow(state, sizes, row, prior, deepest, usual):
    """Probability that each column is wrong, and the likeliest set: the density of what is left, times that of wrong values."""
    edges = np.cumsum([0, *sizes])
    d, columns = edges[-1], len(sizes)
    weights = {}
    for apart in chain.from_iterable(combinations(range(columns), r) for r in range(deepest + 1)):
        gone = [f for k in apart for f in range(edges[k], edges[k + 1])]
        left = [f for f in range(d) if f not in gone]
        levels = []
        for share, mean, precision in zip(state["cloud/weight"], state["cloud/mean"], state["cloud/precision"], strict=True):
            covariance = np.linalg.inv(precision)[np.ix_(left, left)]
            away = (row - mean)[left]
            form = away @ np.linalg.solve(covariance, away) if left else 0.0
            log_det = np.linalg.slogdet(covariance)[1] if left else 0.0
            levels.append(np.log(share) - 0.5 * (form + log_det + len(left) * np.log(2 * np.pi)))
        anything = sum(np.log(density(row[f], usual[:, f])) for f in gone)
        weights[apart] = logsumexp(levels) + anything - prior * len(apart)
    whole = logsumexp(list(weights.values()))
    included = [np.exp(logsumexp([w for s, w in weights.items() if k in s]) - whole) for k in range(columns)]
    return np.array(included), max(weights, key=lambda s: weights[s])


@pytest.mark.parametrize("sizes", [[1] * 5, [2, 1, 2, 1], [1], [1, 1], [4, 3, 1]])
def test_probabilities_are_what_plain_linear_algebra_gives(sizes: list[int]) -> None:
    rng = np.random.default_rng(len(sizes))
    d = sum(sizes)
    train = np.concatenate([rng.normal(size=(300, d)) @ rng.normal(size=(d, d)), rng.normal(3, 0.5, size=(200, d))])
    state = mixture.learn(train.astype(np.float32), rng)
    assert len(state["cloud/weight"]) > 1
    blocks = blocks_of(sizes)
    found = faults.Faults.of(state, blocks, np.zeros(len(sizes)), train.astype(np.float32))
    rows = train[rng.permutation(len(train))[:15]] + rng.normal(size=(15, d)) * rng.choice([0, 3], size=(15, d))
    result = found.search(rows)
    deepest = min(len(sizes), 2 if max(sizes) > faults.FEATURES_WIDE else 3)
    for i, row in enumerate(rows):
        included, likeliest = slow(state, sizes, row, found.prior, deepest, train)
        if len(likeliest) < deepest:
            np.testing.assert_allclose(result.included[i], included, atol=1e-6)
            assert sorted(a for a in result.aside[i].tolist() if a >= 0) == list(likeliest)
        else:  # more columns may have joined
            assert set(likeliest) <= set(result.aside[i].tolist())


def test_what_is_expected_is_the_conditional_mean() -> None:
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(2, 6))
    train = (rng.normal(size=(2000, 2)) @ mix + 0.1 * rng.normal(size=(2000, 6))).astype(np.float32)
    state = mixture.learn(train[:50], rng)  # few rows: one cloud, whose conditional mean is a plain formula
    assert len(state["cloud/weight"]) == 1
    found = faults.Faults.of(state, blocks_of([1] * 6), np.zeros(6), train)
    row = train[60].astype(np.float64)
    row[2] += 9
    result = found.search(row[None])
    assert result.aside[0].tolist()[0] == 2
    mean, covariance = state["cloud/mean"][0], np.linalg.inv(state["cloud/precision"][0])
    for k in range(6):
        given = [f for f in range(6) if f not in {2, k}]
        weights = covariance[k, given] @ np.linalg.inv(covariance[np.ix_(given, given)])
        assert result.expected[0, k] == pytest.approx(mean[k] + weights @ (row - mean)[given], abs=1e-8)


def test_how_a_column_is_pulled_is_what_plain_linear_algebra_gives() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(size=(7, 7))
    precision, away = root @ root.T + np.eye(7), rng.normal(size=7)
    start, aside = np.array([0, 2, 3, 5, 7]), np.array([2, -1, 0])
    held = [0, 1, 3, 4]
    row = np.linalg.solve(precision[np.ix_(held, held)], precision[held])[held.index(3)]
    wanted = [0.0, abs(row[2] * away[2]), 0.0, abs(row[5:] @ away[5:])]
    np.testing.assert_allclose(faults.pulls(precision, start, aside, away, 3), wanted)


def test_anomalies_among_the_training_rows_hardly_move_what_is_learned() -> None:
    rng = np.random.default_rng(0)
    clean = rng.normal(size=(50, 6)).astype(np.float32)
    dirty = np.concatenate([clean, np.full((2, 6), 12.0, dtype=np.float32)])
    one, other = mixture.learn(clean, rng), mixture.learn(dirty, rng)
    np.testing.assert_allclose(other["cloud/mean"], one["cloud/mean"], atol=0.15)


def test_a_row_of_usual_values_is_hardly_suspected_and_each_row_is_judged_alone() -> None:
    rng = np.random.default_rng(1)
    train = rng.normal(size=(2000, 8)).astype(np.float32)
    found = faults.Faults.of(mixture.learn(train, rng), blocks_of([1] * 8), np.zeros(8), train.astype(np.float32))
    rows = rng.normal(size=(200, 8))
    together = found.search(rows)
    assert together.included.mean() < 0.15  # before a row is looked at it is 2 / 8
    alone = [found.search(rows[i : i + 1]).included[0] for i in range(200)]
    assert np.array_equal(np.array(alone), together.included)


def test_odds_of_columns_that_are_not_normal_are_calibrated() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(3000, 3))
    state, blocks = mixture.learn(rows[:60].astype(np.float32), rng), blocks_of([1] * 3)
    rows[:, 1] *= np.where(rng.random(3000) < 0.2, 5, 1)  # heavier in the tails than the clouds know
    offset = faults.usual_odds(state, blocks, rows[:1000].astype(np.float32))
    assert offset[1] > 1 > offset[0]
    odds = faults.Faults.of(state, blocks, offset, rows[:1000].astype(np.float32)).search(rows[1000:]).odds
    assert np.mean(odds[:, 1] > np.log(20)) < 0.1
