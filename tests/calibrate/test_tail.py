"""The tail beyond the highest score: its shape is found, its promise kept, and where it does not fit there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from standout.calibrate._tail import CRITICAL, find_tail, fit_pareto, misfit
from standout.calibrate.conformal import Conformal
from standout.calibrate.conformal_tail import ConformalTail


def pareto(rng: np.random.Generator, shape: float, n: int) -> np.ndarray:
    return np.sort(stats.genpareto.rvs(shape, scale=2.0, size=n, random_state=rng))


@pytest.mark.parametrize("shape", [-0.4, 0.0, 0.3, 1.0, 1.5])
def test_shape_and_scale_are_found(shape: float, rng: np.random.Generator) -> None:
    found = np.mean([fit_pareto(pareto(rng, shape, 800)) for _ in range(20)], axis=0)
    assert found == pytest.approx([shape, 2.0], abs=0.12)


def test_scores_in_another_unit_have_the_same_tail(rng: np.random.Generator) -> None:
    peaks = pareto(rng, 0.2, 300)
    shape, scale = fit_pareto(peaks)
    assert fit_pareto(peaks * 1e6) == pytest.approx((shape, scale * 1e6))


@pytest.mark.parametrize("shape", [-0.25, 0.0, 0.5])
def test_one_true_tail_in_twenty_is_refused(shape: float, rng: np.random.Generator) -> None:
    limit = np.interp(shape, *CRITICAL)
    refused = 0
    for _ in range(400):
        peaks = pareto(rng, shape, 200)
        refused += misfit(peaks, *fit_pareto(peaks)) > limit
    assert 8 <= refused <= 36


@pytest.mark.parametrize(
    "law", [stats.norm(), stats.expon(), stats.t(3), stats.lognorm(1.0), stats.uniform()], ids=lambda d: d.dist.name
)
def test_the_promise_beyond_the_highest_score_is_kept(law, rng: np.random.Generator) -> None:
    """At a third to a hundredth of 1 / (n + 1) the law itself says how often a score would be as high."""
    realised = []
    for _ in range(150):
        tail = find_tail(np.sort(law.rvs(size=1_000, random_state=rng)))
        if tail is not None:
            steps = np.array([0.3, 0.1, 0.03, 0.01])
            at = tail.start + tail.scale * (steps**-tail.shape - 1) / tail.shape
            np.testing.assert_allclose(tail.beyond(at), steps)
            realised.append(law.sf(at) * 1_001 / steps)
    assert len(realised) > 100
    assert (np.mean(realised, axis=0) < 1.3).all()


def test_above_one_in_n_the_tail_changes_nothing(rng: np.random.Generator) -> None:
    scores = rng.exponential(size=900)
    new = np.linspace(0, scores.max(), 50)
    tailed, counted = ConformalTail().fit(scores, rng), Conformal().fit(scores, rng)
    assert len(tailed["tail"]) == 1
    assert np.array_equal(ConformalTail().p_values(tailed, new), Conformal().p_values(counted, new))


def test_strange_rows_are_told_apart_far_below_one_in_n(rng: np.random.Generator) -> None:
    state = ConformalTail().fit(rng.exponential(size=5_000), rng)
    p = ConformalTail().p_values(state, np.array([12.0, 20.0, 40.0, 400.0]))
    assert (np.diff(p) < 0).all()
    assert p[2] < 1e-6


@pytest.mark.parametrize(
    "scores",
    [
        np.ones(2_000),
        np.arange(2_000.0) % 7,
        np.random.default_rng(0).poisson(3.0, size=2_000).astype(float),
        np.random.default_rng(0).exponential(size=499),
        np.concatenate([np.random.default_rng(0).exponential(size=1_940), 50 + np.random.default_rng(1).normal(size=60)]),
    ],
    ids=["constant", "seven values", "counts", "too few", "a clump far out"],
)
def test_where_no_tail_fits_all_stays_counted(scores: np.ndarray, rng: np.random.Generator) -> None:
    state = ConformalTail().fit(scores, rng)
    assert len(state["tail"]) == 0
    far = np.array([scores.max() + 1e6])
    assert ConformalTail().p_values(state, far)[0] == 1 / (len(scores) + 1) == ConformalTail().smallest_level(state)


@pytest.mark.parametrize("unit", [1e-300, 1e-20, 1e20, 1e300])
def test_no_unit_of_the_scores_makes_a_p_value_that_is_none(unit: float, rng: np.random.Generator) -> None:
    scores = rng.exponential(size=800) * unit
    p = ConformalTail().p_values(ConformalTail().fit(scores, rng), np.array([0.0, scores.max() * 1.01, 1.7e308]))
    assert (p > 0).all()
    assert (np.diff(p) <= 0).all()
