"""The journal: every batch that was taken in, as one body, and which row of which batch has an event id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, TextClause, bindparam, func, literal_column, select, text

from standout.core.errors import UnknownNameError
from standout.deploy.store.columns import storable
from standout.deploy.store.prepared import Prepared
from standout.deploy.store.records import Batch
from standout.deploy.store.rows import Repository, add_one, as_record, one
from standout.deploy.store.tables import EVENT, JOURNAL, STREAM


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: its number, and for each row whether its event id was not there before."""

    seq: int
    new: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event is: the batch's number and the row in it."""

    seq: int
    row: int


NUMBER = Prepared(lambda _: select(STREAM.c.id).where(STREAM.c.name == bindparam("name")))


def _known(on_sqlite: bool) -> TextClause:
    listed = "value FROM json_each(:ids)" if on_sqlite else "json_array_elements_text(CAST(:ids AS json))"
    return text(f"SELECT event_id FROM event WHERE stream = :stream AND event_id IN (SELECT {listed})")


KNOWN = Prepared(_known)


class Journal(Repository):
    """Batches by number, and events by id."""

    def add(self, batch: Batch, ids: Sequence[str | None] | None = None) -> Added:
        """Store a batch with the event ids of its rows, None where the sender gave none.

        A row whose id was taken in before, or stands earlier in the batch, is not new: the id goes on meaning the first one. A row
        without an id has the id `seq.row`. Raises UnknownNameError for a stream that was not stored.
        """
        number = self._number(batch.stream)
        seq = add_one(self._connection, JOURNAL, batch, "seq")
        new = np.ones(batch.rows, dtype=np.bool_)
        told = sorted((storable(i), row) for row, i in enumerate(ids or ()) if i is not None)  # in the order of the index
        if told:
            new[[row for _, row in told]] = False
            new[self._index(number, seq, told)] = True
        return Added(seq, new)

    def known(self, stream: str, ids: Iterable[str]) -> set[str]:
        """Those of the event ids that the stream has taken in before."""
        asked = {storable(i): i for i in ids}
        told = {"stream": self._number(stream), "ids": json.dumps(list(asked))}
        return {asked[i] for i in KNOWN.column(self._connection, told)}

    def get(self, seq: int) -> Batch | None:
        """A batch by its number."""
        return one(self._connection, JOURNAL, Batch, JOURNAL.c.seq == seq)

    def after(self, stream: str, seq: int) -> Iterator[Batch]:
        """A stream's batches with larger numbers, in order, one in memory at a time."""
        while True:
            row = self._connection.execute(
                select(JOURNAL).where(JOURNAL.c.stream == stream, JOURNAL.c.seq > seq).order_by(JOURNAL.c.seq).limit(1)
            ).first()
            if row is None:
                return
            batch = as_record(Batch, row)
            yield batch
            seq = batch.seq

    def newest(self, stream: str) -> Iterator[Batch]:
        """A stream's batches that still have their rows, the newest first, one in memory at a time."""
        seq = 2**63 - 1
        while True:
            kept = (JOURNAL.c.stream == stream, JOURNAL.c.seq < seq, func.length(JOURNAL.c.body) > literal_column("0"))
            row = self._connection.execute(select(JOURNAL).where(*kept).order_by(JOURNAL.c.seq.desc()).limit(1)).first()
            if row is None:
                return
            yield as_record(Batch, row)
            seq = row.seq

    def last(self, stream: str) -> int:
        """The number of a stream's last batch; 0 where it has none."""
        return int(self._connection.scalar(select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.stream == stream)) or 0)

    def find(self, stream: str, event_id: str) -> Place | None:
        """Where an event is, by the id that the sender gave or, for rows without one, by `seq.row`."""
        row = self._connection.execute(
            select(EVENT.c.seq, EVENT.c.row).where(EVENT.c.stream == self._number(stream), EVENT.c.event_id == event_id)
        ).first()
        if row is not None:
            return Place(row.seq, row.row)
        seq, mark, number = event_id.partition(".")
        if not (mark and seq.isdecimal() and number.isdecimal() and len(seq) < 19 and len(number) < 10):
            return None
        batch = self._connection.execute(
            select(JOURNAL.c.rows).where(JOURNAL.c.seq == int(seq), JOURNAL.c.stream == stream)
        ).first()
        return Place(int(seq), int(number)) if batch is not None and int(number) < batch.rows else None

    def rows(self, stream: str) -> int:
        """How many rows of a stream the journal has, with those whose bodies were dropped."""
        return int(self._connection.scalar(select(func.sum(JOURNAL.c.rows)).where(JOURNAL.c.stream == stream)) or 0)

    def _number(self, stream: str) -> int:
        number = NUMBER.first(self._connection, {"name": stream})
        if number is None:
            raise UnknownNameError.among("stream", stream, self._connection.scalars(select(STREAM.c.name)))
        return int(number)

    def _index(self, stream: int, seq: int, told: list[tuple[str, int]]) -> list[int]:
        """Write the ids that are not there yet; returns the rows that got theirs."""
        if self._sqlite:
            return _index_sqlite(self._connection, stream, seq, told)
        ids, rows = [i for i, _ in told], [row for _, row in told]
        asked = text(
            "INSERT INTO event (stream, event_id, seq, row) SELECT :stream, t.id, :seq, t.row"
            " FROM unnest(CAST(:ids AS text[]), CAST(:rows AS int[])) AS t(id, row) ON CONFLICT DO NOTHING RETURNING row"
        )
        written = self._connection.execute(asked, {"stream": stream, "seq": seq, "ids": ids, "rows": rows})
        return list(written.scalars())


def _index_sqlite(connection: Connection, stream: int, seq: int, told: list[tuple[str, int]]) -> list[int]:
    """By the driver itself: through SQLAlchemy the same takes several times as long. When all are new, nothing is asked back."""
    driver = connection.connection.cursor()
    try:
        driver.executemany(
            "INSERT INTO event (stream, event_id, seq, row) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(stream, i, seq, row) for i, row in told],
        )
        if driver.rowcount == len(told):
            return [row for _, row in told]
        driver.execute(
            "SELECT row FROM event WHERE stream = ? AND seq = ? AND event_id IN (SELECT value FROM json_each(?))",
            (stream, seq, json.dumps([i for i, _ in told])),
        )
        return [row for (row,) in driver.fetchall()]
    finally:
        driver.close()
