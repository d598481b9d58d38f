"""Events that are expected, such as a backup each night: when they are under way, by the clock on the wall.

An event that repeats begins at the same local time through daylight saving. A local time that a spring night leaves out begins an
hour later; one that an autumn night has twice begins the first time. A monthly event of a day that a month lacks is on its last.

>>> from datetime import UTC, datetime
>>> backup = Calendar("backup", "ops", {}, datetime(2026, 1, 1, 1, 0, tzinfo=UTC), 3600.0, "daily", "Europe/Berlin")
>>> under_way(backup, datetime(2026, 1, 20, 1, 30, tzinfo=UTC)), under_way(backup, datetime(2026, 7, 20, 1, 30, tzinfo=UTC))
(True, False)
"""

from __future__ import annotations

import calendar as months
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from standout.core.errors import ParameterError
from standout.deploy.live.matching import checked_match
from standout.deploy.store.records import Calendar

REPEATS = ("once", "daily", "weekly", "monthly")
LONGEST = {"once": 366.0, "daily": 1.0, "weekly": 7.0, "monthly": 28.0}
"""How many days an event may last, so that one ends before the next begins."""


def under_way(event: Calendar, at: datetime) -> bool:
    """Whether the event is under way at a moment."""
    return began(event, at) is not None


def began(event: Calendar, at: datetime) -> datetime | None:
    """When the occurrence that is under way at a moment began, in UTC; None where none is."""
    if at < event.starts or (event.until is not None and at >= event.until):
        return None
    lasts = timedelta(seconds=event.lasts)
    if event.repeats == "once":
        return event.starts if at < event.starts + lasts else None
    zone = _zone(event.zone)
    first = event.starts.astimezone(zone)
    day = at.astimezone(zone).date()
    # by its local date an occurrence under way began at most `lasts` and a change of clocks ago
    for back in range(int(event.lasts // 86_400) + 3):
        on = day - timedelta(days=back)
        if on < first.date() or not _falls_on(event.repeats, first.date(), on):
            continue
        start = datetime.combine(on, first.time(), zone).astimezone(UTC)
        if start <= at < start + lasts:
            return start
    return None


def _falls_on(repeats: str, first: date, day: date) -> bool:
    if repeats == "weekly":
        return first.weekday() == day.weekday()
    if repeats == "monthly":
        return day.day == min(first.day, months.monthrange(day.year, day.month)[1])
    return True


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ParameterError(f"There is no time zone {name[:80]!r}.", "Write it as Europe/Berlin or UTC.") from None


def checked_event(event: Calendar) -> Calendar:
    """The event; ParameterError where it cannot be understood."""
    checked_match(event.match)
    _zone(event.zone)
    if event.repeats not in REPEATS:
        raise ParameterError(f"An event repeats {event.repeats!r}.", f"Say one of {', '.join(REPEATS)}.")
    if not 0 < event.lasts <= LONGEST[event.repeats] * 86_400:
        raise ParameterError(
            f"A {event.repeats} event lasts {event.lasts:g} s.", f"Say above 0 and at most {LONGEST[event.repeats]:g} days."
        )
    if event.starts.tzinfo is None:
        raise ParameterError("The start of the event has no time zone.", "Give a time with its offset, such as 02:00+01:00.")
    return event
