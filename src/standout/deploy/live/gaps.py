"""Data that stop coming: for the stream, and for each entity that sends regularly.

What is usual is learned from the gaps between arrivals. A stream has stopped after twice its longest gap of late (which fades, by half
each week), an entity after three times its longest. Both must have sent regularly (their gaps spread by less than half their mean, over 10
gaps of a stream and 30 of an entity); a stream that does not is believed after a week, since nights and weekends are silent, too. Nothing
is told below a floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from standout.core.part import State
from standout.deploy.live.entities import Entities
from standout.deploy.store.records import Alert, Kind, Outcome

WEEK = 7 * 86_400.0
FEWEST, FEWEST_OF_ENTITY = 10, 30
TIMES, TIMES_OF_ENTITY = 2.0, 3.0
REGULAR = 0.5


@dataclass(frozen=True)
class Stopped:
    """No data: of the stream where `entity` is None, for `quiet` seconds where at most `usual` are usual; count: entities meant."""

    entity: str | None
    quiet: float
    usual: float
    count: int = 1


class Gaps:
    """Gaps of one stream. fixed: seconds after which data have stopped, where that is told; floor: least learned gap."""

    def __init__(self, entities: Entities, *, floor: float, fixed: float | None, of_entities: bool) -> None:
        self._entities, self._floor, self._fixed, self._of_entities = entities, floor, fixed, of_entities
        self.last: float | None = None
        self.gaps, self.mean, self.spread, self.longest, self.stopped = 0, 0.0, 0.0, 0.0, False

    @property
    def usual(self) -> float | None:
        """The longest quiet that is usual; None while that is not known."""
        if self._fixed is not None:
            return self._fixed
        if self.gaps < FEWEST:
            return None
        regular = math.sqrt(self.spread / self.gaps) < REGULAR * self.mean
        return max(self._floor, TIMES * self.longest) if regular or self.mean * self.gaps >= WEEK else None

    def arrived(self, now: float, slots: NDArray[np.intp]) -> list[Stopped]:
        """Rows came, of the entities in these places (each once); returns what had stopped and is back, with how long it was quiet."""
        back = []
        if self.last is not None:
            quiet = max(0.0, now - self.last)
            if self.stopped:
                back.append(Stopped(None, quiet, self.usual or 0.0))
            else:  # how long an outage was says nothing of what is usual
                self.longest = max(quiet, self.longest * 0.5 ** (quiet / WEEK))
                self.gaps += 1
                step = quiet - self.mean
                self.mean += step / self.gaps
                self.spread += step * (quiet - self.mean)
        self.last, self.stopped = now, False
        if self._of_entities and len(slots):
            back += self._of_each(now, slots)
        else:
            self._entities.seen[slots] = now
        return back

    def _of_each(self, now: float, slots: NDArray[np.intp]) -> list[Stopped]:
        e = self._entities
        seen, stopped = e.seen[slots], e.stopped[slots] > 0
        back = []
        if stopped.any():
            names = e.names()
            back = [Stopped(names[s], now - float(e.seen[s]), self._usual_of(s)) for s in slots[stopped].tolist()]
            e.stopped[slots] = 0.0
        known = np.isfinite(seen) & ~stopped & (now > seen)
        at, gap = slots[known], now - seen[known]
        e.gaps[at] += 1
        step = gap - e.mean[at]
        e.mean[at] += step / e.gaps[at]
        e.spread[at] += step * (gap - e.mean[at])
        e.longest[at] = np.maximum(gap, e.longest[at] * 0.5 ** (gap / WEEK))
        e.seen[slots] = now
        return back

    def _usual_of(self, slot: int) -> float:
        return max(self._floor, TIMES_OF_ENTITY * float(self._entities.longest[slot]))

    def check(self, now: float) -> list[Stopped]:
        """What has stopped since the last look; many entities at once are told as one."""
        if self.last is None:
            return []
        usual = self.usual
        if usual is not None and now - self.last > usual:
            found = [] if self.stopped else [Stopped(None, now - self.last, usual)]
            self.stopped = True
            return found  # and nothing of each entity, since all of them stopped with it
        return self._check_entities(now) if self._of_entities else []

    def _check_entities(self, now: float) -> list[Stopped]:
        e, n = self._entities, len(self._entities)
        gaps, mean = e.gaps[:n], e.mean[:n]
        with np.errstate(divide="ignore", invalid="ignore"):
            regular = np.sqrt(e.spread[:n] / gaps) < REGULAR * mean
        limit = np.maximum(self._floor, TIMES_OF_ENTITY * e.longest[:n])
        gone = (gaps >= FEWEST_OF_ENTITY) & regular & (e.stopped[:n] == 0) & (now - e.seen[:n] > limit)
        at = np.flatnonzero(gone)
        if not len(at):
            return []
        e.stopped[at] = 1.0
        names = e.names()
        if len(at) > 5:
            longest = at[np.argmax(now - e.seen[at])]
            return [Stopped(names[longest], float(now - e.seen[longest]), float(limit[longest]), len(at))]
        return [Stopped(names[i], float(now - e.seen[i]), float(limit[i])) for i in at.tolist()]

    def pause(self, now: float) -> None:
        """The service itself was away until now: that is no gap in the data."""
        if self.last is not None:
            self.shift(now - self.last)

    def shift(self, seconds: float) -> None:
        """Take all arrivals as so much later."""
        if self.last is not None:
            self.last += seconds
            self._entities.seen[:] += seconds

    def snapshot(self) -> State:
        """Everything of the stream as arrays; entities keep theirs."""
        last = math.nan if self.last is None else self.last
        return {"gaps": np.array([last, self.gaps, self.mean, self.spread, self.longest, self.stopped], dtype=np.float64)}

    def resume(self, state: State) -> None:
        """Go on from a snapshot."""
        last, gaps, self.mean, self.spread, self.longest, stopped = state["gaps"].tolist()
        self.last = None if math.isnan(last) else last
        self.gaps, self.stopped = int(gaps), bool(stopped)


def stopped_alert(stream: str, stopped: Stopped, now: datetime) -> Alert:
    """What people are told of data that stopped."""
    who = f"{stopped.entity} and {stopped.count - 1} others" if stopped.count > 1 else stopped.entity or stream
    sentence = f"No data of {who} for {in_words(stopped.quiet)}; at most {in_words(stopped.usual)} are usual."
    entity = stopped.entity if stopped.count == 1 else None
    what = "stopped" if stopped.count == 1 else "stopped-many"
    return Alert(stream, Kind.STOPPED, now, sentence, Outcome.NOTIFIED, entity=entity, because=f":{what}")


def in_words(seconds: float) -> str:
    """A length of time as a person says it.

    >>> [in_words(s) for s in (0.5, 45, 600, 7_300, 200_000)]
    ['0.5 seconds', '45 seconds', '10 minutes', '2 hours', '2 days']
    """
    for unit, name in ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes")):
        if seconds >= 1.5 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds" if seconds >= 1 else f"{seconds:.2g} seconds"
