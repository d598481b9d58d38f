"""Incidents: alerts that belong together, and how far people are with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, update

from standout.core.errors import UnknownNameError
from standout.deploy.store.columns import Moment, storable
from standout.deploy.store.records import Incident, Kind, Status
from standout.deploy.store.rows import Page, Repository, add_one, as_record, newest_first, one
from standout.deploy.store.tables import ALERT, INCIDENT


class Incidents(Repository):
    """Incidents by number, newest first."""

    def add(self, incident: Incident) -> int:
        """Store an incident; returns its number."""
        return add_one(self._connection, INCIDENT, incident)

    def get(self, number: int) -> Incident | None:
        """An incident by its number."""
        return one(self._connection, INCIDENT, Incident, INCIDENT.c.id == number)

    def grow(self, number: int, *, alerts: int, last: datetime, severity: float, headline: str | None = None) -> None:
        """Add alerts to an incident: it lasts until the latest and is as severe as the worst. headline: a new one, if any."""
        latest = bindparam("latest", last, type_=Moment)
        changed: dict[str, Any] = {
            "alerts": INCIDENT.c.alerts + alerts,
            "last": func.max(INCIDENT.c.last, latest) if self._sqlite else func.greatest(INCIDENT.c.last, latest),
            "severity": func.max(INCIDENT.c.severity, severity) if self._sqlite else func.greatest(INCIDENT.c.severity, severity),
        }
        if headline is not None:
            changed["headline"] = storable(headline)
        self._change(number, changed)

    def set_status(self, number: int, status: Status, by: str) -> None:
        """Acknowledge, close or open again."""
        self._change(number, {"status": status, "owner": by})

    def page(
        self,
        *,
        stream: str | None = None,
        status: Status | None = None,
        entity: str | None = None,
        since: datetime | None = None,
        kind: Kind | None = None,
        text: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Page[Incident]:
        """Newest first. since: those that had an alert then or later. kind: those with an alert of this kind.

        text: anywhere in headline, entity or reason, in any case.
        """
        equal = {"stream": stream, "status": status, "entity": entity}
        conditions: list[ColumnElement[bool]] = [INCIDENT.c[name] == value for name, value in equal.items() if value is not None]
        if since is not None:
            conditions.append(INCIDENT.c.last >= since)
        if kind is not None:
            conditions.append(exists().where(ALERT.c.incident == INCIDENT.c.id, ALERT.c.kind == kind))
        if text:
            searched = (INCIDENT.c.headline, INCIDENT.c.entity, INCIDENT.c.because)
            conditions.append(or_(*(c.icontains(storable(text), autoescape=True) for c in searched)))
        return newest_first(self._connection, INCIDENT, Incident, conditions, before, limit)

    def not_closed(self, stream: str) -> list[Incident]:
        """Those that new alerts may still join, the oldest first."""
        asked = select(INCIDENT).where(INCIDENT.c.stream == stream, INCIDENT.c.status != Status.CLOSED).order_by(INCIDENT.c.id)
        return [as_record(Incident, row) for row in self._connection.execute(asked)]

    def count(self, *, stream: str | None = None, status: Status | None = None) -> int:
        """How many there are."""
        equal = {"stream": stream, "status": status}
        conditions = [INCIDENT.c[name] == value for name, value in equal.items() if value is not None]
        return int(self._connection.scalar(select(func.count()).select_from(INCIDENT).where(*conditions)) or 0)

    def _change(self, number: int, changed: Mapping[str, Any]) -> None:
        if not self._connection.execute(update(INCIDENT).where(INCIDENT.c.id == number).values(**changed)).rowcount:
            raise UnknownNameError(f"There is no incident {number}.", "It may have been removed by retention.")
