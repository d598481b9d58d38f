"""What ECOD promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from standout.core.matrix import Matrix
from standout.detect.ecod import ECOD


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_own_scores_are_exactly_leave_one_out(rng):
    values = np.column_stack([rng.exponential(size=40), -rng.exponential(size=40), rng.integers(0, 4, 40), rng.normal(size=40)])
    rows = Matrix.of(values)
    own = ECOD().own_scores(fit(ECOD(), values), rows)
    for i in range(40):
        without = fit(ECOD(), np.delete(values, i, axis=0))
        assert ECOD().score(without, rows.take(np.array([i])))[0] == pytest.approx(own[i], abs=1e-12)


def test_the_tail_chosen_is_the_one_of_the_skewness(rng):
    values = np.column_stack([rng.exponential(size=200), -rng.exponential(size=200), rng.normal(size=200)])
    state = fit(ECOD(), values)
    assert state["leftward"].tolist() == (skew(values.astype(np.float32), axis=0) < 0).tolist()


def test_rows_outside_the_sample_are_judged_as_new_rows(rng):
    rows = Matrix.of(rng.normal(size=(500, 2)))
    detector = ECOD(sample=100)
    state = detector.fit(rows, np.random.default_rng(0))
    own, plain = detector.own_scores(state, rows), detector.score(state, rows)
    outside = np.setdiff1d(np.arange(500), state["drawn"])
    assert len(outside) == 400
    assert np.array_equal(own[outside], plain[outside])
    assert not np.array_equal(own, plain)


def test_the_parts_of_the_columns_sum_to_the_score(rng):
    rows = Matrix.of(rng.standard_t(2, size=(100, 6)))
    state = ECOD().fit(rows, rng)
    np.testing.assert_allclose(ECOD().attribute(state, rows).sum(axis=1), ECOD().score(state, rows), rtol=1e-12)


def test_a_constant_column_adds_nothing_until_it_moves(rng):
    values = np.column_stack([rng.normal(size=99), np.full(99, 7.0)])
    state = fit(ECOD(), values)
    assert ECOD().attribute(state, Matrix.of([[0.0, 7.0]]))[0, 1] == 0
    moved = ECOD().score(state, Matrix.of([[0.0, 7.1], [0.0, 6.9]]))
    assert (moved >= np.log(100) - 1e-9).all()
