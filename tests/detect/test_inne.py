"""What INNE promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
import slow_streams

from standout.core.matrix import Matrix
from standout.detect.inne import INNE


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_scores_are_the_slow_ones(rng):
    detector = INNE(draws=10, size=6)
    state = fit(detector, rng.normal(size=(80, 3)))
    test = Matrix.of(2 * rng.normal(size=(40, 3)))
    slow = [slow_streams.inne(row.astype(np.float64), state["centre"]) for row in test.values]
    np.testing.assert_allclose(detector.score(state, test), slow, rtol=1e-9)


def test_a_training_row_is_judged_by_the_draws_that_it_is_not_in(rng):
    detector = INNE(draws=12, size=6)
    rows = Matrix.of(rng.normal(size=(20, 3)))
    state = fit(detector, rows.values)
    own = detector.own_scores(state, rows)
    for i in range(20):
        others = state["centre"][~(state["row"] == i).any(axis=1)]
        assert own[i] == pytest.approx(slow_streams.inne(rows.values[i].astype(np.float64), others), rel=1e-9)


def test_beyond_all_spheres_farther_is_stranger(rng):
    state = fit(INNE(), rng.normal(size=(200, 2)))
    scores = INNE().score(state, Matrix.of([[5.0, 0], [50, 0], [500, 0]]))
    assert (np.diff(scores) > 0).all()
    assert scores[-1] < 2
