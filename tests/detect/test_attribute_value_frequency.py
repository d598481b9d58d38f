"""Rare and unseen values: counted by hand, without the row itself, and only where values repeat."""

from __future__ import annotations

import numpy as np

from standout.core.matrix import Matrix
from standout.detect.attribute_value_frequency import AttributeValueFrequency


def test_scores_are_the_sum_of_minus_log_shares(rng: np.random.Generator) -> None:
    rows = np.column_stack([np.repeat([0, 1], [90, 10]), np.tile([5, 6], 50)]).astype(float)
    detector = AttributeValueFrequency()
    scores = detector.score(detector.fit(Matrix.of(rows), rng), Matrix.of([[0.0, 5], [1, 6], [7, 5]]))
    np.testing.assert_allclose(scores, -np.log([0.905 * 0.505, 0.105 * 0.505, 0.005 * 0.505]))


def test_own_scores_are_those_of_counts_without_the_row(rng: np.random.Generator) -> None:
    rows = rng.integers(0, 6, size=(60, 3)).astype(float)
    rows[0, 0] = 99.0  # held by no other
    detector = AttributeValueFrequency()
    own = detector.own_scores(detector.fit(Matrix.of(rows), rng), Matrix.of(rows))
    for at in (0, 30):
        state = detector.fit(Matrix.of(np.delete(rows, at, axis=0)), rng)
        np.testing.assert_allclose(own[at], detector.score(state, Matrix.of(rows[at : at + 1]))[0])


def test_measurements_say_nothing_and_a_new_code_is_the_strangest(rng: np.random.Generator) -> None:
    rows = np.column_stack([rng.normal(size=300), rng.integers(0, 4, size=300)])
    detector = AttributeValueFrequency()
    state = detector.fit(Matrix.of(rows), rng)
    usual, far, new = detector.score(state, Matrix.of([[0.0, 1], [50.0, 1], [0.0, 17]]))
    assert usual == far < new
    assert detector.attribute(state, Matrix.of([[50.0, 17]])).argmax() == 1
