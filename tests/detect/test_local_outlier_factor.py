"""The local outlier factor against scikit-learn and the definition, leave-one-out and on doubled rows."""

from __future__ import annotations

import numpy as np
import pytest
import slow_distances

from standout.core.matrix import Matrix
from standout.detect.local_outlier_factor import LocalOutlierFactor, _leave_one_out, _listed_by
from standout.kernels.neighbours import k_nearest


def test_scores_are_those_of_the_definition(rng: np.random.Generator) -> None:
    train, rows = Matrix.of(rng.normal(size=(30, 2))), Matrix.of(2 * rng.normal(size=(8, 2)))
    detector = LocalOutlierFactor(k=4)
    expected = [slow_distances.local_outlier_factor(r, train.values, 4) for r in rows.values]
    np.testing.assert_allclose(detector.score(detector.fit(train, rng), rows), expected, rtol=1e-4)


def test_scores_are_those_of_scikit_learn_for_new_rows(rng: np.random.Generator) -> None:
    from sklearn.neighbors import LocalOutlierFactor as Peer

    train, rows = Matrix.of(rng.normal(size=(500, 4))), Matrix.of(3 * rng.normal(size=(200, 4)))
    detector = LocalOutlierFactor(k=20)
    peer = Peer(n_neighbors=20, novelty=True).fit(train.values.astype(np.float64))
    expected = -peer.score_samples(rows.values.astype(np.float64))
    np.testing.assert_allclose(detector.score(detector.fit(train, rng), rows), expected, rtol=1e-4)


def test_an_own_score_is_that_of_a_fit_without_the_row(rng: np.random.Generator) -> None:
    train = Matrix.of(rng.normal(size=(25, 2)))
    detector = LocalOutlierFactor(k=3)
    own = detector.own_scores(detector.fit(train, rng), train)
    for i in range(25):
        others = train.take(np.delete(np.arange(25), i))
        assert own[i] == pytest.approx(detector.score(detector.fit(others, rng), train.take(np.array([i])))[0], rel=1e-5)


def test_rows_doubled_more_than_k_times_have_a_finite_density(rng: np.random.Generator) -> None:
    train = Matrix.of(np.concatenate([np.zeros((40, 2)), rng.normal(size=(60, 2))]))
    detector = LocalOutlierFactor(k=5)
    state = detector.fit(train, rng)
    assert np.isfinite(state["density"]).all()
    assert detector.own_scores(state, train)[:40] == pytest.approx(1.0)


def test_the_compiled_kernel_does_as_its_python_form(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(20, 2)).astype(np.float32)
    distances, places = k_nearest(rows, rows, 4, np.arange(20))
    fast, plain = np.zeros(20), np.zeros(20)
    _leave_one_out(np.arange(20), distances, places, *_listed_by(places[:, :-1]), 1e-6, fast)
    _leave_one_out.py_func(np.arange(20), distances, places, *_listed_by(places[:, :-1]), 1e-6, plain)
    np.testing.assert_allclose(fast, plain, rtol=1e-12)
