"""What keeps alerts from people on purpose: silences and calendars of expected events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Table, or_, select, update

from standout.core.errors import UnknownNameError
from standout.deploy.store.records import Calendar, Silence
from standout.deploy.store.rows import Page, Repository, add_one, as_record, newest_first, one
from standout.deploy.store.tables import CALENDAR, SILENCE


class _Hides(Repository):
    table: Table

    def hide(self, counts: Mapping[int, int]) -> None:
        """Add to the number of alerts that each has hidden."""
        for number, count in sorted(counts.items()):
            changed = update(self.table).where(self.table.c.id == number).values(hidden=self.table.c.hidden + count)
            self._connection.execute(changed)


class Silences(_Hides):
    """Silences by number, newest first."""

    table = SILENCE

    def add(self, silence: Silence) -> int:
        """Store a silence; returns its number."""
        return add_one(self._connection, SILENCE, silence)

    def get(self, number: int) -> Silence | None:
        """A silence by its number."""
        return one(self._connection, SILENCE, Silence, SILENCE.c.id == number)

    def lift(self, number: int, at: datetime) -> None:
        """End a silence before its time; lifting twice changes nothing."""
        if self.get(number) is None:
            raise UnknownNameError(f"There is no silence {number}.", "List the silences to see their numbers.")
        self._connection.execute(update(SILENCE).where(SILENCE.c.id == number, SILENCE.c.lifted.is_(None)).values(lifted=at))

    def in_force(self, at: datetime) -> list[Silence]:
        """Those that hold then or later and were not lifted, the oldest first."""
        asked = select(SILENCE).where(SILENCE.c.ends > at, SILENCE.c.lifted.is_(None)).order_by(SILENCE.c.id)
        return [as_record(Silence, row) for row in self._connection.execute(asked)]

    def page(self, *, before: int | None = None, limit: int = 50) -> Page[Silence]:
        """Newest first."""
        return newest_first(self._connection, SILENCE, Silence, [], before, limit)


class Calendars(_Hides):
    """Expected events by number, newest first."""

    table = CALENDAR

    def add(self, calendar: Calendar) -> int:
        """Store an expected event; returns its number."""
        return add_one(self._connection, CALENDAR, calendar)

    def get(self, number: int) -> Calendar | None:
        """An expected event by its number."""
        return one(self._connection, CALENDAR, Calendar, CALENDAR.c.id == number)

    def end(self, number: int, at: datetime) -> None:
        """Let an event be expected no more from then on; what it hid stays on record."""
        if not self._connection.execute(update(CALENDAR).where(CALENDAR.c.id == number).values(until=at)).rowcount:
            raise UnknownNameError(f"There is no expected event {number}.", "List the calendars to see their numbers.")

    def in_force(self, at: datetime) -> list[Calendar]:
        """Those that have not ended for good by then, the oldest first."""
        still = or_(CALENDAR.c.until.is_(None), CALENDAR.c.until > at)
        return [
            as_record(Calendar, row) for row in self._connection.execute(select(CALENDAR).where(still).order_by(CALENDAR.c.id))
        ]

    def page(self, *, before: int | None = None, limit: int = 50) -> Page[Calendar]:
        """Newest first."""
        return newest_first(self._connection, CALENDAR, Calendar, [], before, limit)
