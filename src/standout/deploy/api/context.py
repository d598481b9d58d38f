"""What routes share: the service, the limits, and the threads on which rows are read and scored."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from standout.deploy.api.bell import Bell
from standout.deploy.api.formats import Expected
from standout.deploy.api.keys import Keys, Who
from standout.deploy.api.limits import Limits
from standout.deploy.api.metrics import Metrics
from standout.deploy.api.problems import Busy, NotFound
from standout.deploy.live.service import Service
from standout.deploy.live.stream import Stream

T = TypeVar("T")
LINE = 64
"""Requests that may stand in line for a thread; beyond, callers are told to try again."""


@dataclass
class Context:
    """Made once for each server; routes find it with `of`."""

    service: Service
    limits: Limits
    metrics: Metrics
    keys: Keys | None
    bell: Bell = field(default_factory=Bell)
    _threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(max(2, os.cpu_count() or 1)))
    _in_line: int = 0

    async def work(self, do: Callable[[], T]) -> T:
        """Run something that takes processor time on a thread of its own; Busy where too many are in line."""
        if self._in_line >= LINE:
            raise Busy("Too many requests with rows are in line.", "Try again in a moment.")
        self._in_line += 1
        try:
            return await anyio.to_thread.run_sync(do, limiter=self._threads, abandon_on_cancel=True)
        finally:
            self._in_line -= 1

    def stream(self, name: str) -> Stream:
        """A stream by its name; NotFound where there is none."""
        try:
            return self.service.streams[name]
        except KeyError:
            known = ", ".join(sorted(self.service.streams)[:20])
            raise NotFound("There is no stream of this name.", f"There is {known}." if known else "") from None

    def expected(self, stream: str) -> Expected:
        """What rows of a stream are read against."""
        return Expected(self.stream(stream).model.schema, self.service.settings.event_id, self.limits)


def of(request: Request) -> Context:
    """The context of the server that got this request."""
    context: Context = request.app.state.context
    return context


def who_of(request: Request) -> Who:
    """Who is asking; a route that needs a role has made sure that somebody is."""
    who: Who = request.state.who
    return who
