"""What the sequence detectors promise beyond the contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from oracles.slow_series import slow_nearest_trailing
from standout.core.errors import ParameterError, ParameterTypeError, TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect._series import period, usual_window
from standout.detect._stretches import _some_rows
from standout.detect.left_profile import LeftProfile
from standout.detect.matrix_profile import MatrixProfile
from standout.detect.nearest_windows import NearestWindows
from standout.detect.trailing_profile import TrailingProfile
from standout.detect.window_average import WindowAverage
from standout.kernels.trailing import nearest_trailing


def wave(n=800, every=40, noise=0.05, seed=0):
    return np.sin(np.arange(n) * 2 * np.pi / every) + np.random.default_rng(seed).normal(0, noise, n)


def seeded():
    return np.random.default_rng(0)


def test_the_period_is_found_and_a_window_holds_two() -> None:
    assert period(Matrix.of(wave(every=40))) == 40
    assert usual_window(Matrix.of(wave(every=40))) == 80
    assert usual_window(Matrix.of(wave(every=10))) == 64
    assert period(Matrix.of(np.ones(800))) == 64
    assert usual_window(Matrix.of(wave(100))) == 25


def test_noise_has_no_period() -> None:
    rng = np.random.default_rng(0)
    assert [period(Matrix.of(rng.normal(size=1500))) for _ in range(20)] == [64] * 20


def test_windows_that_come_new_are_as_far_out_as_the_own_scores_of_training_windows_say() -> None:
    """Components bend to the windows they were learned from: these lay farther out than any that came new, and nothing was raised."""
    over = []
    for seed in range(4):
        noise = np.random.default_rng(seed).normal(size=(2500, 2))
        train, fresh, detector = Matrix.of(noise[:1500]), Matrix.of(noise[1500:]), NearestWindows(window=16)
        state = detector.fit(train, seeded())
        own = np.sort(detector.own_scores(state, train)[15:])
        over.append(np.mean(detector.score(state, fresh)[15:] > own[int(0.9 * len(own))]))
    assert 0.05 < np.mean(over) < 0.2


def test_stretches_left_out_change_levels_and_no_order() -> None:
    series, detector = Matrix.of(wave(1500)), NearestWindows(window=50)
    state = detector.fit(series, seeded())
    ranked = detector._scores(state, series, apart=50)
    own = detector.own_scores(state, series)
    assert (np.argsort(own[49:], kind="stable") == np.argsort(ranked[49:], kind="stable")).all()
    assert (own[:49] == 0).all()
    assert not np.allclose(own, ranked)


def test_of_several_runs_no_stretch_left_out_mends_two_ends() -> None:
    rows = np.arange(200.0)
    series = replace(Matrix.of(rows), starts=np.array([0, 90]))
    part = _some_rows(series, [(0, 40), (80, 200)])
    assert [(run.start, run.stop) for run in part.runs] == [(0, 40), (40, 50), (50, 160)]
    assert part.values[40:51].ravel().tolist() == [*range(80, 91)]


def test_a_constant_channel_does_not_hide_the_period_of_another() -> None:
    assert period(Matrix.of(np.column_stack([np.ones(800), wave(every=40)]))) == 40


@pytest.mark.parametrize("detector", [MatrixProfile(), WindowAverage()])
def test_an_odd_beat_in_the_file_itself_is_found_in_its_place(detector) -> None:
    values = wave()
    values[400:420] = values[400:420][::-1] * 0.2
    series = Matrix.of(values)
    own = detector.own_scores(detector.fit(series, seeded()), series)
    assert 390 <= int(np.argmax(own)) <= 430


def test_a_change_of_level_counts_only_when_windows_keep_their_mean() -> None:
    values = wave(1200)
    values[500:800] += 5
    series = Matrix.of(values)

    def inside(centred):
        detector = MatrixProfile(window=40, centred=centred)
        own = detector.own_scores(detector.fit(Matrix.of(wave(1200, seed=1)), seeded()), series)
        return own[600:700].mean() / np.median(own)

    assert inside(False) > 5 > 2 > inside(True)


def test_a_long_series_keeps_blocks_and_still_finds_what_is_odd() -> None:
    values = wave(6000)
    values[3000:3020] = 0
    series = Matrix.of(values)
    detector = MatrixProfile(most=1500)
    state = detector.fit(series, seeded())
    assert len(state["series"]) <= 1500
    assert 2980 <= int(np.argmax(detector.own_scores(state, series))) <= 3040


@pytest.mark.parametrize(
    "detector", [MatrixProfile(window=50), NearestWindows(window=50), WindowAverage({"part": "nearest-windows", "window": 50})]
)
def test_a_series_no_longer_than_a_window_is_refused_by_name(detector) -> None:
    with pytest.raises(TooFewRowsError, match=detector.name):
        detector.fit(Matrix.of(wave(50)), seeded())


def test_each_window_of_a_training_series_is_judged_by_others_even_in_a_short_one() -> None:
    series = Matrix.of(np.random.default_rng(0).normal(size=60))
    detector = MatrixProfile(window=40)
    assert (detector.own_scores(detector.fit(series, seeded()), series) > 0).all()


def test_the_average_takes_only_members_that_look_back() -> None:
    with pytest.raises(ParameterError, match="looks back"):
        WindowAverage("isolation-forest")
    with pytest.raises(ParameterError, match="looks back"):
        WindowAverage("matrix-profile")
    with pytest.raises(ParameterTypeError):
        WindowAverage(7)


def test_the_left_profile_tells_something_new_once() -> None:
    values = wave(1500)
    values[900:910] += 3
    values[1300:1310] += 3
    series = Matrix.of(values)
    scores = LeftProfile().score(LeftProfile().fit(series, seeded()), series)
    assert 900 <= int(np.argmax(scores)) < 910
    assert scores[900:910].max() > scores[1300:1310].max()


def test_a_training_row_scored_again_does_not_find_itself() -> None:
    values = wave(900)
    values[600:606] = 0.5
    series = Matrix.of(values)
    detector = TrailingProfile()
    state = detector.fit(series, seeded())
    assert np.array_equal(detector.score(state, series), detector.own_scores(state, series))
    part = detector.score(state, series.take(np.arange(300, 700)))
    window = int(state["window"][0])
    assert np.array_equal(part[window - 1 :], detector.own_scores(state, series)[300 + window - 1 : 700])


def test_a_constant_that_stood_before_is_nothing_new() -> None:
    values = wave(900, noise=0.2)
    values[200:400] = values[200]
    state = TrailingProfile(window=32).fit(Matrix.of(values), seeded())
    flat = Matrix.of(np.full(100, values[200]))
    assert TrailingProfile(window=32).score(state, flat)[31:].max() == 0


def test_the_trailing_profile_tells_an_odd_stretch_as_it_begins_and_not_long_after_it_ends() -> None:
    values = wave(1500)
    values[900:912] = values[900:912][::-1] * 0.2
    series = Matrix.of(values)
    own = TrailingProfile().own_scores(TrailingProfile().fit(series, seeded()), series)
    assert 900 <= int(np.argmax(own)) <= 914
    assert own[900:914].max() > 5 * np.median(own)
    assert own[980:1000].mean() < own[900:914].max() / 3


@pytest.mark.parametrize("spans", [(16, 4, 1), (5, 5, 1), (7,)])
@pytest.mark.parametrize(("place", "apart"), [(0, 0), (0, 9), (13, 6)])
def test_nearest_trailing_windows_are_those_of_the_definition(spans, place: int, apart: int) -> None:
    line = np.random.default_rng(0).integers(-9, 9, size=(90, 2)).astype(float)
    values, references = line, line[place : place + 60] if apart else line[::-1][:60]
    weights = np.arange(1.0, len(spans) + 1)
    squares, first, last = nearest_trailing(values, references, np.array(spans), weights, place, apart)
    slow, ends = slow_nearest_trailing(values, references, spans, weights, place, apart)
    np.testing.assert_allclose(squares, slow)
    for i, at in enumerate(ends):
        assert (first[i], last[i]) == ((min(at), max(at)) if at else (-1, -1))
