"""The autoencoder: what it finds, what it says of columns, and how its training copes with anomalies."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect._adam import _gradients, train
from standout.detect.autoencoder import Autoencoder


def curve(rng: np.random.Generator, n: int) -> np.ndarray:
    """Rows on a bent line in three columns, which no plane holds."""
    t = rng.uniform(-1, 1, size=n)
    return np.column_stack([t, t**2, np.sin(3 * t)]) + rng.normal(size=(n, 3)) * 0.02


def test_rows_off_a_bent_line_are_stranger_than_rows_on_it(rng: np.random.Generator) -> None:
    detector = Autoencoder(code=8)
    state = detector.fit(Matrix.of(curve(rng, 1000)), rng)
    on, off = curve(rng, 300), curve(rng, 300)
    off[:, 1] = off[rng.permutation(300), 1]
    off = off[np.abs(off[:, 1] - off[:, 0] ** 2) > 0.3]
    assert np.median(detector.score(state, Matrix.of(off))) > np.quantile(detector.score(state, Matrix.of(on)), 0.95)


def test_the_column_that_breaks_the_relation_gets_most_of_the_score(rng: np.random.Generator) -> None:
    line = rng.normal(size=(1000, 1)) + rng.normal(size=(1000, 4)) * 0.1
    detector = Autoencoder(steps=600)
    state = detector.fit(Matrix.of(line), rng)
    for column in range(4):
        row = np.ones((1, 4))
        row[0, column] = -1.5
        assert int(np.argmax(detector.attribute(state, Matrix.of(row))[0])) == column


def test_trimming_keeps_a_cluster_of_anomalies_strange(rng: np.random.Generator) -> None:
    usual = rng.normal(size=(900, 1)) + rng.normal(size=(900, 4)) * 0.1
    odd = np.tile([4.0, -4, 4, -4], (60, 1)) + rng.normal(size=(60, 4)) * 0.1
    rows = Matrix.of(np.concatenate([usual, odd]))
    seen = {}
    for trim in (0.0, 0.2):
        detector = Autoencoder(steps=600, trim=trim)
        scores = detector.score(detector.fit(rows, np.random.default_rng(0)), rows)
        seen[trim] = float(np.mean(scores[900:]) / np.mean(scores[:900]))
    assert seen[0.2] > 1.5 * seen[0.0]


def test_the_gradient_is_the_slope_of_the_error(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(7, 3)).astype(np.float32)
    weights, biases = train(rows, (5, 2, 5), rng, steps=3, batch=7, noise=0.0, trim=0.0)
    for bias in biases:  # away from the kinks of the rectifiers, where there is no slope
        bias += rng.normal(size=len(bias)).astype(np.float32)

    def loss() -> float:
        x = rows.astype(np.float64)
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            x = x @ w + b
            x = x if i == 3 else np.maximum(x, 0)
        return float(np.mean((x - rows) ** 2))

    gradients = _gradients(rows, weights, biases, rng, 0.0, 0.0)
    for parameter, gradient in zip(weights + biases, gradients, strict=True):
        at = np.unravel_index(int(np.argmax(np.abs(gradient))), gradient.shape)
        before, step = parameter[at], np.float32(1e-4)
        parameter[at] = before + step
        up = loss()
        parameter[at] = before - step
        slope = (up - loss()) / (2 * float(step))
        parameter[at] = before
        assert slope == pytest.approx(float(gradient[at]), rel=0.05, abs=1e-4)


def test_one_row_is_too_few_and_says_so() -> None:
    with pytest.raises(TooFewRowsError, match="autoencoder needs at least 2 rows and got 1"):
        Autoencoder().fit(Matrix.of([[1.0, 2.0]]), np.random.default_rng(0))
