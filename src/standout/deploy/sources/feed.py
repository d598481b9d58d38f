"""A feed brings rows to one watched stream; a sink takes them, and says so only when the store has them.

At least once: a feed moves its place on, or acknowledges a message, after `Sink.take` returned. Exactly once in effect: rows carry
ids made of their place at the sender, and the stream knows an id that it took in before.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from standout.core.errors import ClosedError, ElsewhereError, QueueFullError, StoreBusyError
from standout.core.table import Role
from standout.deploy.live.answers import Receipt
from standout.deploy.live.service import Service

AGAIN = (QueueFullError, StoreBusyError, ElsewhereError)
"""What passes: the sender waits and gives the same rows again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0  # seconds between tries, doubling
KEPT_PLACES = "places"  # the key of a stream's settings under which feeds keep how far they have read


class Stopped(Exception):
    """The feed was told to stop before its rows were taken; the sender keeps them."""


Told = Callable[[Sequence[Any], Receipt], None]
"""Whoever hears what became of rows, such as a command that prints alerts: the rows as they were given, and their receipt."""


@dataclass
class Sink:
    """One stream of a service, as a feed sees it.

    feed: the feed's name, under which its place is kept. stop: set when the feed is to end. told: is called with every receipt.
    """

    service: Service
    stream: str
    feed: str
    stop: Event
    told: Told | None = None
    problem: Callable[[str], None] = field(default=lambda _: None)

    @property
    def key(self) -> str:
        """The key under which a row carries its id."""
        return self.service.settings.event_id

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that rows of the stream have; those of the label and of columns left out among them."""
        return self.service.stream(self.stream).model.schema.names

    @property
    def clock(self) -> str | None:
        """The column that holds the rows' own time, if any."""
        found = self.service.stream(self.stream).model.schema.with_role(Role.TIME)
        return None if found is None else found.name

    def take(self, rows: Sequence[Any]) -> Receipt:
        """Give rows to the stream and wait until the store has them, however long that takes; Stopped when told to stop."""
        pause = FIRST_PAUSE
        while True:
            try:
                receipt = self.service.take(self.stream, rows)
            except AGAIN as error:
                self.problem(str(error))
            except ClosedError:
                raise Stopped from None
            else:
                if self.told is not None:
                    self.told(rows, receipt)
                return receipt
            if self.stop.wait(pause):
                raise Stopped
            pause = min(2 * pause, LONGEST_PAUSE)

    async def taken(self, rows: Sequence[Any]) -> Receipt:
        """As `take`, for a feed that runs on an event loop: many wait at once, and are taken in together."""
        pause = FIRST_PAUSE
        while not self.stop.is_set():
            try:
                receipt = await asyncio.wrap_future(self.service.submit(self.stream, rows))
            except AGAIN as error:
                self.problem(str(error))
            except ClosedError:
                break
            else:
                if self.told is not None:
                    self.told(rows, receipt)
                return receipt
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise Stopped

    def place(self) -> Mapping[str, Any] | None:
        """How far the feed had read when it kept its place last, or None where it never did."""
        with self.service.store.reading() as unit:
            known = unit.streams.get(self.stream)
        found: Mapping[str, Any] | None = None if known is None else known.settings.get(KEPT_PLACES, {}).get(self.feed)
        return found

    def keep(self, place: Mapping[str, Any]) -> None:
        """Write down how far the feed has read; of places that could not be kept, the rows are taken again and known by their ids."""
        try:
            with self.service.store.writing() as unit:
                unit.streams.settle(self.stream, None, lambda told: {**told, KEPT_PLACES: self._places(told, place)})
        except StoreBusyError as error:
            self.problem(str(error))

    def _places(self, settings: Mapping[str, Any], mine: Mapping[str, Any]) -> dict[str, Any]:
        return {**settings.get(KEPT_PLACES, {}), self.feed: dict(mine)}


class Feed(ABC):
    """Something that rows come from. name: the same at every start, since the place is kept under it."""

    name: str

    @abstractmethod
    def run(self, sink: Sink) -> None:
        """Bring rows until there will be no more, or the sink's `stop` is set; raises a named error where it cannot go on."""


@dataclass
class Pace:
    """How often a feed keeps its place: at most once in so many seconds, so that single rows do not cost a transaction each."""

    seconds: float = 1.0
    _kept: float = 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        now = time.monotonic()
        if now - self._kept < self.seconds:
            return False
        self._kept = now
        return True
