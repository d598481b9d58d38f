"""Hours of duty: when a channel may be told at once, and until when a message waits otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from standout.core.errors import ParameterError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORM = re.compile(r"\s*(\w{3})(?:-(\w{3}))?\s+(\d\d):(\d\d)-(\d\d):(\d\d)(?:\s+(\S+))?\s*")


@dataclass(frozen=True, slots=True)
class Duty:
    """Some days of the week from `starts` to before `ends`, as the clock of `zone` shows them; over midnight where ends is earlier.

    >>> duty = Duty.parsed("mon-fri 08:00-18:00 Europe/Berlin")
    >>> duty.next(datetime(2026, 11, 27, 20, 0, tzinfo=UTC)).isoformat()  # a Friday evening: Monday morning
    '2026-11-30T07:00:00+00:00'
    """

    days: frozenset[int]
    starts: time
    ends: time
    zone: str = "UTC"

    @classmethod
    def parsed(cls, told: str) -> Self:
        """From days, hours and, where it is not UTC, a zone. Raises ParameterError where it cannot be understood."""
        found = FORM.fullmatch(told.lower())
        hint = "Write it so: mon-fri 08:00-18:00 Europe/Berlin."
        if not found or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
            raise ParameterError(f"The hours of duty {told!r} cannot be understood.", hint)
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        days = frozenset((first + i) % 7 for i in range((last - first) % 7 + 1))
        zone = told.split()[2] if found[7] else "UTC"
        try:
            ZoneInfo(zone)
            return cls(days, time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6])), zone)
        except (ValueError, ZoneInfoNotFoundError, OSError):
            raise ParameterError(f"The hours of duty {told!r} have no such hour or zone.", hint) from None

    def next(self, at: datetime) -> datetime:
        """`at` itself where it is on duty, else when duty begins next."""
        for start, end in self._around(at):
            if start <= at < end:
                return at
            if start > at:
                return start
        raise AssertionError("unreachable: every week has duty")

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of duty in order, from one that may have begun the day before."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(-1, 9):
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                over = timedelta(days=1 if self.ends <= self.starts else 0)
                yield self._moment(day, self.starts), self._moment(day + over, self.ends)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, ZoneInfo(self.zone)).astimezone(UTC)
