"""The one-class support vector machine: exact as libsvm's, and Nystroem's close to it."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.one_class_svm import OneClassSVM


@pytest.mark.parametrize("nu", [0.05, 0.5])
def test_exact_scores_are_those_of_scikit_learn(rng: np.random.Generator, nu: float) -> None:
    from sklearn.svm import OneClassSVM as Peer

    train, rows = Matrix.of(5 + rng.normal(size=(300, 4))), Matrix.of(5 + 2 * rng.normal(size=(100, 4)))
    peer = Peer(nu=nu, gamma=0.2, tol=1e-5).fit(train.values.astype(np.float64))
    detector = OneClassSVM(nu=nu, gamma=0.2)
    expected = -peer.decision_function(rows.values.astype(np.float64)) / (nu * 300)
    np.testing.assert_allclose(detector.score(detector.fit(train, rng), rows), expected, atol=2e-5)


@pytest.mark.parametrize("nu", [0.1, 0.5])
def test_landmarks_come_close_to_the_exact_solution(rng: np.random.Generator, nu: float) -> None:
    train, rows = Matrix.of(rng.normal(size=(800, 3))), Matrix.of(2 * rng.normal(size=(300, 3)))
    exact, landmarks = OneClassSVM(nu=nu), OneClassSVM(nu=nu, exact=2, components=200)
    a = exact.score(exact.fit(train, rng), rows)
    b = landmarks.score(landmarks.fit(train, rng), rows)
    assert np.corrcoef(a, b)[0, 1] > 0.99
    assert np.abs(a - b).mean() < 0.1 * a.std()


def test_the_share_outside_of_the_boundary_is_about_nu(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(600, 3)))
    for detector in (OneClassSVM(nu=0.1), OneClassSVM(nu=0.1, exact=2)):
        scores = detector.score(detector.fit(rows, rng), rows)
        assert np.mean(scores > 0) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("exact", [2, 3_000])
def test_shifting_all_rows_far_away_changes_little(rng: np.random.Generator, exact: int) -> None:
    values = rng.integers(-3, 4, size=(200, 3)).astype(np.float32)  # whole numbers stay exact when shifted
    scores = []
    for shift in (0, 1_000_000):
        rows = Matrix.of(values + np.float32(shift))
        detector = OneClassSVM(exact=exact)
        scores.append(detector.score(detector.fit(rows, np.random.default_rng(0)), rows))
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-4)


def test_a_single_row_is_refused_by_name() -> None:
    with pytest.raises(TooFewRowsError, match="one-class-svm needs at least 2 rows and got 1"):
        OneClassSVM().fit(Matrix.of(np.zeros((1, 3))), np.random.default_rng(0))
