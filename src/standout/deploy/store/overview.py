"""What is kept for people who look from afar: lanes by entity and minute, and who did what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, func, literal_column, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from standout.deploy.store.columns import as_moment, storable
from standout.deploy.store.prepared import Prepared
from standout.deploy.store.records import Audit, Lane
from standout.deploy.store.rows import Page, Repository, add_one, as_row, newest_first
from standout.deploy.store.tables import AUDIT, LANE

MINUTE = 60_000_000  # microseconds
L = LANE.c


class Lanes(Repository):
    """Rows and alerts by entity and minute."""

    def add(self, lanes: Iterable[Lane]) -> None:
        """Add to what is there for the same stream, entity and minute: numbers add up, the severity is the highest."""
        summed: dict[tuple[str, str, datetime], Lane] = {}
        for lane in lanes:
            at = (lane.stream, storable(lane.entity), lane.minute)
            had = summed.get(at)
            if had is not None:
                rows, alerts, severity = had.rows + lane.rows, had.alerts + lane.alerts, max(had.severity, lane.severity)
                lane = Lane(lane.stream, lane.entity, lane.minute, rows, alerts, severity)
            summed[at] = lane
        if not summed:
            return
        # in one order everywhere, or two servers could wait for each other
        ADD.many(self._connection, [as_row(summed[at]) for at in sorted(summed)])

    def between(
        self, stream: str, since: datetime, until: datetime, *, minutes: int = 1, entity: str | None = None
    ) -> list[Lane]:
        """Lanes from since to before until, in order of time, in steps of some minutes; a step's `minute` is its beginning."""
        step: ColumnElement[int] = literal_column(str(minutes * MINUTE))
        number = type_coerce(L.minute, BigInteger)
        start = (number - number.op("%")(step)).label("start")
        wanted = [L.stream == stream, L.minute >= since, L.minute < until]
        if entity is not None:
            wanted.append(L.entity == entity)
        sums = (func.sum(L.rows), func.sum(L.alerts), func.max(L.severity))
        asked = select(start, L.entity, *sums).where(*wanted).group_by(start, L.entity).order_by(start, L.entity)
        found = self._connection.execute(asked)
        return [Lane(stream, name, as_moment(at), int(rows), int(alerts), high) for at, name, rows, alerts, high in found]

    def entities(self, stream: str, since: datetime, *, limit: int = 50) -> list[Lane]:
        """Each entity in short since then, most alerts first; `minute` is its latest."""
        sums = (func.max(L.minute), func.sum(L.rows), func.sum(L.alerts), func.max(L.severity))
        asked = select(L.entity, *sums).where(L.stream == stream, L.minute >= since).group_by(L.entity)
        asked = asked.order_by(sums[2].desc(), sums[3].desc(), L.entity).limit(limit)
        found = self._connection.execute(asked)
        return [Lane(stream, name, at, int(rows), int(alerts), high) for name, at, rows, alerts, high in found]


def _adding(on_sqlite: bool) -> sqlite.Insert | postgresql.Insert:
    """The statement that adds to a lane."""
    put = sqlite.insert(LANE) if on_sqlite else postgresql.insert(LANE)
    highest = func.max if on_sqlite else func.greatest
    return put.on_conflict_do_update(
        index_elements=[L.stream, L.minute, L.entity],
        set_={
            "rows": L.rows + put.excluded.rows,
            "alerts": L.alerts + put.excluded.alerts,
            "severity": highest(L.severity, put.excluded.severity),
        },
    )


ADD = Prepared(_adding)


class AuditLog(Repository):
    """Who did what, newest first."""

    def add(self, entry: Audit) -> int:
        """Store an entry; returns its number."""
        return add_one(self._connection, AUDIT, entry)

    def mark(self) -> int:
        """The number of the newest entry, 0 for none: it grows with every act of anybody."""
        return int(self._connection.scalar(select(func.max(AUDIT.c.id))) or 0)

    def page(self, *, who: str | None = None, before: int | None = None, limit: int = 50) -> Page[Audit]:
        """Newest first."""
        conditions = [] if who is None else [AUDIT.c.who == who]
        return newest_first(self._connection, AUDIT, Audit, conditions, before, limit)
