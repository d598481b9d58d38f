"""Events of a series as they happen: the rows of one event are told once, at the first of them that the policy raises.

The rule of `core.events`, as far as it can be known without what comes later. After an alarm, rows of its entity go on with its event that
lie at least half as far above the usual score as the strangest so far, and are at most twice as common as the row that was told (or noise
would keep the event of a weak alarm going), at most `reach` rows apart from each other. While it lasts no row is asked about, but one that
is more than twice as far above the usual score as the row that was told and more than `reach` rows after it: in a batch it would be an
event of its own. Where it is raised, the event that lasts goes on around it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Streams
from standout.core.errors import ModelFileError
from standout.core.layout import HINT, Holds, check_arrays
from standout.core.part import Floats, State, nest, pack_texts
from standout.core.recent import NAMES, checked_names

USUAL = 500
"""The latest scores of the stream whose median is the usual one."""
ARRAYS = {
    "recent": Holds("float64", "scores"),
    "values": Holds("float64", "events", 6),
    "owner": Holds("int64", "events", below="entities", low=-1),
    **NAMES,
}
"""values: of each event told, p_value, usual, top, since and apart; owner: the place of its entity among the names, -1 for none."""

Runs = Sequence[tuple[str | None, NDArray[np.intp]]]
"""Entities, each with the positions of its rows in order of time."""


@dataclass
class Event:
    """An event that lasts. told, p_value: of the row that was told; top: the strangest score so far, usual: the usual one at its begin.

    since: rows since the row that was told, apart: since the last row of the event.
    """

    told: float
    p_value: float
    usual: float
    top: float
    since: int = 0
    apart: int = 0

    def goes_on(self, score: float, p_value: float, reach: int) -> bool | None:
        """Another row of the entity: whether it is part of the event, None where the event is over; moves the event on."""
        self.since, self.apart = self.since + 1, self.apart + 1
        if self.apart > max(1, reach):
            return None
        if score < self.usual + 0.5 * (self.top - self.usual) or p_value > 2.0 * self.p_value:
            return False
        self.apart = 0
        if not self.is_own(score, reach):
            self.top = max(self.top, score)
        return True

    def is_own(self, score: float, reach: int) -> bool:
        """Whether a row would be the strangest of another event, in which the one that was told has no part."""
        return self.since > reach and score - self.usual > 2.0 * (self.told - self.usual)


class Ongoing:
    """The events of one stream that last. reach: as of `core.events.Line`; most: events remembered, the oldest are forgotten."""

    def __init__(self, reach: int, most: int) -> None:
        self._reach, self._most = reach, most
        self._events: OrderedDict[str | None, Event] = OrderedDict()
        self._recent = np.empty(0)

    def decide(
        self, policy: Streams, state: State, p_values: Floats, raw: Floats, times: NDArray[Any] | None, runs: Runs
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """The rows to raise, one an event; those that are part of an event told before; those that nobody was asked about, (n,) each.

        Moves the policy's state on, in place. Decisions do not depend on the pieces in which rows come.
        """
        n = len(raw)
        asked, inside, alarms = p_values.copy(), np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        own: dict[int, Event] = {}
        place, run_of = np.zeros(n, dtype=np.intp), np.zeros(n, dtype=np.intp)
        for number, (entity, at) in enumerate(runs):
            place[at], run_of[at] = np.arange(len(at)), number
            if entity in self._events:
                self._go_on(entity, at, (raw, p_values), asked, inside, own)
        start = 0
        while start < n:
            trial = {key: array.copy() for key, array in state.items()}
            found = np.flatnonzero(policy.decide(trial, asked[start:], raw[start:], None if times is None else times[start:]))
            if not len(found):
                _move(state, trial)
                break
            row = start + int(found[0])
            policy.decide(state, asked[start : row + 1], raw[start : row + 1], None if times is None else times[start : row + 1])
            alarms[row], inside[row] = True, False
            entity, at = runs[run_of[row]]
            rest = at[place[row] + 1 :]
            asked[rest], inside[rest] = p_values[rest], False
            self._begin(entity, Event(float(raw[row]), float(p_values[row]), 0.0, float(raw[row])), own.get(row), raw[: row + 1])
            own = {
                other: event for other, event in own.items() if run_of[other] != run_of[row]
            }  # those ahead are looked for anew
            self._go_on(entity, rest, (raw, p_values), asked, inside, own)
            start = row + 1
        self._recent = np.concatenate([self._recent, raw])[-USUAL:]
        while len(self._events) > self._most:
            self._events.popitem(last=False)
        return alarms, inside & ~alarms, asked != p_values

    def _begin(self, entity: str | None, new: Event, around: Event | None, raw: Floats) -> None:
        """A row was raised: its event begins, or the one around it is told anew. raw: of the rows up to it."""
        if around is None:
            new.usual = float(np.median(np.concatenate([self._recent, raw])[-USUAL:]))
        else:
            new.usual, new.top, new.p_value = around.usual, around.top, around.p_value
        self._events.pop(entity, None)  # the latest to begin is the last to be forgotten
        self._events[entity] = new

    def _go_on(
        self,
        entity: str | None,
        at: NDArray[np.intp],
        scores: tuple[Floats, Floats],
        asked: Floats,
        inside: NDArray[np.bool_],
        own: dict[int, Event],
    ) -> None:
        """Follow an event through the next rows of its entity; those about which nobody is asked get a p-value of 1.

        scores: raw ones and p-values of all rows. own: is given the event as it stands at each row that would be one of its own.
        """
        event, (raw, p_values) = self._events[entity], scores
        for row in at.tolist():
            score = float(raw[row])
            part = event.goes_on(score, float(p_values[row]), self._reach)
            if part is None:
                del self._events[entity]
                return
            inside[row] = part
            if event.is_own(score, self._reach):
                own[row] = replace(event)
            else:
                asked[row] = 1.0

    def state(self) -> State:
        """All of it as arrays; `restored` is the inverse."""
        names = tuple(e for e in self._events if e is not None)
        place = {name: i for i, name in enumerate(names)}
        owner = np.array([-1 if e is None else place[e] for e in self._events], dtype=np.int64)
        values = [[e.told, e.p_value, e.usual, e.top, e.since, e.apart] for e in self._events.values()]
        found: State = {
            "recent": self._recent.copy(),
            "values": np.array(values, dtype=np.float64).reshape(-1, 6),
            "owner": owner,
        }
        return found | nest("name", pack_texts(names))

    @classmethod
    def restored(cls, state: State, reach: int, most: int) -> Ongoing:
        """From arrays, none for a stream without events; ModelFileError names one that is not as it must be."""
        found = cls(reach, most)
        if not state:
            return found
        offsets = state.get("name/offsets", np.empty(0))
        check_arrays("events", ARRAYS, state, {"entities": max(0, len(offsets) - 1)})
        names, owner, values = checked_names("events", state), state["owner"], state["values"]
        counts = values[:, 4:]
        whole = bool((counts >= 0).all() and (counts == np.floor(counts)).all() and np.isfinite(values).all())
        if (
            not whole
            or len(np.unique(owner)) != len(owner)
            or len(names) != int((owner >= 0).sum())
            or len(state["recent"]) > USUAL
        ):
            raise ModelFileError("events: their numbers are not as they must be.", HINT)
        for place, (told, p_value, usual, top, since, apart) in zip(owner.tolist(), values.tolist(), strict=True):
            found._events[None if place < 0 else names[place]] = Event(told, p_value, usual, top, int(since), int(apart))
        found._recent = state["recent"].copy()
        return found


def _move(state: State, to: State) -> None:
    for key, array in to.items():
        state[key][...] = array
