"""Events of a series: rows that belong together raise one alert, within one budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.events import Line, decide, peaks
from standout.core.registry import find
from standout.core.scores import Scores


def scored(raw) -> Scores:
    raw = np.asarray(raw, dtype=float)
    return Scores(raw, 1 / (1 + raw) ** 4)


def line(n: int, reach: int, starts=(0,), order=None) -> Line:
    return Line(np.arange(n) if order is None else np.asarray(order), np.asarray(starts, dtype=np.int64), reach)


def strongest(alerts: int):
    return find("policy", "strongest")(alerts=alerts)


def slow_peaks(raw, line):
    """Each row against every other one within reach."""
    found = np.zeros(len(raw), dtype=bool)
    for run in np.split(line.order, line.starts[1:]):
        for a, i in enumerate(run):
            near = [(raw[j], -b) for b, j in enumerate(run) if abs(a - b) <= line.reach]
            found[i] = (raw[i], -a) == max(near)
    return found


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 40))
def test_a_peak_is_the_strangest_row_within_reach(raw: list[int], reach: int, cut: int) -> None:
    values = np.array(raw, dtype=float)
    starts = (0, cut) if 0 < cut < len(raw) else (0,)
    order = np.random.default_rng(reach).permutation(len(raw))
    along = line(len(raw), reach, starts, order)
    assert np.array_equal(peaks(values, along), slow_peaks(values, along))


def test_one_long_event_does_not_use_up_the_budget() -> None:
    raw = np.zeros(100)
    raw[10:30] = 50 + np.arange(20)
    raw[60], raw[80] = 40, 30
    without, found = decide(strongest(3), scored(raw), None), decide(strongest(3), scored(raw), None, line(100, 5))
    assert np.flatnonzero(without.alarms).tolist() == [27, 28, 29]
    assert np.flatnonzero(found.alarms).tolist() == [29, 60, 80]
    assert found.spans[29].rows == 20
    assert (found.spans[29].first, found.spans[29].last) == (10, 29)  # all of them more than half as strange
    assert int(found.inside.sum()) == 22


def test_rows_further_apart_than_the_reach_are_two_events() -> None:
    raw = np.zeros(40)
    raw[[5, 9, 20]] = 9, 8, 7
    found = decide(strongest(5), scored(raw), None, line(40, 4))
    assert {i: s.rows for i, s in found.spans.items() if raw[i]} == {5: 2, 20: 1}


def test_two_peaks_over_a_ridge_are_one_event() -> None:
    raw = np.zeros(60)
    raw[10:40] = 6
    raw[[12, 35]] = 9, 8
    found = decide(strongest(5), scored(raw), None, line(60, 4))
    assert np.flatnonzero(found.alarms).tolist() == [12]
    assert found.spans[12].rows == 30


def test_entities_have_events_of_their_own() -> None:
    raw = np.zeros(20)
    raw[[9, 10]] = 7, 9  # the last row of one entity, and the first of the next
    found = decide(strongest(2), scored(raw), None, line(20, 5, starts=(0, 10)))
    assert np.flatnonzero(found.alarms).tolist() == [9, 10]


def test_an_event_says_when_it_began_and_ended_whatever_the_order_of_the_file() -> None:
    times = np.datetime64("2026-01-01", "us") + np.arange(10) * np.timedelta64(60_000_000, "us")
    raw = np.array([0.0, 0, 5, 6, 5, 0, 0, 0, 0, 0])
    backwards = np.arange(10)[::-1]
    found = decide(strongest(1), scored(raw[backwards]), times[backwards], line(10, 2, order=backwards))
    span = found.spans[int(np.flatnonzero(found.alarms)[0])]
    assert (span.began, span.ended) == (times[2], times[4])


def test_rows_judged_alone_are_raised_as_the_policy_says() -> None:
    raw = np.array([0.0, 5, 6, 5])
    found = decide(strongest(2), scored(raw), None)
    assert np.array_equal(found.alarms, strongest(2).alarms(scored(raw).p_value, raw, None))
    assert np.array_equal(found.inside, found.alarms)
    assert not found.spans
    assert found.told(np.array([1])) == ()


@pytest.mark.parametrize("n", [0, 1])
def test_of_no_row_and_of_one_row_nothing_goes_wrong(n: int) -> None:
    found = decide(strongest(2), scored(np.full(n, 9.0)), None, line(n, 3))
    assert found.alarms.sum() == n


def test_where_most_rows_are_strange_an_alert_below_the_middle_is_an_event_of_its_own() -> None:
    raw = [9.0] * 30 + [1.0, 5.0, 1.0] + [9.0] * 30
    found = decide(strongest(3), scored(raw), None, line(63, 2, starts=(0, 30, 33)))
    assert np.flatnonzero(found.alarms).tolist() == [0, 31, 33]
    assert found.spans[31].rows == 1
