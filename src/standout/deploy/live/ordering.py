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
        if mask.all():
            return self
        at = np.flatnonzero(mask)
        return Held(self.table.take(at), self.batch[at], self.row[at], self.came[at], [self.ids[i] for i in at.tolist()])

    def and_then(self, other: Held) -> Held:
        """These and then others."""
        if not len(self):
            return other
        pairs = ((self.batch, other.batch), (self.row, other.row), (self.came, other.came))
        return Held(concat([self.table, other.table]), *(np.concatenate(p) for p in pairs), self.ids + other.ids)


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
        good = rows.where(~late)
        if len(good):
            self.held = good if self.held is None else self.held.and_then(good)
        return late

    def release(self, now: float, *, everything: bool = False) -> Held | None:
        """Take the rows whose time has come, in the order in which they came; None where there are none."""
        held = self.held
        if held is None or not len(held):
            return None
        slots, times = self._slots(held.table), micros(held.table)
        if self.wait and not everything:
            ready = times <= self._entities.newest[slots] - int(self.wait * MICRO)
            ready |= held.came <= now - self.wait
            # whoever goes takes the earlier rows of its entity along
            upto = np.full(len(self._entities), np.iinfo(np.int64).min)
            np.maximum.at(upto, slots[ready], times[ready])
            ready = times <= upto[slots]
        else:
            ready = np.ones(len(held), dtype=np.bool_)
        if not ready.any():
            return None
        self.held = None if ready.all() else held.where(~ready)
        return held.where(ready)

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
