"""Rolling deviations and surprises against the same thing computed afresh at every step."""

from __future__ import annotations

import numpy as np
import pytest

from standout.kernels.rolling import BELIEF, TAIL, USUAL_INDEX, deviations, nearest_before, surprises


@pytest.mark.parametrize("memory", [10, 37, 500])
def test_deviations_are_those_of_the_rows_before(rng, memory) -> None:
    values = np.round(rng.normal(size=120), 1)
    found = deviations(values, memory, 5, 0.05)
    for t in range(120):
        past = np.sort(values[max(0, t - memory) : t])
        if len(past) < 5:
            assert found[t] == 0
            continue
        spread = max(past[int(0.9 * len(past))] - past[int(0.1 * len(past))], 0.02 * (past[-1] - past[0]), 0.05)
        assert found[t] == pytest.approx(abs(values[t] - past[len(past) // 2]) / spread)


@pytest.mark.parametrize("memory", [25, 500])
def test_surprises_are_those_of_the_rows_before(rng, memory) -> None:
    values = np.round(np.abs(rng.standard_t(2, size=150)), 1)
    found = surprises(values, memory, 5)
    for t in range(150):
        past = np.sort(values[max(0, t - memory) : t])
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


@pytest.mark.parametrize(("window", "memory"), [(1, 100), (4, 100), (4, 6), (30, 100), (50, 100)])
def test_the_nearest_window_before_is_that_of_all_before(rng, window, memory) -> None:
    values = rng.normal(size=(70, 2))
    values[20] = 1e9
    found = nearest_before(values, window, memory)
    for t in range(70):
        ends = [e for e in range(window - 1, t - window + 1) if t - e <= memory]
        far = [np.linalg.norm(values[t - window + 1 : t + 1] - values[e - window + 1 : e + 1]) for e in ends]
        assert found[t] == pytest.approx(min(far) if far and t >= window - 1 else 0.0, rel=1e-6, abs=1e-9)
