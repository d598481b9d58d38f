"""What the Gaussian mixture promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.gaussian_mixture import GaussianMixture


@pytest.fixture
def groups(rng):
    return Matrix.of(np.r_[rng.normal(size=(200, 2)) - 6, rng.normal(size=(200, 2)) * [0.3, 2] + 6])


@pytest.mark.parametrize("form", ["full", "diagonal"])
def test_the_score_is_scikit_learn_s_minus_log_likelihood(groups, form):
    from sklearn.mixture import GaussianMixture as Mixture

    detector = GaussianMixture(components=2, form=form)
    state = detector.fit(groups, np.random.default_rng(0))
    z = (groups.values - groups.values.mean(axis=0, dtype=np.float64)) / groups.values.std(axis=0, dtype=np.float64)
    kind = {"full": "full", "diagonal": "diag"}[form]
    other = Mixture(2, covariance_type=kind, reg_covar=1e-4, random_state=1).fit(z)
    np.testing.assert_allclose(detector.score(state, groups), -other.score_samples(z), rtol=1e-3, atol=1e-3)


def test_the_number_of_clouds_is_chosen(groups, rng):
    assert len(GaussianMixture().fit(groups, rng)["mean"]) == 2
    assert len(GaussianMixture().fit(Matrix.of(rng.normal(size=(300, 3))), rng)["mean"]) == 1


def test_clouds_along_the_axes_are_chosen_where_nothing_leans(rng):
    straight = rng.normal(size=(300, 6))
    assert GaussianMixture().fit(Matrix.of(straight), rng)["whitener"].shape[2] == 0
    assert GaussianMixture().fit(Matrix.of(straight @ rng.normal(size=(6, 6))), rng)["whitener"].shape[2] == 6


def test_fewer_distinct_rows_than_clouds_are_enough(rng):
    rows = Matrix.of(np.repeat([[0.0, 1.0], [2.0, 5.0]], 20, axis=0))
    state = GaussianMixture(components=5).fit(rows, rng)
    assert len(state["mean"]) == 2
    assert np.isfinite(GaussianMixture(components=5).score(state, rows)).all()


def test_one_row_is_refused_by_name(rng):
    with pytest.raises(TooFewRowsError, match="gaussian-mixture needs at least 2 rows and got 1"):
        GaussianMixture().fit(Matrix.of([[1.0, 2.0]]), rng)


def test_the_parts_of_one_cloud_are_half_the_falls_of_its_distance(rng):
    rows = Matrix.of(rng.normal(size=(300, 3)))
    detector = GaussianMixture(components=1, form="diagonal")
    state = detector.fit(rows, rng)
    score, parts = detector.score(state, rows), detector.attribute(state, rows)
    np.testing.assert_allclose(score - parts.sum(axis=1), -state["height"][0], rtol=1e-9)


def test_a_constant_that_moves_a_little_is_not_an_alarm(rng):
    rows = Matrix.of(np.column_stack([rng.normal(size=(300, 3)), np.full(300, 1000.0)]))
    detector = GaussianMixture(components=1)
    still, moved = detector.score(detector.fit(rows, rng), Matrix.of([[1.0, 1, 1, 1000], [1, 1, 1, 1001]]))
    assert moved == pytest.approx(still, abs=0.01)
