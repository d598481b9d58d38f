"""Rows of a series in order of time: those that come too early wait, those that come too late are told as late.

A row waits until rows of its own entity have come that are `wait` seconds newer, or until it has waited that long by the clock on
the wall; with `wait` of 0 nothing waits. A row older than one of its entity that was judged is late: its place in the series is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Column, Role, Table, concat
from standout.deploy.live.entities import Entities

MICRO = 1_000_000


@dataclass
class Held:
    """Rows on their way: the table, and of each the batch and row of the journal, when it came (seconds) and its event id."""

    table: Table
    batch: NDArray[np.int64]
    row: NDArray[np.int32]
    came: NDArray[np.float64]
    ids: list[str]

    def __len__(self) -> int:
        return len(self.batch)

    def where(self, mask: NDArray[np.bool_]) -> Held:
        """Some of them, in the same order."""
        return self if mask.all() else self.at(np.flatnonzero(mask))

    def at(self, at: NDArray[np.intp]) -> Held:
        """Those in these places, in this order."""
        return Held(self.table.take(at), self.batch[at], self.row[at], self.came[at], [self.ids[i] for i in at.tolist()])

    def and_then(self, other: Held) -> Held:
        """These and then others."""
        if not len(self):
            return other
        return Held(
            concat([self.table, other.table]),
            np.concatenate([self.batch, other.batch]),
            np.concatenate([self.row, other.row]),
            np.concatenate([self.came, other.came]),
            self.ids + other.ids,
        )


class Ordering:
    """What waits, and up to when each entity was judged. ahead: seconds by which a row's clock may be ahead of ours."""

    def __init__(self, entities: Entities, wait: float, ahead: float) -> None:
        self._entities = entities
        self.wait, self._ahead = wait, ahead
        self.held: Held | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return 0 if self.held is None else len(self.held)

    def add(self, rows: Held, now: float) -> NDArray[np.bool_]:
        """Let rows wait, all but the late ones; returns which are late, shape (n,). now: seconds since 1970."""
        times = micros(rows.table)
        slots = self._slots(rows.table)
        late = times < self._entities.judged[slots]
        if self.wait:
            limit = int((now + self._ahead) * MICRO)
            np.maximum.at(self._entities.newest, slots, np.minimum(times, limit))
        self.hold(rows.where(~late))
        return late

    def hold(self, rows: Held) -> None:
        """Let rows wait, unseen."""
        if len(rows):
            self.held = rows if self.held is None else self.held.and_then(rows)

    def drop(self, batch: NDArray[np.int64], row: NDArray[np.int32]) -> Held:
        """Take certain rows, in this order; KeyError where one does not wait."""
        held = self.held
        if held is None:
            raise KeyError("nothing waits")
        place = {key: i for i, key in enumerate(zip(held.batch.tolist(), held.row.tolist(), strict=True))}
        at = np.array([place[key] for key in zip(batch.tolist(), row.tolist(), strict=True)], dtype=np.intp)
        left = np.ones(len(held), dtype=np.bool_)
        left[at] = False
        self.held = held.where(left) if left.any() else None
        return held.at(at)

    def release(self, now: float) -> Held | None:
        """Take the rows whose time has come, in the order in which they came; None where there are none."""
        ready = self._ready(now)
        if self.held is None or not ready.any():
            return None
        held, self.held = self.held, None if ready.all() else self.held.where(~ready)
        return held.where(ready)

    def is_due(self, now: float) -> bool:
        """Whether `release` would give any."""
        return bool(self._ready(now).any())

    def _ready(self, now: float) -> NDArray[np.bool_]:
        held = self.held
        if held is None or not self.wait:
            return np.ones(self.waiting, dtype=np.bool_)
        slots, times = self._slots(held.table), micros(held.table)
        ready = times <= self._entities.newest[slots] - int(self.wait * MICRO)
        ready |= held.came <= now - self.wait
        # whoever goes takes the earlier rows of its entity along
        upto = np.full(len(self._entities), np.iinfo(np.int64).min)
        np.maximum.at(upto, slots[ready], times[ready])
        return times <= upto[slots]

    def judged(self, rows: Held) -> None:
        """Rows were judged: older ones of their entities are late from now on."""
        np.maximum.at(self._entities.judged, self._slots(rows.table), micros(rows.table))

    def _slots(self, table: Table) -> NDArray[np.intp]:
        """The entity's place of each row."""
        column = table.with_role(Role.ENTITY)
        if column is None:
            return np.repeat(self._entities.slots([None]), len(table))
        used, codes = np.unique(column.values, return_inverse=True)
        return self._entities.slots([entity_of(column, code) for code in used.tolist()])[codes]


def entity_of(column: Column, code: int) -> str | None:
    """The entity that a code stands for."""
    return column.categories[code] if code >= 0 else None


def micros(table: Table) -> NDArray[np.int64]:
    """The rows' times in microseconds since 1970; 0 for every row of a table without a clock."""
    times = table.with_role(Role.TIME)
    return np.zeros(len(table), dtype=np.int64) if times is None else times.values.view(np.int64)
