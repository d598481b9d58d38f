"""What waits for the engine: rows of senders and acts of people, with a bound on the rows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from standout.core.errors import ClosedError, QueueFullError
from standout.deploy.live.answers import Receipt, Rows
from standout.deploy.live.rows import Read
from standout.deploy.store.store import Unit


@dataclass
class Submission:
    """Rows of one sender for one stream, read already or still as mappings; and who waits for the receipt."""

    stream: str
    rows: Rows
    read: Read | None
    size: int
    future: Future[Receipt] = field(default_factory=Future)
    since: float = field(default_factory=monotonic)


@dataclass
class Act:
    """Something that a person does: work in a transaction of its own, done by the engine between batches."""

    work: Callable[[Unit], Any]
    future: Future[Any] = field(default_factory=Future)
    since: float = field(default_factory=monotonic)


class Waiting:
    """A queue with room for so many rows."""

    def __init__(self, room: int) -> None:
        self.room, self.rows = room, 0
        self._items: deque[Submission | Act] = deque()
        self._changed = threading.Condition()
        self.closed = False

    def put(self, item: Submission | Act) -> None:
        """Add to the end. QueueFullError where there is no room for its rows, ClosedError after `close`."""
        size = item.size if isinstance(item, Submission) else 0
        with self._changed:
            if self.closed:
                raise ClosedError("The service is stopping.", "Send this again when it is back.")
            if size and self.rows + size > self.room:
                hint = "Send fewer rows at once." if size > self.room else "Wait a moment and send them again."
                raise QueueFullError(f"{self.rows:,} rows wait already, {size:,} more do not fit in {self.room:,}.", hint)
            self.rows += size
            self._items.append(item)
            if len(self._items) == 1:
                self._changed.notify()

    def take(self, timeout: float, most: int) -> list[Submission | Act]:
        """What waits, in order: up to `most` rows of each stream; empty after `timeout` seconds of nothing, or once closed."""
        with self._changed:
            if not self._items and not self.closed:
                self._changed.wait(timeout)
            if not self._items:
                return []
            taken: list[Submission | Act] = []
            left: deque[Submission | Act] = deque()
            counts: dict[str, int] = {}
            for item in self._items:
                if isinstance(item, Act):
                    taken.append(item)
                    continue
                had = counts.get(item.stream, 0)
                counts[item.stream] = had + item.size
                # one that does not fit blocks those of its stream behind it: nothing overtakes
                if had == 0 or counts[item.stream] <= most:
                    taken.append(item)
                else:
                    counts[item.stream] = most + 1
                    left.append(item)
            self._items = left
            self.rows -= sum(item.size for item in taken if isinstance(item, Submission))
            return taken

    def close(self) -> None:
        """Refuse whatever comes from now on; what waits is still given."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    @property
    def oldest(self) -> float:
        """Seconds that the first has waited; 0.0 where none waits."""
        with self._changed:
            return monotonic() - self._items[0].since if self._items else 0.0
