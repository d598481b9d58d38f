"""What COPOD promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from standout.core.matrix import Matrix
from standout.detect.copod import COPOD


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_scores_are_those_of_the_formula(rng):
    train, test = rng.exponential(size=(60, 3)).astype(np.float32), rng.exponential(size=(20, 3)).astype(np.float32)
    train[:, 1] *= -1
    slow = np.zeros(20)
    for j in range(3):
        left = -np.log([((train[:, j] <= v).sum() + 1) / 61 for v in test[:, j]])
        right = -np.log([((train[:, j] >= v).sum() + 1) / 61 for v in test[:, j]])
        slow += np.maximum(left if skew(train[:, j]) < 0 else right, (left + right) / 2)
    np.testing.assert_allclose(COPOD().score(fit(COPOD(), train), Matrix.of(test)), slow, rtol=1e-12)


def test_own_scores_are_exactly_leave_one_out(rng):
    values = np.column_stack([rng.exponential(size=40), -rng.exponential(size=40), rng.integers(0, 4, 40), rng.normal(size=40)])
    rows = Matrix.of(values)
    own = COPOD().own_scores(fit(COPOD(), values), rows)
    for i in range(40):
        without = fit(COPOD(), np.delete(values, i, axis=0))
        assert COPOD().score(without, rows.take(np.array([i])))[0] == pytest.approx(own[i], abs=1e-12)


def test_the_parts_of_the_columns_sum_to_the_score(rng):
    rows = Matrix.of(rng.standard_t(2, size=(100, 6)))
    state = fit(COPOD(), rows.values)
    np.testing.assert_allclose(COPOD().attribute(state, rows).sum(axis=1), COPOD().score(state, rows), rtol=1e-12)


def test_rows_outside_the_sample_are_judged_as_new_rows(rng):
    rows = Matrix.of(rng.normal(size=(500, 2)))
    state = fit(COPOD(sample=100), rows.values)
    outside = np.setdiff1d(np.arange(500), state["drawn"])
    assert np.array_equal(COPOD().own_scores(state, rows)[outside], COPOD().score(state, rows)[outside])
