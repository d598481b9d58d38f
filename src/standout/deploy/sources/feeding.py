"""Feeds at work beside each other, each in a thread of its own, until they end or are told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from standout.core.errors import ParameterError, StandoutError
from standout.deploy.live.service import Service
from standout.deploy.sources.feed import Feed, Sink, Told

STOPPING = 15.0
"""Seconds that a feed has to end once it is told to."""


class Feeding:
    """Feeds of a service, each once for a stream.

    told: hears of every receipt, from the feeds' threads; problem: of what passes, such as a broker away. ParameterError where a
    stream has the same feed twice.
    """

    def __init__(
        self,
        service: Service,
        feeds: Iterable[tuple[str, Feed]],
        *,
        told: Told | None = None,
        problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.stop, self._ended = Event(), Event()
        self._failed: list[StandoutError] = []
        pairs = list(feeds)
        self._going, self._lock = len(pairs), Lock()
        self._threads = [
            Thread(target=self._run, args=(feed, Sink(service, stream, feed.name, self.stop, told, problem)), name=feed.name)
            for stream, feed in pairs
        ]
        for i, (stream, feed) in enumerate(pairs):
            service.stream(stream)  # UnknownNameError now, and not in a thread
            if (stream, feed.name) in [(other, one.name) for other, one in pairs[:i]]:
                raise ParameterError(
                    f"{stream} is fed by {feed.name} twice, and both would read on from one place.", "Name it once."
                )

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(STOPPING)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until every feed has ended by itself; whether they have. Raises the named error of the first that could not go on."""
        ended = self._ended.wait(seconds)
        if self._failed:
            raise self._failed[0]
        return ended

    def _run(self, feed: Feed, sink: Sink) -> None:
        try:
            feed.run(sink)
        except StandoutError as error:
            self._failed.append(error)
            sink.problem(f"{feed.name} cannot go on: {error}")
            self._ended.set()
        finally:
            with self._lock:
                self._going -= 1
                if self._going == 0:
                    self._ended.set()
