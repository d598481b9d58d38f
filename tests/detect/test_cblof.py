"""What CBLOF promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.cblof import CBLOF


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_a_small_cluster_does_not_vouch_for_itself(rng):
    values = np.concatenate([rng.normal(size=(300, 2)), 0.1 * rng.normal(size=(8, 2)) + 20])
    scores = CBLOF(clusters=2).score(fit(CBLOF(clusters=2), values), Matrix.of(values))
    assert scores[-8:].min() > 5 * scores[:-8].max()


def test_clusters_are_those_that_were_made_and_none_is_empty(rng):
    middles = np.array([[0.0, 0], [50, 0], [0, 50], [50, 50]])
    values = np.concatenate([m + rng.normal(size=(100, 2)) for m in middles])
    detector = CBLOF(clusters=4)
    state = fit(detector, values)
    made = state["centre"][np.lexsort(np.round(state["centre"].T, -1))]
    np.testing.assert_allclose(made, middles[np.lexsort(middles.T)], atol=0.5)
    assert state["large"].all()


def test_copies_of_few_rows_make_no_more_clusters_than_there_are_rows():
    values = np.repeat([[0.0, 0], [9, 9]], 20, axis=0)
    state = fit(CBLOF(), values)
    assert len(state["centre"]) == 2
    assert CBLOF().score(state, Matrix.of(values)).tolist() == [0.0] * 40


@pytest.mark.parametrize(
    ("alpha", "beta", "large"), [(0.9, 5.0, 2), (0.5, 5.0, 1), (0.9, 1.9, 1), (1.0, 50.0, 3), (0.95, 50.0, 3)]
)
def test_large_clusters_end_at_the_share_or_the_drop(alpha, beta, large):
    assert CBLOF(alpha=alpha, beta=beta)._border(np.array([60, 31, 9])) == large


def test_the_parts_of_the_columns_sum_to_the_distance(rng):
    rows = Matrix.of(rng.normal(size=(100, 4)))
    state = fit(CBLOF(), rows.values)
    np.testing.assert_allclose(CBLOF().attribute(state, rows).sum(axis=1), CBLOF().score(state, rows), rtol=1e-5)


def test_one_row_is_refused():
    with pytest.raises(TooFewRowsError, match="cblof"):
        fit(CBLOF(), [[1.0, 2.0]])
