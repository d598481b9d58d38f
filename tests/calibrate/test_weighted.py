"""Weighted conformal p-values: the level is kept where the mix of rows has shifted, and where it cannot be, that is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.calibrate._ratio import density_ratio
from standout.calibrate.conformal import Conformal
from standout.calibrate.conformal_weighted import ConformalWeighted
from standout.core.errors import ParameterError, TooFewRowsError
from standout.core.layout import check_state
from standout.core.matrix import Matrix

PART = ConformalWeighted()


def mix(rng, n, shift, width=3):
    """Rows whose first feature has shifted, and scores that depend on it in the same way as ever."""
    rows = rng.normal(size=(n, width))
    rows[:, 0] += shift
    return Matrix.of(rows), rows[:, 0] + rng.normal(size=n)


def weighed(rng, n, shift):
    old, own = mix(rng, n, 0.0)
    state = PART.fit_matrix(own, old, rng)
    return state, *PART.toward(state, mix(rng, n, shift)[0], rng)


@pytest.mark.parametrize("shift", [0.5, 1.0])
def test_the_level_is_kept_under_a_planted_shift_of_the_mix(shift):
    plain, kept = [], []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        state, now, findings = weighed(rng, 1_500, shift)
        assert findings[0].code == "null-weighted"
        fresh = mix(rng, 2_000, shift)[1]
        for rates, of in ((plain, state), (kept, now)):
            p = PART.p_values(of, fresh)
            rates.append([(p <= level).mean() for level in (0.05, 0.1, 0.2)])
    assert (np.mean(kept, axis=0) <= [0.06, 0.115, 0.22]).all()
    assert (np.mean(kept, axis=0) >= [0.02, 0.06, 0.14]).all(), "and it still raises"
    assert (np.mean(plain, axis=0) > 1.5 * np.array([0.05, 0.1, 0.2])).all(), "without weights it is broken"


def test_where_nothing_shifted_nothing_is_weighted():
    codes = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        state, now, findings = weighed(rng, 800, 0.0)
        codes.append(findings[0].code)
        scores = rng.normal(size=50)
        if codes[-1] == "no-shift-found":
            assert np.array_equal(PART.p_values(now, scores), PART.p_values(state, scores))
    assert codes.count("no-shift-found") >= 9


def test_a_steep_shift_is_told_with_how_far_the_promise_may_be_exceeded():
    findings = weighed(np.random.default_rng(0), 3_000, 1.6)[2]
    assert [f.code for f in findings] == ["null-weighted", "weighted-null-falls-short"]
    assert 0.005 < findings[1].numbers["short"] < 0.1


def test_a_shift_too_far_leaves_the_null_as_it_was_and_says_so():
    rng = np.random.default_rng(0)
    state, now, findings = weighed(rng, 1_000, 5.0)
    assert [(f.code, f.level) for f in findings] == [("shift-too-far", "problem")]
    assert np.array_equal(now["weight"], state["weight"])


def test_anomalies_among_the_new_rows_hardly_matter():
    rng = np.random.default_rng(3)
    old, own = mix(rng, 2_000, 0.0)
    state = PART.fit_matrix(own, old, rng)
    new, _ = mix(rng, 2_000, 0.7)
    new.values[:40] += 12
    now, _ = PART.toward(state, new, rng)
    p = PART.p_values(now, mix(rng, 4_000, 0.7)[1])
    assert 0.06 < (p <= 0.1).mean() < 0.12


@settings(deadline=None)
@given(
    st.lists(st.floats(-5, 5, width=16), min_size=1, max_size=60), st.lists(st.floats(-6, 6, width=16), min_size=1, max_size=20)
)
def test_unweighted_it_is_conformal_to_the_last_bit(null, scores):
    rng = np.random.default_rng(0)
    null, scores = np.array(null, dtype=np.float64), np.array(scores, dtype=np.float64)
    plain = Conformal().p_values(Conformal().fit(null, rng), scores)
    assert np.allclose(PART.p_values(PART.fit(null, rng), scores), plain, rtol=1e-12, atol=0)


def test_p_values_fall_as_scores_rise_stay_above_the_least_and_the_state_is_as_declared():
    rng = np.random.default_rng(1)
    _, now, _ = weighed(rng, 1_000, 1.0)
    check_state(PART, now, {})
    p = PART.p_values(now, np.linspace(-9, 9, 500))
    assert (np.diff(p) <= 0).all()
    assert p[0] == 1.0
    assert p[-1] == pytest.approx(PART.smallest_level(now))


def test_weighing_changes_nothing_it_was_given_and_is_the_same_for_a_seed():
    rng = np.random.default_rng(1)
    old, own = mix(rng, 500, 0.0)
    state, new = PART.fit_matrix(own, old, rng), mix(rng, 500, 1.0)[0]
    before = {k: a.copy() for k, a in state.items()}
    one, two = (PART.toward(state, new, np.random.default_rng(5))[0] for _ in range(2))
    assert all(np.array_equal(state[k], before[k]) for k in before)
    assert all(np.array_equal(one[k], two[k]) for k in one)


def test_too_few_new_rows_and_a_null_without_rows_are_refused():
    rng = np.random.default_rng(1)
    old, own = mix(rng, 500, 0.0)
    with pytest.raises(TooFewRowsError, match="99"):
        PART.toward(PART.fit_matrix(own, old, rng), mix(rng, 99, 1.0)[0], rng)
    with pytest.raises(ParameterError, match="keeps no rows"):
        PART.toward(PART.fit(own, rng), mix(rng, 500, 1.0)[0], rng)


def test_the_ratio_is_that_of_two_gaussians():
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(4_000, 2)), rng.normal([0.8, 0.0], [1.0, 0.7], size=(4_000, 2))
    found = density_ratio(old, new, rng)
    true = np.exp(0.8 * old[:, 0] - 0.32 + 0.5 * old[:, 1] ** 2 * (1 - 1 / 0.49) - np.log(0.7))
    middle = true > 0.1
    assert found.temper == 1.0
    assert np.median(np.abs(np.log(found.older[middle] / true[middle]))) < 0.15


def test_constant_features_and_ones_without_bound_do_no_harm():
    rng = np.random.default_rng(0)
    old = np.column_stack([np.ones(300), rng.standard_cauchy(300), rng.normal(size=300)])
    new = np.column_stack([np.ones(300), rng.standard_cauchy(300) * 1e9, rng.normal(size=300)])
    found = density_ratio(old, new, rng)
    assert np.isfinite(found.older).all()
    assert np.isfinite(found.newer).all()
