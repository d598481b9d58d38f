"""`standout serve`: the service, its HTTP face and its dashboard put together, and what is said at the start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from standout.core.errors import MissingExtraError, OutputError, ParameterError
from standout.deploy.checkup.machine import kept
from standout.deploy.live.settings import Settings

if TYPE_CHECKING:
    from standout.deploy.api.gate import Gate
    from standout.deploy.api.logs import Logs
    from standout.deploy.api.pages import Page
    from standout.deploy.live.service import Service
    from standout.deploy.store.records import Key

Tell = Callable[[str], None]
NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def serve(settings: Settings, *, tell: Tell) -> None:
    """Serve until a signal comes. tell: takes each line that is said at the start.

    Raises ParameterError where the address cannot be had, or would be open to others without a key; MissingExtraError where the
    extra `serve` is not installed; and whatever `Service.open` raises.
    """
    _check_installed(settings)
    from standout.deploy.api.app import build, gate_for
    from standout.deploy.api.hosts import is_loopback
    from standout.deploy.api.keys import Keys
    from standout.deploy.api.limits import Limits
    from standout.deploy.api.logs import Logs
    from standout.deploy.api.pages import Pages
    from standout.deploy.api.serving import address_of, listen, run
    from standout.deploy.live.service import Service
    from standout.deploy.sources.feeding import Feeding
    from standout.deploy.sources.opening import open_feed

    feeds = [(stream, open_feed(what)) for stream, what in settings.watched]
    keyed = settings.keys or not is_loopback(settings.host)
    listening = listen(settings.host, settings.port)
    logs = Logs()
    with listening, Service.open(settings) as service, warmed_up(service, logs):
        keys = Keys(lambda: _keys_of(service)) if keyed else None
        if keyed:
            _check_some_key(service, settings)
        gate = gate_for(
            settings.host, keys=keys, limits=Limits.of(settings), hosts=settings.allow_hosts, origins=settings.allow_origins
        )
        pages = Pages(lambda: _dashboard(service, gate, logs), logs) if settings.dashboard else None
        front = build(service, gate=gate, logs=logs, pages=pages)

        def trouble(text: str) -> None:
            logs.tell("feed", "warning", message=text)

        def started() -> None:
            for line in greeting(service, address_of(listening), keyed=keyed, dashboard=settings.dashboard):
                tell(line)

        with Feeding(service, feeds, problem=trouble):
            run(front, listening, logs, started)
    tell("Stopped; everything that was acknowledged is stored.")


def elsewhere(owner: str) -> str:
    """What is said of a stream that another server watches; an operator who did not mean it reads what to do."""
    from standout.deploy.live.owning import ELSEWHERE, in_words

    return f"watched by {in_words(owner)} already; here rows are scored, and refused for the stream. {ELSEWHERE}"


@contextmanager
def warmed_up(service: Service, logs: Logs) -> Iterator[None]:
    """Compile what rows will need, on a thread of its own; the service is not ready before."""
    held = ExitStack()
    held.enter_context(service.warming_up())

    def warm() -> None:
        from standout.deploy.live.warming import rehearse, settle

        with held:
            began, before = time.monotonic(), _kept()
            logs.tell(
                "warming", message="Not ready until what rows need is compiled: at the first start this takes half a minute."
            )
            for stream in service.streams.values():
                rehearse(stream)
            seconds = round(time.monotonic() - began, 2)
            logs.tell("warm", message="Ready.", compiled=_kept() - before, seconds=seconds)
        settle()

    warming = threading.Thread(target=warm, name="standout-warm", daemon=True)
    warming.start()
    try:
        yield
    finally:
        warming.join()


def _kept() -> int:
    """How many compiled kernels are kept; 0 where they cannot be, which `standout doctor` tells more of."""
    try:
        return kept()[0]
    except OutputError:
        return 0


def greeting(service: Service, address: str, *, keyed: bool, dashboard: bool) -> list[str]:
    """What is served, where, and who may come in."""
    lines = [f"{name}: {s.model.detector.part.name}, {s.policy.in_words()}" for name, s in service.streams.items()]
    lines += [f"{s.name}: {elsewhere(s.owner)}" for s in service.health().streams.values() if not s.owned]
    lines += [f"{name}: from {what.partition('://')[0] if '://' in what else what}" for name, what in service.settings.watched]
    if dashboard:
        lines.append(f"Dashboard  {address}")
    lines.append(f"API        {address}/api/v1 (described at /api/v1/openapi.json)")
    lines.append(f"Store      {service.store.shown}")
    if keyed:
        lines.append("Keys       on")
    else:
        lines.append(
            "Keys       OFF: whoever can reach this port from this machine may read and change everything. --keys turns them on."
        )
    return lines


def _check_installed(settings: Settings) -> None:
    needed = (*NEEDED, "streamlit", "plotly") if settings.dashboard else NEEDED
    for package in needed:
        if find_spec(package) is None:
            raise MissingExtraError.for_package("standout serve", package, "serve")


def _dashboard(service: Service, gate: Gate, logs: Logs) -> Page:
    """The dashboard; imported here, by the thread that loads it."""
    from standout.deploy.api.serving import take_over
    from standout.deploy.dashboard.door import Door, application
    from standout.deploy.live.warming import settle

    made = application(Door(service, gate.sessions.who if gate.sessions else None))
    take_over(logs)
    settle()
    return made


def _keys_of(service: Service) -> list[Key]:
    with service.store.reading() as unit:
        return unit.keys.all()


def _check_some_key(service: Service, settings: Settings) -> None:
    """Keys that are asked for and do not exist would lock everybody out; told at the start, and not at night."""
    if not any(key.revoked is None for key in _keys_of(service)):
        raise ParameterError(
            f"Listening on {settings.host} with keys, and there is no key yet.",
            f"Make one: standout keys --make NAME --role act --store {service.store.shown}",
        )
