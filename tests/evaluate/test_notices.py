"""Data that stopped and a model left behind are told with the rank of an alert."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.table import Column
from standout.evaluate.drift import score_drift
from standout.evaluate.notices import FEWEST, REGULAR, TIMES, WEEK, stale, stopped

START = np.datetime64("2026-01-01", "us")


def at(seconds):
    return START + (np.asarray(seconds, dtype=np.float64) * 1e6).astype("timedelta64[us]")


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(1, 30) | st.integers(1, 400), max_size=80), st.sampled_from([60, 7_200]))
def test_the_whole_is_told_where_a_gap_is_longer_than_twice_any_before_once_that_is_known(gaps, unit):
    expected, seen = [], []
    for i, gap in enumerate(gaps):
        known = len(seen) >= FEWEST and (np.std(seen) < REGULAR * np.mean(seen) * (1 - 1e-9) or sum(seen) * unit >= WEEK)
        if known and max(seen) > 0 and gap > TIMES * max(seen):
            expected.append(i)
        else:
            seen.append(gap)
    times = at(np.cumsum([0, *gaps]) * unit)  # no two rows of one moment here
    assert [n.since for n in stopped(times)] == [times[i] for i in expected]


def test_the_first_night_of_a_shop_is_no_outage_and_a_lost_day_after_a_week_is():
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.integers(0, 14 * 86_400, size=3_000))
    seconds = seconds[(seconds % 86_400 > 8 * 3_600) & ((seconds < 9 * 86_400) | (seconds > 11 * 86_400))]
    assert [str(n.since)[:10] for n in stopped(at(seconds))] == ["2026-01-09"]


def test_order_and_missing_times_do_not_matter():
    times = at(np.r_[np.arange(50) * 60, 50 * 60 + 7_200 + np.arange(5) * 60])
    shuffled = np.random.default_rng(0).permutation(np.r_[times, np.array(["NaT"], "datetime64[us]")])
    assert stopped(shuffled) == stopped(times)
    assert len(stopped(times)) == 1


def test_a_silence_at_the_end_is_told_where_it_is_said_when_the_rows_were_asked_for():
    times = at(np.arange(50) * 60)
    assert stopped(times) == ()
    (notice,) = stopped(times, until=times[-1] + np.timedelta64(3_600_000_000, "us"))
    assert "had not come back" in notice.finding.message
    assert notice.finding.level == "problem"
    assert stopped(times, until=times[0]) == ()


def test_one_entity_that_fell_silent_is_named_and_not_one_that_sends_as_it_likes():
    rng = np.random.default_rng(0)
    steady, dead = np.arange(200) * 60.0, np.r_[np.arange(60), np.arange(160, 200)] * 60.0
    moody = np.cumsum(rng.pareto(1.0, size=150) * 30)
    seconds = np.r_[steady, dead, moody[moody < 12_000]]
    names = ["steady"] * 200 + ["dead"] * 100 + ["moody"] * int((moody < 12_000).sum())
    notices = stopped(at(seconds), Column.coded(names))
    assert [(n.kind, n.entity) for n in notices] == [("stopped-data", "dead")]
    assert "Data of dead stopped at 2026-01-01T00:59 for 101 minutes" in notices[0].finding.message


def test_entities_that_fell_silent_with_all_others_are_not_told_one_by_one():
    seconds = np.r_[np.arange(100) * 60.0, 20_000 + np.arange(50) * 60.0]
    times, names = np.tile(at(seconds), 2), ["a"] * 150 + ["b"] * 150
    assert [n.entity for n in stopped(times, Column.coded(names))] == [None]


def test_no_rows_and_few_rows_tell_nothing():
    assert stopped(np.empty(0, "datetime64[us]")) == ()
    assert stopped(at([0, 1, 900])) == ()


def test_a_model_that_the_world_left_behind_is_told_and_one_that_fits_is_not():
    rng = np.random.default_rng(0)
    null = np.sort(rng.normal(size=2_000))

    def of(scores):
        p = (1 + len(null) - np.searchsorted(null, scores)) / (1 + len(null))
        return score_drift(scores, p, null, len(null), np.random.default_rng(0))

    assert stale(of(rng.normal(size=3_000))) == ()
    (notice,) = stale(of(rng.normal(1.0, 1.0, size=3_000)), START, "row 3")
    assert (notice.kind, notice.finding.code, notice.since) == ("stale-model", "null-too-many", START)
    assert notice.as_dict()["finding"]["level"] == "problem"
