"""What is kept for how long, and dropping the rest in small transactions, so that nobody waits for it.

What a stream needs to go on after a restart, and what an incident that is not closed shows, is never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, Delete, Select, Table, Update, delete, exists, func, literal_column, or_, select, update

from standout.core.errors import ParameterError
from standout.deploy.store.records import Sending, Status
from standout.deploy.store.store import Store, Unit
from standout.deploy.store.tables import (
    ALERT,
    AUDIT,
    EVENT,
    INCIDENT,
    JOURNAL,
    LABEL,
    LANE,
    MESSAGE,
    SNAPSHOT,
    VERDICT,
    VERDICT_BATCH,
)

PIECE = 500  # batches, alerts, entries in one transaction
IDS = 20_000  # event ids in one transaction
PAGES = 2_000  # of SQLite's file, given back in one transaction
ANY = timedelta.max

J, V, A, M = JOURNAL.c, VERDICT.c, ALERT.c, MESSAGE.c
NOT_CLOSED = select(INCIDENT.c.id).where(INCIDENT.c.status != Status.CLOSED)
KEPT = func.length(J.body) > literal_column("0")  # as the index journal_kept says it
SHOWN = select(A.batch).where(A.incident.in_(NOT_CLOSED))  # batches that an incident which is not closed points to


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long things are kept. None keeps them for good.

    rows: bodies of the journal and verdicts. ids: event ids, by which a row sent twice is known; not shorter than rows. alerts: with
    their closed incidents; alerts with a label stay for good. lanes, audit: as they say. messages: sent and dead ones.
    most_rows: of one stream in the journal, at most; the oldest batches go first.
    """

    rows: timedelta | None = timedelta(days=90)
    ids: timedelta | None = timedelta(days=180)
    alerts: timedelta | None = timedelta(days=400)
    lanes: timedelta | None = timedelta(days=400)
    audit: timedelta | None = timedelta(days=400)
    messages: timedelta | None = timedelta(days=90)
    most_rows: int | None = None

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if value is not None and value <= type(value)(0):
                raise ParameterError(f"Retention: {f.name} must be more than nothing.", "Leave it out to keep all.")
        if (self.ids or ANY) < (self.rows or ANY):
            raise ParameterError("Retention: event ids must be kept as long as rows.", "Raise ids.")

    @classmethod
    def of_days(cls, days: float | None) -> Self:
        """From one number: rows, scores and messages for so many days, event ids for twice as many, the rest for four times."""
        if days is None:
            return cls(None, None, None, None, None, None)
        once = timedelta(days=days)
        return cls(once, once * 2, once * 4, once * 4, once * 4, once)


def prune(store: Store, kept: Retention, now: datetime, *, stopped: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Drop what is kept no longer; returns how many of what. `stopped` is asked between transactions. It may end anywhere: the next
    call goes on.
    """
    dropped: dict[str, int] = {}
    with store.reading() as seen:
        streams = seen.streams.all()
    for what, pieces in (
        ("batches", _batches(store, [s.name for s in streams], kept, now)),
        ("verdicts", _verdicts(store)),
        ("event ids", _ids(store, {s.name: s.id for s in streams}, kept.ids, now)),
        ("lanes", _lanes(store, [s.name for s in streams], kept.lanes, now)),
        ("audit entries", _older(store, kept.audit, now, lambda at: delete(AUDIT).where(_some(AUDIT, AUDIT.c.at < at)))),
        ("messages", _older(store, kept.messages, now, _old_messages)),
        ("alerts", _older(store, kept.alerts, now, _old_alerts)),
        ("incidents", _older(store, kept.alerts, now, _old_incidents)),
        ("pages", _pages(store)),
    ):
        for count in pieces:
            dropped[what] = dropped.get(what, 0) + count
            if stopped():
                return dropped
    return dropped


def _until_none(store: Store, statement: Delete | Update) -> Iterator[int]:
    """Run a statement that does one piece of the work until there is none left."""
    while True:
        with store.writing() as unit:
            count = unit.connection.execute(statement).rowcount
        if count <= 0:
            return
        yield count


def _some(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    key = table.c.id
    return key.in_(select(key).where(*conditions).order_by(key).limit(PIECE).scalar_subquery())


def _older(store: Store, age: timedelta | None, now: datetime, statement: Callable[[datetime], Delete]) -> Iterator[int]:
    return iter(()) if age is None else _until_none(store, statement(now - age))


def _old_messages(at: datetime) -> Delete:
    done = M.state.in_((Sending.SENT, Sending.DEAD))
    return delete(MESSAGE).where(_some(MESSAGE, done, M.due < at, or_(M.incident.is_(None), M.incident.not_in(NOT_CLOSED))))


def _old_alerts(at: datetime) -> Delete:
    unlabelled = ~exists().where(LABEL.c.alert == A.id)
    return delete(ALERT).where(_some(ALERT, A.raised < at, unlabelled, or_(A.incident.is_(None), A.incident.not_in(NOT_CLOSED))))


def _old_incidents(at: datetime) -> Delete:
    empty = ~exists().where(A.incident == INCIDENT.c.id)
    return delete(INCIDENT).where(_some(INCIDENT, INCIDENT.c.status == Status.CLOSED, INCIDENT.c.last < at, empty))


def _written(stream: str) -> Select[tuple[int]]:
    """Up to which batch a stream's state is in the older of its snapshots; the newer one may turn out damaged."""
    return select(func.coalesce(func.min(SNAPSHOT.c.seq), 0)).where(SNAPSHOT.c.stream == stream)


def _batches(store: Store, streams: list[str], kept: Retention, now: datetime) -> Iterator[int]:
    """Empty the bodies of batches; the rest of them stays for as long as their event ids."""
    for stream in streams:
        old = []
        if kept.rows is not None:
            old.append(J.received < now - kept.rows)
        if kept.most_rows is not None:
            with store.reading() as seen:
                old.append(J.seq <= _beyond(seen, stream, kept.most_rows))
        if not old:
            continue
        mine = (J.stream == stream, KEPT, or_(*old), J.seq <= _written(stream).scalar_subquery(), J.seq.not_in(SHOWN))
        piece = select(J.seq).where(*mine).order_by(J.seq).limit(PIECE).scalar_subquery()
        yield from _until_none(store, update(JOURNAL).where(J.seq.in_(piece)).values(body=b""))


def _beyond(seen: Unit, stream: str, most: int) -> int:
    """The newest batch of a stream behind which there are so many rows already."""
    total = func.sum(J.rows).over(order_by=J.seq.desc()).label("total")
    counted = select(J.seq, total).where(J.stream == stream, KEPT).subquery()
    return int(seen.connection.scalar(select(func.max(counted.c.seq)).where(counted.c.total > most)) or 0)


def _verdicts(store: Store) -> Iterator[int]:
    """Drop verdicts all of whose rows are gone; one that has no rows of the journal is never asked for."""
    rows_left = exists().where(VERDICT_BATCH.c.verdict == V.seq, J.seq == VERDICT_BATCH.c.batch, KEPT)
    later = V.seq > select(func.coalesce(func.min(SNAPSHOT.c.judged), 0)).where(SNAPSHOT.c.stream == V.stream).scalar_subquery()
    piece = select(V.seq).where(~rows_left, ~later).order_by(V.seq).limit(PIECE).scalar_subquery()
    yield from _until_none(store, delete(VERDICT).where(V.seq.in_(piece)))


def _ids(store: Store, streams: dict[str, int], age: timedelta | None, now: datetime) -> Iterator[int]:
    """Drop event ids, and then the batches that had them, walking along the index in pieces."""
    for stream, number in streams.items() if age is not None else ():
        gone = (J.stream == stream, J.received < now - (age or ANY), ~KEPT)
        with store.reading() as seen:
            newest = seen.connection.scalar(select(func.max(J.seq)).where(*gone))
        if newest is None:
            continue
        theirs = EVENT.c.seq.in_(select(J.seq).where(*gone, J.seq <= newest))
        for piece in _stretches(store, number):
            with store.writing() as unit:
                count = unit.connection.execute(delete(EVENT).where(EVENT.c.stream == number, *piece, theirs)).rowcount
            yield max(count, 0)
        batches = select(J.seq).where(*gone, J.seq <= newest).order_by(J.seq).limit(PIECE).scalar_subquery()
        for _ in _until_none(store, delete(JOURNAL).where(J.seq.in_(batches))):
            yield 0


def _stretches(store: Store, stream: int) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """The event ids of a stream in order, some thousand at a time, as conditions."""
    after: tuple[ColumnElement[bool], ...] = ()
    while True:
        with store.reading() as seen:
            asked = select(EVENT.c.event_id).where(EVENT.c.stream == stream, *after).order_by(EVENT.c.event_id)
            end = seen.connection.scalar(asked.offset(IDS - 1).limit(1))
        if end is None:
            yield after
            return
        yield (*after, EVENT.c.event_id <= end)
        after = (EVENT.c.event_id > end,)


def _lanes(store: Store, streams: list[str], age: timedelta | None, now: datetime) -> Iterator[int]:
    """Drop lanes, a day of a stream at a time."""
    for stream in streams if age is not None else ():
        cut = now - (age or ANY)
        while True:
            with store.writing() as unit:
                mine = LANE.c.stream == stream
                first = unit.connection.scalar(select(func.min(LANE.c.minute)).where(mine))
                if first is None or first >= cut:
                    break
                until = min(first + timedelta(days=1), cut)
                count = unit.connection.execute(delete(LANE).where(mine, LANE.c.minute < until)).rowcount
            yield count


def _pages(store: Store) -> Iterator[int]:
    """Give back to the disk what SQLite's file no longer uses."""
    while count := store.give_back(PAGES):
        yield count
