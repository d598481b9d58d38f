"""Messages of a broker, through FastStream: acknowledged only after the store has their rows, so that each arrives at least once."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from standout.core.errors import MissingExtraError, ParameterError, UnknownNameError
from standout.deploy.sources.bodies import rows_of, with_ids
from standout.deploy.sources.feed import FIRST_PAUSE, LONGEST_PAUSE, Feed, Sink, Stopped

SCHEMES: Mapping[str, str] = {
    "kafka": "kafka",
    "redis": "redis",
    "rediss": "redis",
    "nats": "nats",
    "amqp": "rabbit",
    "amqps": "rabbit",
    "mqtt": "mqtt",
    "mqtts": "mqtt",
}
"""The file in `brokers/` for each scheme."""

QUIET = logging.getLogger("standout.sources")
"""Where FastStream logs to: what matters of it is told through `Sink.problem`."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
ANSWER = 10.0  # seconds that a broker has to answer before it counts as away
LOOK = 0.1  # seconds between looks whether to stop
GOING = 60.0  # seconds of work after which a connection counts as good, and pauses begin small again


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is, and what to read there: the path's topic and the settings behind the question mark."""

    url: str  # without the topic and the settings
    topic: str
    settings: Mapping[str, str]

    @classmethod
    def of(cls, text: str, known: Sequence[str]) -> Address:
        """An address taken apart; ParameterError without a topic, UnknownNameError for a setting that is not known.

        >>> Address.of("redis://localhost:6379/0/payments?group=night", ("group",))
        Address(url='redis://localhost:6379/0', topic='payments', settings={'group': 'night'})
        """
        parts = urlsplit(text)
        before, _, topic = parts.path.rpartition("/")
        settings = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name in settings:
            if name not in known:
                raise UnknownNameError.among(f"setting of a {parts.scheme} address", name, known)
        if not topic:
            raise ParameterError(f"The address {shown(text)} names nothing to read.", f"Put it last: {parts.scheme}://HOST/NAME")
        return cls(parts._replace(path=before, query="", fragment="").geturl(), topic, settings)


class Handler(Protocol):
    """Takes one message's body in; returns once the store has it, so that the message may be acknowledged."""

    def __call__(self, body: bytes, message: str) -> Awaitable[None]:
        """Take in the body of a message of this id."""


class Broker(Feed):
    """Reads one topic, queue or subject; connects again, for as long as it takes, when the broker goes away."""

    def __init__(self, url: str) -> None:
        self._kind = _module(urlsplit(url).scheme)
        self.address = Address.of(url, self._kind.SETTINGS)
        self.name = shown(url)

    def run(self, sink: Sink) -> None:
        """Bring messages until told to stop."""
        asyncio.run(self._run(sink))

    async def _run(self, sink: Sink) -> None:
        pause, loop = FIRST_PAUSE, asyncio.get_running_loop()

        async def handle(body: bytes, message: str) -> None:
            await sink.taken(with_ids(rows_of(body), sink.key, message))

        while not sink.stop.is_set():
            began = loop.time()
            try:
                await self._session(sink, handle)
            except Stopped:
                return
            except Exception as error:  # of five clients, each with errors of its own: all mean that the broker is not there
                sink.problem(f"{self.name} does not answer: {type(error).__name__}: {str(error)[:200]}")
            if loop.time() - began > GOING:
                pause = FIRST_PAUSE
            await _until(sink.stop.is_set, pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _session(self, sink: Sink, handle: Handler) -> None:
        """One connection, from its beginning until it fails or this is told to stop."""
        lost = asyncio.Event()
        broker = self._kind.connect(self.address, _Guard(handle, lost), f"standout-{sink.stream}")
        try:
            await _unless_stopped(broker.start(), sink.stop.is_set)
            await _until(lambda: sink.stop.is_set() or lost.is_set(), None)
        finally:
            with suppress(Exception):  # a broker that is gone cannot be left politely
                await asyncio.wait_for(broker.stop(), LONGEST_PAUSE)


class _Guard:
    """A handler whose failure ends the session: the message was not acknowledged, and comes again with the next one."""

    def __init__(self, handle: Handler, lost: asyncio.Event) -> None:
        self._handle, self._lost = handle, lost

    async def __call__(self, body: bytes, message: str) -> None:
        try:
            await self._handle(body, message)
        except BaseException:
            self._lost.set()
            raise


async def as_it_is(message: Any) -> Any:
    """The decoder of every broker: bodies are read by us, the same way from all of them."""
    return message


async def _unless_stopped(starting: Coroutine[Any, Any, None], stopped: Callable[[], bool]) -> None:
    """Wait for a connection, which some clients try to make for ever; TimeoutError where none comes about."""
    task = asyncio.ensure_future(starting)
    await _until(lambda: task.done() or stopped(), ANSWER)
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        raise Stopped if stopped() else TimeoutError("no answer")
    task.result()


async def _until(done: Callable[[], bool], seconds: float | None) -> None:
    """Wait until something is so, at most so many seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not done() and (seconds is None or loop.time() - began < seconds):
        await asyncio.sleep(LOOK if seconds is None else min(LOOK, seconds))


def _module(scheme: str) -> ModuleType:
    if scheme not in SCHEMES:
        raise UnknownNameError.among("kind of broker", scheme, SCHEMES)
    try:
        module = importlib.import_module(f"standout.deploy.sources.brokers.{SCHEMES[scheme]}")
    except ImportError as error:
        raise MissingExtraError.for_package(f"Reading from {scheme}", "faststream", "streams") from error
    return module


def shown(url: str) -> str:
    """An address without its password."""
    parts: SplitResult = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
