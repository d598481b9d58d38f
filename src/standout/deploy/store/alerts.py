"""Alerts: kept whole with reason and values, listed by whatever people ask for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, func, literal_column, or_, select, type_coerce, update

from standout.deploy.store.columns import EPOCH, storable
from standout.deploy.store.records import Alert, Kind, Outcome, Status, Verdict
from standout.deploy.store.rows import Page, Repository, add_many, as_record, newest_first, one
from standout.deploy.store.tables import ALERT, INCIDENT

DAY = 86_400_000_000  # microseconds
PIECE = 500  # numbers in one question


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; what is None asks nothing.

    verdict: one of them, or "none" for alerts that nobody has judged. since is in, until is out. status: of the incident.
    text: anywhere in sentence, entity or event id, in any case.
    """

    stream: str | None = None
    entity: str | None = None
    kind: Kind | None = None
    outcomes: Collection[Outcome] | None = None
    verdict: Verdict | str | None = None
    status: Status | None = None
    incident: int | None = None
    because: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    least_severity: float | None = None
    text: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        equal = {"stream": self.stream, "entity": self.entity, "kind": self.kind, "incident": self.incident}
        found: list[ColumnElement[bool]] = [ALERT.c[name] == value for name, value in equal.items() if value is not None]
        if self.because is not None:
            found.append(ALERT.c.because == self.because)
        if self.outcomes is not None:
            found.append(ALERT.c.outcome.in_(sorted(self.outcomes)))
        if self.verdict is not None:
            found.append(ALERT.c.verdict.is_(None) if self.verdict == "none" else ALERT.c.verdict == Verdict(self.verdict))
        if self.status is not None:
            found.append(ALERT.c.incident.in_(select(INCIDENT.c.id).where(INCIDENT.c.status == self.status)))
        if self.since is not None:
            found.append(ALERT.c.raised >= self.since)
        if self.until is not None:
            found.append(ALERT.c.raised < self.until)
        if self.least_severity is not None:
            found.append(ALERT.c.severity >= self.least_severity)
        if self.text:
            searched = (ALERT.c.sentence, ALERT.c.entity, ALERT.c.event_id)
            found.append(or_(*(c.icontains(storable(self.text), autoescape=True) for c in searched)))
        return found


EVERY = AlertFilter()


class Alerts(Repository):
    """Alerts by number, newest first."""

    def add(self, alerts: Sequence[Alert]) -> list[int]:
        """Store alerts; returns their numbers in the same order."""
        return add_many(self._connection, ALERT, alerts)

    def get(self, number: int) -> Alert | None:
        """An alert by its number."""
        return one(self._connection, ALERT, Alert, ALERT.c.id == number)

    def among(self, numbers: Collection[int]) -> list[Alert]:
        """Alerts by their numbers, in the order of these; numbers of none are left out."""
        found: list[Alert] = []
        wanted = sorted(numbers)
        for start in range(0, len(wanted), PIECE):
            asked = select(ALERT).where(ALERT.c.id.in_(wanted[start : start + PIECE])).order_by(ALERT.c.id)
            found += [as_record(Alert, row) for row in self._connection.execute(asked)]
        return found

    def page(self, which: AlertFilter = EVERY, *, before: int | None = None, limit: int = 50) -> Page[Alert]:
        """Newest first."""
        return newest_first(self._connection, ALERT, Alert, which.conditions(), before, limit)

    def count(self, which: AlertFilter = EVERY) -> int:
        """How many there are."""
        return int(self._connection.scalar(select(func.count()).select_from(ALERT).where(*which.conditions())) or 0)

    def per_day(self, which: AlertFilter = EVERY) -> dict[date, int]:
        """How many were raised on each day, in UTC; days without any are left out."""
        number = type_coerce(ALERT.c.raised, BigInteger).op("/")(literal_column(str(DAY))).label("day")  # whole, in both
        asked = select(number, func.count()).where(*which.conditions()).group_by(number).order_by(number)
        return {(EPOCH + timedelta(days=int(n))).date(): count for n, count in self._connection.execute(asked)}

    def join_incident(self, numbers: Sequence[int], incident: int) -> None:
        """Say which incident alerts belong to."""
        self._connection.execute(update(ALERT).where(ALERT.c.id.in_(numbers)).values(incident=incident))
