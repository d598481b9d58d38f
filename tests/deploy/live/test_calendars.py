"""Expected events go by the clock on the wall, through daylight saving and short months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import ParameterError
from standout.deploy.live.calendars import began, checked_event, under_way
from standout.deploy.store.records import Calendar

BERLIN = ZoneInfo("Europe/Berlin")


def event(starts, lasts=3_600.0, repeats="daily", zone="Europe/Berlin", until=None):
    return Calendar("backup", "ops", {"stream": "pumps"}, starts, lasts, repeats, zone, until)


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_nightly_event_keeps_its_local_time_through_both_changes_of_clock():
    nightly = event(at("2026-01-10T01:00"))
    for day in ("2026-01-11", "2026-03-28", "2026-03-30", "2026-07-01", "2026-10-24", "2026-10-26"):
        assert under_way(nightly, at(f"{day}T01:00"))
        assert under_way(nightly, at(f"{day}T01:59:59"))
        assert not under_way(nightly, at(f"{day}T02:00:30"))
        assert not under_way(nightly, at(f"{day}T00:59:59"))


def test_a_local_time_that_a_spring_night_leaves_out_begins_an_hour_later():
    nightly = event(at("2026-01-10T02:30"))
    assert began(nightly, at("2026-03-29T03:45")) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert not under_way(nightly, datetime(2026, 3, 29, 0, 45, tzinfo=UTC))


def test_a_local_time_that_an_autumn_night_has_twice_begins_the_first_time_and_lasts_as_long_as_ever():
    nightly = event(at("2026-01-10T02:30"))
    assert began(nightly, datetime(2026, 10, 25, 0, 45, tzinfo=UTC)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert not under_way(nightly, datetime(2026, 10, 25, 1, 45, tzinfo=UTC))


def test_an_event_over_midnight_belongs_to_the_day_on_which_it_began():
    weekly = event(at("2026-01-09T23:00"), 7_200.0, "weekly")  # a Friday
    assert under_way(weekly, at("2026-06-13T00:30"))
    assert not under_way(weekly, at("2026-06-12T00:30"))
    assert not under_way(weekly, at("2026-06-14T00:30"))


def test_a_monthly_event_of_the_31st_is_on_the_last_day_of_shorter_months():
    monthly = event(at("2026-01-31T08:00"), 600.0, "monthly")
    for day in ("2026-02-28", "2026-04-30", "2026-05-31", "2028-02-29"):
        assert under_way(monthly, at(f"{day}T08:05"))
    assert not under_way(monthly, at("2026-05-30T08:05"))


def test_nothing_is_expected_before_the_first_time_nor_after_the_end():
    once = event(at("2026-01-10T01:00"), repeats="once")
    assert [under_way(once, at(f"2026-01-{d:02}T01:30")) for d in (9, 10, 11)] == [False, True, False]
    ended = event(at("2026-01-10T01:00"), until=at("2026-01-12T01:30"))
    assert under_way(ended, at("2026-01-12T01:29"))
    assert not under_way(ended, at("2026-01-12T01:30"))
    assert not under_way(ended, at("2026-01-13T01:10"))
    assert not under_way(event(at("2026-01-10T01:00")), at("2026-01-09T01:10"))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["daily", "weekly", "monthly"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.integers(1, 400),
    st.floats(60, 86_000),
)
def test_what_is_under_way_began_at_the_local_time_told(repeats, zone, first, days, lasts):
    local = ZoneInfo(zone)
    told = event(first.replace(tzinfo=local), lasts, repeats, zone)
    moment = told.starts + timedelta(days=days, seconds=lasts / 2)
    start = began(told, moment)
    if start is None:
        assert repeats != "daily" or moment - told.starts < timedelta(days=2) or _changes_near(moment, local)
        return
    assert timedelta(0) <= moment - start < timedelta(seconds=lasts)
    there, wanted = start.astimezone(local), told.starts.astimezone(local)
    assert there.time() == wanted.time() or _changes_near(start, local)


def _changes_near(moment, zone):
    offsets = {(moment + timedelta(hours=h)).astimezone(zone).utcoffset() for h in range(-49, 50, 3)}
    return len(offsets) > 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"repeats": "hourly"}, "hourly"), ({"zone": "Mars/Base"}, "Mars"), ({"zone": "../etc/passwd"}, "zone"),
        ({"lasts": 0.0}, "lasts"), ({"lasts": 90_000.0}, "lasts"), ({"starts": datetime(2026, 1, 1)}, "zone"),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_understood_is_refused(changed, said):
    with pytest.raises(ParameterError, match=said):
        checked_event(event(**{"starts": at("2026-01-10T01:00"), **changed}))
