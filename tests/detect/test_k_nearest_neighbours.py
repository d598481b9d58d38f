"""Distances to neighbours: against the oracle, leave-one-out, and shares of the features."""

from __future__ import annotations

import numpy as np
import pytest
import slow_distances

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.k_nearest_neighbours import KNearestNeighbours

AGGREGATES = {"mean": np.mean, "largest": np.max, "median": np.median}


@pytest.mark.parametrize("k", [1, 4, 5])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_scores_are_those_of_the_oracle(rng: np.random.Generator, aggregate: str, k: int) -> None:
    train, rows = Matrix.of(rng.normal(size=(40, 3))), Matrix.of(rng.normal(size=(15, 3)))
    detector = KNearestNeighbours(k=k, aggregate=aggregate)
    state = detector.fit(train, rng)
    expected = [AGGREGATES[aggregate](slow_distances.neighbours(r, train.values, k)[0]) for r in rows.values]
    np.testing.assert_allclose(detector.score(state, rows), expected, rtol=1e-5)
    own = [AGGREGATES[aggregate](slow_distances.neighbours(r, train.values, k, i)[0]) for i, r in enumerate(train.values)]
    np.testing.assert_allclose(detector.own_scores(state, train), own, rtol=1e-5)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_the_parts_of_the_features_sum_to_the_score(rng: np.random.Generator, aggregate: str, metric: str) -> None:
    rows = Matrix.of(rng.normal(size=(60, 5)))
    detector = KNearestNeighbours(k=4, aggregate=aggregate, metric=metric)
    state = detector.fit(rows, rng)
    np.testing.assert_allclose(detector.attribute(state, rows).sum(axis=1), detector.score(state, rows), rtol=1e-5)


def test_of_a_sample_the_rows_left_out_are_scored_as_new_ones(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(60, 2)))
    detector = KNearestNeighbours(k=2, sample=20)
    state = detector.fit(rows, rng)
    own, as_new, kept = detector.own_scores(state, rows), detector.score(state, rows), state["row"]
    out = np.setdiff1d(np.arange(60), kept)
    assert len(kept) == 20
    assert np.array_equal(own[out], as_new[out])
    assert (own[kept] > as_new[kept]).all()


def test_too_few_rows_are_refused_by_name() -> None:
    with pytest.raises(TooFewRowsError, match="k-nearest-neighbours with k=5, sample=20000 needs at least 6 rows and got 5"):
        KNearestNeighbours().fit(Matrix.of(np.zeros((5, 2))), np.random.default_rng(0))
