"""Watched streams: their settings, the snapshots of their state, and who writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from standout.core.errors import LeaseLostError, UnknownNameError
from standout.deploy.store.columns import EPOCH, as_moment
from standout.deploy.store.prepared import Prepared
from standout.deploy.store.records import Lease, Snapshot, Stream
from standout.deploy.store.rows import Repository, as_record, as_row, one
from standout.deploy.store.tables import LEASE, SNAPSHOT, STREAM

KEPT = 2  # snapshots: the newest, and one more should it turn out damaged


CHECK = Prepared(
    lambda _: (
        select(LEASE.c.number)
        .where(LEASE.c.stream == bindparam("stream"), LEASE.c.owner == bindparam("owner"), LEASE.c.number == bindparam("number"))
        .with_for_update()
    )
)


class Streams(Repository):
    """Settings of streams by name."""

    def put(self, stream: Stream) -> int:
        """Store a stream, or change the one of that name (which keeps its number and when it was made); returns its number."""
        row = as_row(stream, "id")
        kept = {name: value for name, value in row.items() if name not in ("name", "made")}
        put = self._insert(STREAM).values(row).on_conflict_do_update(index_elements=[STREAM.c.name], set_=kept)
        return int(self._connection.execute(put.returning(STREAM.c.id)).scalar_one())

    def change(self, name: str, at: datetime, **changed: Any) -> Stream:
        """Change some settings, such as `policy` or `model` with `digest`; returns the stream as it is now."""
        done = self._connection.execute(update(STREAM).where(STREAM.c.name == name).values(changed=at, **changed))
        found = self.get(name)
        if not done.rowcount or found is None:
            raise UnknownNameError.among("stream", name, (s.name for s in self.all()))
        return found

    def get(self, name: str) -> Stream | None:
        """A stream by its name."""
        return one(self._connection, STREAM, Stream, STREAM.c.name == name)

    def held(self, name: str) -> Stream | None:
        """As `get`, and nobody else changes it until the transaction ends: for whoever writes what follows from what it read."""
        row = self._connection.execute(select(STREAM).where(STREAM.c.name == name).with_for_update()).first()
        return None if row is None else as_record(Stream, row)

    def settle(self, name: str, at: datetime | None, made: Callable[[dict[str, Any]], Mapping[str, Any]], **changed: Any) -> None:
        """Make new settings of those that a stream has, without losing what others write meanwhile; and `changed` as of `change`.

        at: None where it is no change that anybody would ask the time of. Nothing happens where there is no such stream.
        """
        known = self.held(name)
        if known is not None:
            self.change(name, at or known.changed, settings=dict(made(dict(known.settings))), **changed)

    def all(self) -> list[Stream]:
        """Every stream, by name."""
        return [as_record(Stream, row) for row in self._connection.execute(select(STREAM).order_by(STREAM.c.name))]


class Snapshots(Repository):
    """The newest two snapshots of each stream."""

    def add(self, snapshot: Snapshot) -> int:
        """Store a snapshot and drop those that are no longer needed; returns its number."""
        row = as_row(snapshot, "id") | {"digest": hashlib.sha256(snapshot.body).hexdigest()}
        number = int(self._connection.execute(insert(SNAPSHOT).values(row).returning(SNAPSHOT.c.id)).scalar_one())
        mine = SNAPSHOT.c.stream == snapshot.stream
        kept = select(SNAPSHOT.c.id).where(mine).order_by(SNAPSHOT.c.id.desc()).limit(KEPT)
        self._connection.execute(delete(SNAPSHOT).where(mine, SNAPSHOT.c.id.not_in(kept.scalar_subquery())))
        return number

    def newest(self, stream: str) -> Snapshot | None:
        """The newest snapshot whose bytes are what was written; None where there is none."""
        asked = select(SNAPSHOT).where(SNAPSHOT.c.stream == stream).order_by(SNAPSHOT.c.id.desc())
        for row in self._connection.execute(asked).all():
            found: Mapping[str, Any] = dict(row._mapping)
            if hashlib.sha256(found["body"]).hexdigest() == found["digest"]:
                return Snapshot(**{k: v for k, v in found.items() if k != "digest"})
        return None


class Leases(Repository):
    """Who writes a stream. Time is the database's, so that servers whose clocks differ agree."""

    def acquire(self, stream: str, owner: str, seconds: float) -> Lease | None:
        """Take a stream that nobody holds any longer, or that this owner holds; None where another holds it."""
        now = self._now()
        row = {"stream": stream, "owner": owner, "number": 1, "until": now + timedelta(seconds=seconds)}
        taken = (
            self._insert(LEASE)
            .values(row)
            .on_conflict_do_update(
                index_elements=[LEASE.c.stream],
                set_={"owner": owner, "number": LEASE.c.number + 1, "until": row["until"]},
                where=(LEASE.c.until <= now) | (LEASE.c.owner == owner),
            )
        )
        found = self._connection.execute(taken.returning(*LEASE.c)).first()
        return None if found is None else as_record(Lease, found)

    def renew(self, lease: Lease, seconds: float) -> Lease:
        """Hold a stream for longer. Raises LeaseLostError where another has taken it."""
        until = self._now() + timedelta(seconds=seconds)
        if not self._connection.execute(update(LEASE).where(*self._mine(lease)).values(until=until)).rowcount:
            raise self._lost(lease)
        return replace(lease, until=until)

    def release(self, lease: Lease) -> None:
        """Let a stream go, for another to take at once; nothing happens where it was lost already."""
        self._connection.execute(update(LEASE).where(*self._mine(lease)).values(until=EPOCH))

    def check(self, lease: Lease) -> None:
        """Make sure, until the transaction ends, that the stream is still this owner's. Raises LeaseLostError where not."""
        asked = {"stream": lease.stream, "owner": lease.owner, "number": lease.number}
        if CHECK.first(self._connection, asked) is None:
            raise self._lost(lease)

    def get(self, stream: str) -> Lease | None:
        """Who holds a stream, or held it last."""
        return one(self._connection, LEASE, Lease, LEASE.c.stream == stream)

    def _now(self) -> datetime:
        if self._sqlite:
            return datetime.now(UTC)
        seconds = self._connection.scalar(select(func.floor(func.extract("epoch", text("clock_timestamp()")) * 1_000_000)))
        return as_moment(int(seconds or 0))

    @staticmethod
    def _mine(lease: Lease) -> tuple[Any, ...]:
        return LEASE.c.stream == lease.stream, LEASE.c.owner == lease.owner, LEASE.c.number == lease.number

    def _lost(self, lease: Lease) -> LeaseLostError:
        found = self.get(lease.stream)
        holder = f"{found.owner} holds it" if found else "nobody holds it"
        return LeaseLostError(
            f"The stream {lease.stream} is no longer written here: {holder}.", "Wait, or stop the other server."
        )
