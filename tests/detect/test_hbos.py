"""What the histogram detector promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from standout.core.matrix import Matrix
from standout.detect.hbos import HBOS, _best_bins

RNG = np.random.default_rng(0)


def by_numpy(train, value, bins):
    """A score of one column from numpy's own histogram."""
    counts, edges = np.histogram(train, bins=bins)
    if not edges[0] <= value <= edges[-1]:
        return np.log((counts.max() + 0.5) / 0.5)
    at = min(int(np.searchsorted(edges, value, side="right")) - 1, bins - 1)
    return np.log((counts.max() + 0.5) / (counts[at] + 0.5))


def test_the_score_is_that_of_a_plain_histogram(rng):
    train = rng.integers(0, 1000, size=200).astype(np.float32)
    fresh = rng.integers(-200, 1200, size=100).astype(np.float32)
    detector = HBOS(bins=10)
    got = detector.score(detector.fit(Matrix.of(train), rng), Matrix.of(fresh))
    np.testing.assert_allclose(got, [by_numpy(train.astype(float), v, 10) for v in fresh.astype(float)], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n", [2, 3, 40])
def test_own_scores_are_exactly_leave_one_out_given_the_bins(rng, n):
    values = np.column_stack([rng.normal(size=n), rng.integers(0, 3, n), rng.standard_t(1, size=n), np.ones(n)])
    rows, detector = Matrix.of(values), HBOS(bins=6)
    own = detector.own_scores(detector.fit(rows, rng), rows)
    for i in range(n):
        without = detector.fit(Matrix.of(np.delete(values, i, axis=0)), rng)
        assert detector.score(without, rows.take(np.array([i])))[0] == pytest.approx(own[i], abs=1e-9)


def test_values_in_a_gap_between_two_groups_are_strange(rng):
    rows = Matrix.of(np.r_[rng.normal(-5, 1, 500), rng.normal(5, 1, 500)])
    state = HBOS().fit(rows, rng)
    gap, group = HBOS().score(state, Matrix.of([0.0, 5.0]))
    assert gap > group + 2


def test_uniform_values_need_one_bin_and_groups_need_several(rng):
    assert _best_bins(rng.uniform(size=2000).astype(np.float32), 200) <= 3
    assert _best_bins(np.r_[rng.normal(0, 0.1, 1000), rng.normal(5, 0.1, 1000)].astype(np.float32), 200) > 10


def test_the_parts_of_the_columns_sum_to_the_score(rng):
    rows = Matrix.of(rng.standard_t(2, size=(100, 6)))
    state = HBOS().fit(rows, rng)
    np.testing.assert_allclose(HBOS().attribute(state, rows).sum(axis=1), HBOS().score(state, rows), rtol=1e-12)


@given(arrays(np.float32, st.tuples(st.integers(1, 8), st.integers(1, 3)), elements=st.floats(-(2.0**49), 2.0**49, width=32)))
@settings(max_examples=80, deadline=None)
def test_scores_are_finite_and_never_negative_whatever_the_values(values):
    rows = Matrix.of(values)
    for detector in (HBOS(), HBOS(bins=7)):
        state = detector.fit(rows, RNG)
        for scores in (detector.score(state, rows), detector.own_scores(state, rows), detector.score(state, Matrix.of(-values))):
            assert np.isfinite(scores).all()
            assert (scores >= 0).all()
        assert state["counts"].sum() == values.size
