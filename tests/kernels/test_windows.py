"""Windows compared: every loop against all pairs, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_series import slow_nearest_window

from standout.kernels import windows as module
from standout.kernels.windows import nearest_in_draws_apart, nearest_window, over_points


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize(("window", "place", "apart"), [(1, 0, 0), (5, 0, 0), (5, 0, 5), (7, 20, 4), (40, 0, 1)])
def test_the_nearest_window_is_that_of_all_pairs(rng, channels, centred, window, place, apart) -> None:
    values = rng.normal(size=(60, channels))
    references = values[place : place + 40]
    slow = slow_nearest_window(values, references, window, place, apart, centred)
    np.testing.assert_allclose(nearest_window(values, references, window, place, apart, centred), slow, atol=1e-9)


@pytest.mark.parametrize("spike", [1e6, 1e12, 9e14])
def test_a_huge_value_leaves_no_trace_in_windows_that_do_not_hold_it(rng, spike) -> None:
    values = rng.normal(size=(80, 2))
    values[30] = spike
    slow = slow_nearest_window(values, values, 6, 0, 6, False)
    np.testing.assert_allclose(nearest_window(values, values, 6, 0, 6), slow, rtol=1e-6)


def test_the_number_of_threads_changes_no_bit(rng, monkeypatch) -> None:
    values = rng.normal(size=(1200, 2))
    monkeypatch.setattr(module, "CORES", 1)
    one = nearest_window(values, values, 10, 0, 10)
    monkeypatch.setattr(module, "CORES", 3)
    assert np.array_equal(nearest_window(values, values, 10, 0, 10), one)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_a_row_gets_the_mean_of_the_windows_that_hold_it(count, window, seed) -> None:
    scores = np.random.default_rng(seed).normal(size=count)
    means = [np.mean([scores[i] for i in range(count) if i <= t < i + window]) for t in range(count + window - 1)]
    np.testing.assert_allclose(over_points(scores, window), means, atol=1e-12)


def test_draws_leave_out_what_stands_too_near(rng) -> None:
    values, references = rng.normal(size=(9, 3)), rng.normal(size=(4, 5, 3))
    places = rng.integers(0, 30, size=(4, 5))
    for apart in (0, 3, 12):
        slow = []
        for i, row in enumerate(values):
            nearest = [
                [np.linalg.norm(row - r) for r, p in zip(draw, at, strict=True) if not apart or abs(p - 10 - i) >= apart]
                for draw, at in zip(references, places, strict=True)
            ]
            left = [min(near) for near in nearest if near]
            slow.append(np.mean(left) if left else 0.0)
        np.testing.assert_allclose(nearest_in_draws_apart(values, references, places, 10, apart), slow)
