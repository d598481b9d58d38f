"""What the kernel density estimate promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import gaussian_kde

from standout.core.matrix import Matrix
from standout.detect.kernel_density import KernelDensity


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_scores_are_the_logarithms_of_the_bumps(rng):
    train, test = rng.normal(size=(200, 3)), Matrix.of(2 * rng.normal(size=(50, 3)))
    state = fit(KernelDensity(), train)
    width = 1 / state["inverse"]
    np.testing.assert_allclose(width, train.std(axis=0) * 200 ** (-1 / 7), rtol=1e-5)
    gaps = (test.values[:, None].astype(np.float64) - state["reference"]) / width
    slow = np.log(200) - logsumexp(-0.5 * (gaps**2).sum(axis=2), axis=1)
    np.testing.assert_allclose(KernelDensity().score(state, test), slow, rtol=1e-12)


def test_in_one_column_it_is_scipy_s_estimate(rng):
    train, test = rng.normal(size=100), np.linspace(-3, 3, 20)
    state = fit(KernelDensity(), train)
    scores = KernelDensity().score(state, Matrix.of(test))
    width = train.std() * 100 ** (-1 / 5)
    height = 1 / (width * np.sqrt(2 * np.pi))
    peer = gaussian_kde(train, bw_method=100 ** (-1 / 5) * train.std() / train.std(ddof=1))
    np.testing.assert_allclose(scores, -np.log(peer(test) / height), rtol=1e-4, atol=1e-5)


def test_own_scores_leave_the_row_s_own_bump_out(rng):
    rows = Matrix.of(rng.normal(size=(30, 2)))
    detector = KernelDensity()
    state = fit(detector, rows.values)
    own = detector.own_scores(state, rows)
    for i in range(30):
        without = {**state, "reference": np.delete(state["reference"], i, axis=0), "row": np.delete(state["row"], i)}
        assert detector.score(without, rows.take(np.array([i])))[0] == pytest.approx(own[i], rel=1e-12)


def test_far_rows_differ_and_the_column_that_is_far_has_the_larger_part(rng):
    detector = KernelDensity()
    state = fit(detector, rng.normal(size=(100, 2)))
    far = Matrix.of([[1e3, 0.0], [1e6, 0.0], [9e14, 0.0]])
    scores = detector.score(state, far)
    assert (np.diff(scores) > 0).all()
    parts = detector.attribute(state, far)
    assert (parts[:, 0] > 0.99 * parts.sum(axis=1)).all()


def test_more_smoothing_makes_a_far_row_less_strange(rng):
    values = rng.normal(size=(100, 2))
    scores = [KernelDensity(smoothing=s).score(fit(KernelDensity(smoothing=s), values), Matrix.of([[6.0, 6]])) for s in (0.5, 2)]
    assert scores[0] > scores[1]
