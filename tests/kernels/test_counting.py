from __future__ import annotations

import math

import numpy as np
import slow_counting
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.counting import count_below, furthest, moments, runs

AWKWARD = st.lists(
    st.one_of(st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 1e140, -1e140]), st.floats(-1e6, 1e6)), max_size=40
)
COARSE = st.lists(st.sampled_from([0.0, 1.0, 2.0, math.nan, math.inf]), max_size=60)


compiles = settings(deadline=None)  # the first call compiles


@compiles
@given(AWKWARD)
def test_moments_are_those_of_the_slow_way(values: list[float]) -> None:
    missing, infinite, *ends, mean, squares, rising = moments(np.array(values, dtype=np.float64))
    *slow, slow_mean, slow_squares, slow_rising = slow_counting.moments(values)
    reach = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    assert [missing, infinite, *ends, rising] == [*slow, slow_rising]
    assert math.isclose(mean, slow_mean, rel_tol=1e-9, abs_tol=1e-12 * reach + 1e-300)
    assert math.isclose(squares, slow_squares, rel_tol=1e-9, abs_tol=1e-12 * reach**2 + 1e-300)


def test_the_mean_of_numbers_whose_sum_is_beyond_a_float_is_right() -> None:
    *_, mean, squares, _ = moments(np.array([1.7e308, 1.7e308, 1.4e308]))
    assert math.isclose(mean, 1.6e308)
    assert math.isinf(squares)


@compiles
@given(AWKWARD, st.sampled_from([1.0, -1.0]), st.integers(0, 40))
def test_the_furthest_values_and_their_rows_are_those_of_a_sort_for_any_cut(values: list[float], sign: float, cut: int) -> None:
    kept, rows = np.full(3, -np.inf), np.full(3, -1, dtype=np.int64)
    array = np.array(values, dtype=np.float64)
    furthest(array[:cut], 0, sign, kept, rows)
    furthest(array[cut:], min(cut, len(array)), sign, kept, rows)
    found = [(sign * v, r) for v, r in zip(kept.tolist(), rows.tolist(), strict=True) if r >= 0]
    assert found == slow_counting.furthest(values, sign, 3)


@compiles
@given(st.lists(COARSE, min_size=1, max_size=3), st.integers(0, 60))
def test_runs_of_interleaved_owners_are_those_of_each_alone_for_any_cut(series: list[list[float]], cut: int) -> None:
    rows = [(i, o, v) for o, values in enumerate(series) for i, v in enumerate(values)]
    rows.sort()
    owners, values = np.array([r[1] for r in rows], dtype=np.int64), np.array([r[2] for r in rows], dtype=np.float64)
    last, what, counts = np.full(3, np.nan), np.full(3, np.nan), np.zeros((7, 3), dtype=np.int64)
    runs(values[:cut], owners[:cut], 0, last, what, counts)
    runs(values[cut:], owners[cut:], min(cut, len(values)), last, what, counts)
    for owner, own in enumerate(series):
        found = slow_counting.ended_and_open_runs(own)
        length, begin, longest, where, second, changes, seen = counts[:, owner].tolist()
        assert seen == sum(n for _, n, _ in found)
        assert changes == max(0, len(found) - 1)
        if not found:
            continue
        *ended, (first, under_way, value) = found
        row_of = [i for i, o in enumerate(owners) if o == owner]
        assert (length, begin, last[owner]) == (under_way, row_of[first], value)
        lengths = sorted((n for _, n, _ in ended), reverse=True)
        assert [longest, second] == [*lengths, 0, 0][:2]
        if ended:
            best = max(ended, key=lambda run: run[1])
            assert (where, what[owner]) == (row_of[best[0]], best[2])


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40), st.lists(st.floats(-5, 5), max_size=20))
def test_how_many_lie_below_is_what_numpy_says(held: list[float], asked: list[float]) -> None:
    ordered, values = np.sort(np.array(held).round()), np.array(asked).round()
    assert np.array_equal(count_below(ordered, values), np.searchsorted(ordered, values, side="left"))
