"""The plane through the nearest rows: what it is, against the same regression written out, and what it finds."""

from __future__ import annotations

import numpy as np

from standout.core.matrix import Matrix
from standout.detect.k_nearest_neighbours import KNearestNeighbours
from standout.detect.local_hyperplane import LocalHyperplane


def by_hand(reference: np.ndarray, row: np.ndarray, k: int, ridge: float) -> float:
    """The residual of the row's ridge regression on its neighbours, their mean as the origin."""
    near = reference[np.argsort(np.linalg.norm(reference - row, axis=1), kind="stable")[:k]].astype(np.float64)
    apart, left = near - near.mean(axis=0), row - near.mean(axis=0)
    square = apart @ apart.T
    weights = np.linalg.solve(square + ridge * np.trace(square) / k * np.eye(k), apart @ left)
    return float(np.linalg.norm(left - weights @ apart))


def test_the_distance_is_that_of_the_regression_written_out(rng: np.random.Generator) -> None:
    learned, fresh = (rng.normal(size=(n, 6)).astype(np.float32) for n in (80, 20))
    detector = LocalHyperplane(k=7, ridge=0.2)
    scores = detector.score(detector.fit(Matrix.of(learned), rng), Matrix.of(fresh))
    np.testing.assert_allclose(scores, [by_hand(learned, row, 7, 0.2) for row in fresh], rtol=1e-5)


def test_own_scores_are_those_of_fits_without_the_row(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(40, 3)).astype(np.float32)
    detector = LocalHyperplane(k=5)
    own = detector.own_scores(detector.fit(Matrix.of(rows), rng), Matrix.of(rows))
    for at in (0, 17, 39):
        others = np.delete(rows, at, axis=0)
        alone = detector.score(detector.fit(Matrix.of(others), rng), Matrix.of(rows[at : at + 1]))
        assert own[at] == alone[0]


def test_a_row_off_a_sheet_is_stranger_than_one_as_far_along_it(rng: np.random.Generator) -> None:
    flat = np.column_stack([rng.uniform(size=(400, 2)), np.zeros(400)])
    gap = np.hypot(*(flat[:, :2] - 0.5).T) > 0.1  # usual rows leave a hole in the sheet
    learned = Matrix.of(flat[gap])
    asked = Matrix.of([[0.5, 0.5, 0.0], [0.25, 0.25, 0.1]])
    plane, nearest = (d.score(d.fit(learned, rng), asked) for d in (LocalHyperplane(ridge=0.05), KNearestNeighbours(k=1)))
    assert plane[1] > 3 * plane[0]
    assert nearest[1] < 2 * nearest[0]


def test_rows_that_are_all_the_same_and_very_few_have_scores(rng: np.random.Generator) -> None:
    for rows in (np.ones((50, 2)), np.array([[0.0, 0], [1, 1], [2, 2]])):
        detector = LocalHyperplane()
        state = detector.fit(Matrix.of(rows), rng)
        assert np.isfinite(detector.score(state, Matrix.of([[1.0, 1.0], [1e6, -1e6]]))).all()
        assert np.isfinite(detector.own_scores(state, Matrix.of(rows))).all()
