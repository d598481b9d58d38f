"""What the robust covariance promises beyond the contract."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from standout.core.errors import ParameterError
from standout.core.matrix import Matrix
from standout.detect.robust_covariance import WIDEST, RobustCovariance, _concentrated, _ranks, _starts


def determinant(z):
    return np.linalg.det(np.cov(z, rowvar=False, bias=True))


def test_concentration_finds_the_least_determinant_of_all_subsets(rng):
    """The slow and obvious minimum covariance determinant: try them all."""
    z = np.r_[rng.normal(size=(9, 2)), rng.normal(size=(3, 2)) + 8]
    least = min(determinant(z[list(rows)]) for rows in combinations(range(12), 9))
    found = min(determinant(z[_concentrated(z, start, 9)[0]]) for start in _starts(z))
    assert found == pytest.approx(least)


def test_ranks_are_scipy_s(rng):
    from scipy.stats import rankdata

    column = rng.integers(0, 9, 50).astype(float)
    np.testing.assert_array_equal(_ranks(column), rankdata(column))


@pytest.mark.parametrize("share", [0.1, 0.24])
def test_a_far_crowd_among_the_training_rows_does_not_mask_itself(rng, share):
    far = int(1000 * share)
    mix = rng.normal(size=(4, 4))
    values = rng.normal(size=(1000, 4)) @ mix
    values[:far] = values[:far] * 0.1 + 6 * np.abs(mix).sum(axis=0)
    rows = Matrix.of(values)
    detector = RobustCovariance()
    scores = detector.score(detector.fit(rows, rng), rows)
    assert scores[:far].min() > scores[far:].max()


def test_on_clean_normal_rows_it_agrees_with_the_true_distance(rng):
    mix = rng.normal(size=(3, 3))
    rows = Matrix.of(rng.normal(size=(4000, 3)) @ mix)
    detector = RobustCovariance()
    scores = detector.score(detector.fit(rows, rng), rows)
    true = np.einsum("ni,ij,nj->n", rows.values, np.linalg.inv(mix.T @ mix), rows.values.astype(np.float64))
    assert np.corrcoef(scores, true)[0, 1] > 0.99
    assert np.median(scores / true) == pytest.approx(1.0, abs=0.1)


def test_the_sample_is_all_that_it_looks_at(rng):
    values = rng.normal(size=(2000, 3))
    detector = RobustCovariance(sample=100)
    state = detector.fit(Matrix.of(values), np.random.default_rng(3))
    drawn = np.sort(np.random.default_rng(3).choice(2000, 100, replace=False))
    alone = RobustCovariance().fit(Matrix.of(values[drawn]), rng)
    assert all(np.array_equal(state[k], alone[k]) for k in state)


def test_more_rows_equal_than_not_are_scored_in_the_others_units(rng):
    values = np.zeros((100, 3))
    values[:30] = rng.normal(size=(30, 3))
    rows = Matrix.of(values)
    detector = RobustCovariance()
    scores = detector.score(detector.fit(rows, rng), rows)
    assert np.isfinite(scores).all()
    assert scores[30:].max() < scores[:30].min()


def test_too_many_columns_are_refused_by_name():
    with pytest.raises(ParameterError, match=r"robust-covariance .* at most 3,000 columns, not 3,001") as caught:
        RobustCovariance().fit(Matrix.of(np.zeros((3, WIDEST + 1))), np.random.default_rng(0))
    assert "pca" in caught.value.hint


def test_the_parts_of_the_columns_sum_to_the_score(rng):
    rows = Matrix.of(rng.normal(size=(50, 6)))
    detector = RobustCovariance()
    state = detector.fit(rows, rng)
    np.testing.assert_allclose(detector.attribute(state, rows).sum(axis=1), detector.score(state, rows), rtol=1e-9)


def test_a_constant_that_moves_a_little_is_not_an_alarm(rng):
    rows = Matrix.of(np.column_stack([rng.normal(size=(300, 3)), np.full(300, 1000.0)]))
    detector = RobustCovariance()
    still, moved = detector.score(detector.fit(rows, rng), Matrix.of([[1.0, 1, 1, 1000], [1, 1, 1, 1001]]))
    assert moved == pytest.approx(still, abs=0.01)
