"""What the sequence detectors promise beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import ParameterError, ParameterTypeError, TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect._series import period, usual_window
from standout.detect.left_profile import LeftProfile
from standout.detect.matrix_profile import MatrixProfile
from standout.detect.nearest_windows import NearestWindows
from standout.detect.window_average import WindowAverage


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
