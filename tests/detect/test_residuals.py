"""Detectors that expect a value: the season that they share, and what each finds that the others cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.slow_residuals import slow_left_over, slow_saliency
from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect import spectral_residual
from standout.detect._period import season
from standout.detect.autoregression import Autoregression
from standout.detect.seasonal_residual import SeasonalResidual
from standout.detect.spectral_residual import SpectralResidual
from standout.kernels.autoregression import linear_forecasts
from standout.kernels.seasons import left_over

SEED = 0


def wave(n: int = 1500, every: float = 48, noise: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.sin(np.arange(n) * 2 * np.pi / every) + np.random.default_rng(seed).normal(0, noise, n)


def fitted(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(SEED))


@pytest.mark.parametrize("every", [7, 24, 48, 288])
def test_a_season_is_found_behind_noise_trend_and_spikes(every: int) -> None:
    values = wave(2000, every, noise=0.5) + np.arange(2000) / 200
    values[np.random.default_rng(9).choice(2000, 20, replace=False)] += 30
    assert abs(season(Matrix.of(values)) - every) <= every // 48


def test_a_square_season_is_not_taken_for_its_multiple() -> None:
    shifts = (np.arange(3000) % 144 < 40).astype(float) + np.random.default_rng(1).normal(0, 0.05, 3000)
    assert season(Matrix.of(shifts)) == 144


@pytest.mark.parametrize("seed", range(20))
def test_neither_noise_nor_a_wandering_level_has_a_season(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=400)
    assert season(Matrix.of(noise)) == 0
    assert season(Matrix.of(np.ones(400))) == 0


def test_a_season_must_be_seen_three_times() -> None:
    assert season(Matrix.of(wave(400, 160, noise=0))) == 0
    assert season(Matrix.of(wave(500, 160, noise=0))) == 160


def test_the_longest_entity_tells_the_season() -> None:
    one, two = wave(300, 20), wave(900, 30)
    both = Matrix(np.concatenate([one, two])[:, None].astype(np.float32), Matrix.of(one).features, np.array([0, 300]))
    assert season(both) == 30


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 6), st.integers(0, 7), st.integers(1, 4), st.integers(0, 5))
def test_level_and_season_are_what_their_definition_says(window: int, every: int, cycles: int, seed: int) -> None:
    # the kernel is only asked for seasons whose level is a season long, or for none
    window = every or window
    values = np.random.default_rng(seed).integers(0, 5, size=(30, 2)).astype(float)
    np.testing.assert_allclose(left_over(values, window, every, cycles), slow_left_over(values, window, every, cycles))


def test_an_ordinary_value_at_the_wrong_hour_is_the_strangest() -> None:
    values = wave()
    detector = SeasonalResidual()
    state = fitted(detector, values)
    values[1205] = -values[1205]  # every value of a wave occurs at some hour
    assert int(np.argmax(detector.score(state, Matrix.of(values)))) == 1205


def test_a_change_of_level_is_told_and_then_taken_for_the_level() -> None:
    values = wave()
    detector = SeasonalResidual()
    state = fitted(detector, values)
    values[1000:] += 4
    scores = detector.score(state, Matrix.of(values))
    assert scores[1000:1020].min() > 5
    assert np.median(scores[1300:]) < 3


def test_the_first_two_seasons_are_compared_with_nothing_and_raise_no_alarm() -> None:
    detector = SeasonalResidual(season=48)
    values = wave()
    scores = detector.score(fitted(detector, values), Matrix.of(values))
    assert (scores[:95] == 0).all()
    assert (scores[95:] > 0).mean() > 0.99


def test_a_series_without_a_season_is_held_against_its_level_alone() -> None:
    values = np.random.default_rng(0).normal(size=600)
    detector = SeasonalResidual()
    state = fitted(detector, values)
    assert int(state["season"][0]) == 0
    values[300] = 9
    assert int(np.argmax(detector.score(state, Matrix.of(values)))) == 300


def test_saliency_is_that_of_the_published_transform() -> None:
    values = np.random.default_rng(0).normal(size=200)
    detector = SpectralResidual(window=40, smooth=3)
    state = fitted(detector, values)
    rows = (Matrix.of(values).values[:, 0] - state["middle"]) / state["scale"]
    excess = detector.attribute(state, Matrix.of(values))[:, 0]
    floor = spectral_residual.FAINT * np.sqrt(40)
    for t in (39, 100, 199):
        saliency = slow_saliency(rows[t - 39 : t + 1], 3, spectral_residual.AHEAD, spectral_residual.SLOPES, floor)
        usual = saliency[-spectral_residual.NEARBY :].mean()
        assert excess[t] == pytest.approx(max(saliency[-1] - usual, 0) / usual, rel=1e-6, abs=1e-9)


def test_a_spike_is_salient_at_its_own_moment() -> None:
    values = wave(noise=0.05)
    detector = SpectralResidual()
    state = fitted(detector, values)
    values[700] += 3
    scores = detector.score(state, Matrix.of(values))
    assert 700 <= int(np.argmax(scores)) <= 701
    assert (scores[:47] == 0).all()


def test_linear_forecasts_are_sums_of_weighted_lags() -> None:
    rng = np.random.default_rng(0)
    rows, lags = rng.normal(size=(50, 3)), np.array([1, 4, 7])
    own, others, bias = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
    said = linear_forecasts(rows, lags, own, others, bias)
    assert np.array_equal(said[:7], rows[:7])
    for t in (7, 30, 49):
        expected = bias + (own * rows[t - lags].T).sum(axis=1) + others @ rows[t - 1]
        np.testing.assert_allclose(said[t], expected)


def test_columns_that_part_from_each_other_are_told_by_the_regression() -> None:
    rng = np.random.default_rng(0)
    driver = np.cumsum(rng.normal(size=2001)) * 0.05
    values = np.column_stack([driver[1:], driver[:-1]]) + rng.normal(0, 0.01, size=(2000, 2))  # the second follows the first
    detector, alone = Autoregression(lags=2), Autoregression(lags=2, across=False)
    broken = values.copy()
    broken[1500, 1] = values[1499, 1]  # within range, and no step at all
    broken[1500, 1] += 0.15
    scores = [d.score(fitted(d, values), Matrix.of(broken)) for d in (detector, alone)]
    ranks = [int((s >= s[1500]).sum()) for s in scores]
    assert ranks[0] <= 2 < ranks[1]


def test_the_weights_are_hardly_bent_by_anomalies_among_the_training_rows() -> None:
    values = wave(noise=0.02)
    spoiled = values.copy()
    spoiled[::50] += np.random.default_rng(3).normal(0, 8, size=30)
    clean, bent = (fitted(Autoregression(lags=4, season=48), v) for v in (values, spoiled))
    scores = Autoregression(lags=4, season=48).score(bent, Matrix.of(values))
    usual = Autoregression(lags=4, season=48).score(clean, Matrix.of(values))
    assert np.median(scores) < 4 * np.median(usual)


def test_own_scores_leave_each_row_out_of_its_regression() -> None:
    values = wave(200)
    detector = Autoregression(lags=8, ridge=0.0, season=100)  # 100 is no season, and enters as told
    state = fitted(detector, values)
    own, seen = detector.own_scores(state, Matrix.of(values)), detector.score(state, Matrix.of(values))
    assert (own >= seen).all()
    assert own[101:].mean() > 1.05 * seen[101:].mean()


@pytest.mark.parametrize(
    "detector", [SeasonalResidual(season=48), SpectralResidual(), Autoregression(lags=40)], ids=lambda d: d.name
)
def test_a_series_too_short_is_refused_by_name(detector) -> None:
    with pytest.raises(TooFewRowsError, match=detector.name):
        fitted(detector, wave(45))


@pytest.mark.parametrize("detector", [SeasonalResidual(season=25), SpectralResidual(window=32), Autoregression(lags=8)])
def test_an_entity_of_one_row_is_scored_and_raises_no_alarm(detector) -> None:
    values = wave(200)
    state = fitted(detector, values)
    two = Matrix(np.concatenate([values, [50.0]])[:, None].astype(np.float32), Matrix.of(values).features, np.array([0, 200]))
    assert detector.score(state, two)[-1] == 0
    assert np.isfinite(detector.fit(two, np.random.default_rng(0))["usual" if "usual" in state else "scale"]).all()
