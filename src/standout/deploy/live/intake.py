"""Rows on their way into the journal: those that are new, those that can be read, and the batch that holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Role, Table
from standout.deploy.live.bodies import pack_rows
from standout.deploy.live.ordering import micros
from standout.deploy.live.rows import Read
from standout.deploy.store.records import Batch
from standout.deploy.store.store import Unit

NO_TIME = "It has no time, and rows of a series are judged in the order of their times."
UNTIMED = np.iinfo(np.int64).min


def new_rows(unit: Unit, stream: str, read: Read) -> NDArray[np.intp]:
    """Positions of the rows whose ids were not taken in before, nor stand earlier among these."""
    told = [(own, row) for row, own in enumerate(read.ids) if own is not None]
    if not told:
        return np.arange(len(read))
    seen = unit.journal.known(stream, [own for own, _ in told])
    doubled = []
    for own, row in told:
        if own in seen:
            doubled.append(row)
        seen.add(own)
    return np.delete(np.arange(len(read)), doubled)


def only(read: Read, kept: NDArray[np.intp]) -> tuple[Table, list[str | None], dict[int, str], dict[int, str]]:
    """Some rows, numbered anew: table, ids, why some were rejected, and what came of them."""
    if len(kept) == len(read):
        return read.table, read.ids, dict(read.rejected), read.came
    place = {at: i for i, at in enumerate(kept.tolist())}
    rejected, came = ({place[r]: t for r, t in texts.items() if r in place} for texts in (read.rejected, read.came))
    return read.table.take(kept), [read.ids[i] for i in kept.tolist()], rejected, came


def without_time(table: Table, rejected: dict[int, str]) -> dict[int, str]:
    """Rows of a series that have no time, and why that will not do; nothing where the series has no clock at all."""
    times = table.with_role(Role.TIME)
    return {} if times is None else {r: NO_TIME for r in np.flatnonzero(times.missing).tolist() if r not in rejected}


def batch_of(
    stream: str, table: Table, ids: list[str | None], rejected: dict[int, str], came: dict[int, str], now: datetime
) -> Batch:
    """What the journal keeps."""
    times = micros(table)
    known = times[times != UNTIMED] if table.with_role(Role.TIME) is not None else times[:0]
    first, last = (None, None) if not len(known) else (_moment(int(known.min())), _moment(int(known.max())))
    return Batch(stream, now, len(table), pack_rows(table, ids, rejected, came), first, last)


def _moment(us: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    except OverflowError:
        return None
