"""Rolling surprises, steps and nearest windows against the same thing computed afresh at every step."""

from __future__ import annotations

import numpy as np
import pytest

from standout.kernels.rolling import BELIEF, TAIL, USUAL_INDEX, nearest_before, steps, surprises


@pytest.mark.parametrize(("memory", "event"), [(25, 1), (500, 1), (60, 7), (500, 20)])
def test_surprises_are_those_of_the_rows_before(rng, memory, event) -> None:
    values = np.round(np.abs(rng.standard_t(2, size=150)), 1)
    found = surprises(values, memory, 5, event)
    highest = np.array([values[max(0, t - event + 1) : t + 1].max() for t in range(150)])
    for t in range(150):
        past = np.sort(highest[max(0, t - memory) : t])
        n = len(past)
        if n < 5:
            assert found[t] == 0
            continue
        limit = past[int(TAIL * n)]
        if values[t] <= limit:
            assert found[t] == pytest.approx(-np.log10((1 + (past >= values[t]).sum()) / (1 + n)))
            continue
        tail = past[int(TAIL * n) :]
        index = (np.log(tail / limit).sum() + BELIEF * USUAL_INDEX) / (len(tail) + BELIEF)
        assert found[t] == pytest.approx(np.log10(n / len(tail)) + np.log10(values[t] / limit) / index)


def test_a_greater_record_is_a_greater_surprise(rng) -> None:
    past = np.abs(rng.normal(size=300))
    told = [surprises(np.append(past, past.max() * times), 1000, 20)[-1] for times in (1.1, 2.0, 10.0)]
    assert told[0] < told[1] < told[2]


@pytest.mark.parametrize(("windows", "memory"), [([1], 100), ([4], 100), ([4, 8], 6), ([2, 4, 30], 100), ([25, 50], 100)])
def test_the_nearest_window_before_is_that_of_all_before(rng, windows, memory) -> None:
    values = np.rint(rng.normal(0, 1000, size=(70, 2)))
    values[20] = 1e6
    found = nearest_before(values, windows, memory)
    for k, window in enumerate(windows):
        for t in range(70):
            ends = [e for e in range(window - 1, t - window + 1) if t - e <= memory]
            far = [((values[t - window + 1 : t + 1] - values[e - window + 1 : e + 1]) ** 2).sum() for e in ends]
            assert found[t, k] == min(far, default=np.inf)


@pytest.mark.parametrize("first", [1, 33, 70, 99])
def test_what_is_told_does_not_depend_on_where_telling_begins(rng, first) -> None:
    values = np.rint(rng.normal(0, 1000, size=(100, 2)))
    assert np.array_equal(nearest_before(values, [2, 8], 60, first), nearest_before(values, [2, 8], 60)[first:])
    heights = np.abs(values[:, 0])
    assert np.array_equal(surprises(heights, 40, 5, 6, first), surprises(heights, 40, 5, 6)[first:])


@pytest.mark.parametrize(("recent", "before"), [(1, 2), (5, 20), (30, 80)])
def test_a_step_is_that_of_the_means_on_both_sides(rng, recent, before) -> None:
    values = rng.normal(size=100)
    found = steps(values, recent, before, 0.1)
    assert np.array_equal(steps(values[7:], recent, before, 0.1)[recent + before :], found[7 + recent + before :])
    for t in range(100):
        if t < recent + before - 1:
            assert found[t] == 0
            continue
        early, late = values[t - recent - before + 1 : t - recent + 1], values[t - recent + 1 : t + 1]
        within = np.sqrt((((late - late.mean()) ** 2).sum() + ((early - early.mean()) ** 2).sum()) / (recent + before))
        assert found[t] == pytest.approx(abs(late.mean() - early.mean()) / (within + 0.1))
