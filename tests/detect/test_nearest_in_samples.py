"""Nearest of a few random rows: exact leave-one-out, and clusters of anomalies do not hide."""

from __future__ import annotations

import numpy as np
import pytest
import slow_distances

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.nearest_in_samples import NearestInSamples


def fitted(detector: NearestInSamples, values: np.ndarray, seed: int = 0):
    return detector.fit(Matrix.of(values), np.random.default_rng(seed))


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_scores_are_those_of_the_oracle(rng: np.random.Generator, metric: str) -> None:
    detector = NearestInSamples(draws=6, size=4, metric=metric)
    state = fitted(detector, rng.normal(size=(50, 3)))
    rows = Matrix.of(rng.normal(size=(20, 3)))
    expected = slow_distances.nearest_in_draws(rows.values, state["reference"][:, :4], metric)
    np.testing.assert_allclose(detector.score(state, rows), expected, rtol=1e-5)


def test_an_own_score_is_that_of_the_other_rows_of_each_draw(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(12, 3)))
    detector = NearestInSamples(draws=8, size=5)
    state = detector.fit(rows, rng)
    for i, own in enumerate(detector.own_scores(state, rows)):
        draws = [[j for j in draw if j != i][:5] for draw in state["row"].tolist()]
        expected = slow_distances.nearest_in_draws(rows.values[i : i + 1], rows.values[np.array(draws)], "manhattan")
        assert own == pytest.approx(expected[0], rel=1e-5)


def test_a_duplicate_of_a_row_may_vouch_for_it_and_its_own_copy_may_not() -> None:
    alone, doubled = np.array([[0.0], [1], [9]]), np.array([[0.0], [1], [9], [9]])
    detector = NearestInSamples(draws=20, size=3)
    for values, expected in ((alone, 8.0), (doubled, 0.0)):
        own = detector.own_scores(fitted(detector, values), Matrix.of(values))
        assert own[2] == expected


def test_with_few_rows_each_draw_has_all_but_one() -> None:
    state = fitted(NearestInSamples(), np.arange(5.0)[:, None])
    assert state["reference"].shape == (40, 5, 1)
    with pytest.raises(TooFewRowsError, match="nearest-in-samples needs at least 2 rows and got 1"):
        fitted(NearestInSamples(), np.zeros((1, 3)))


def test_a_cluster_of_anomalies_in_the_training_rows_is_found(rng: np.random.Generator) -> None:
    values = rng.normal(size=(1000, 4))
    values[:30] = 6 + 0.01 * rng.normal(size=(30, 4))
    rows = Matrix.of(values)
    detector = NearestInSamples()
    own = detector.own_scores(detector.fit(rows, rng), rows)
    assert own[:30].min() > np.quantile(own[30:], 0.99)


def test_the_parts_of_the_features_sum_to_the_score(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(60, 5)))
    detector = NearestInSamples()
    state = detector.fit(rows, rng)
    np.testing.assert_allclose(detector.attribute(state, rows).sum(axis=1), detector.score(state, rows), rtol=1e-5)
