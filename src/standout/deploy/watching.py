"""`standout watch`: rows that come by themselves, watched by a model, and each alert as a line."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

from standout.core.errors import ParameterError
from standout.deploy.live.answers import Receipt
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.deploy.sources.feed import Feed
from standout.deploy.sources.feeding import Feeding
from standout.deploy.store.records import RAISED, Alert

LOOK = 0.2
"""Seconds between looks whether a signal came."""


def watch(
    settings: Settings,
    feed: Feed,
    *,
    as_json: bool,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> dict[str, int]:
    """Watch one feed with one model until it ends or a signal comes; returns how many rows ended where, by outcome.

    say: is given each alert; warn: what else there is to tell. The named errors of `Service.open` and of the feed.
    """
    if len(settings.named_models) != 1:
        raise ParameterError(
            f"{len(settings.named_models)} models were named to watch one source.", "Name one: standout serve takes several."
        )
    counts: dict[str, int] = {}
    with Service.open(settings) as service:
        (stream,) = service.streams

        def told(_: Sequence[Any], receipt: Receipt) -> None:
            for outcome, count in receipt.counts.items():
                counts[outcome] = counts.get(outcome, 0) + count
            for row, why in receipt.rejected.items():
                warn(f"{receipt.ids[row] or f'row {row}'} was rejected: {why}")
            for alert in _alerts(service, receipt):
                say(json.dumps(as_dict(alert), ensure_ascii=False) if as_json else in_words(alert))

        with _signals() as stopped, Feeding(service, [(stream, feed)], told=told, problem=_once(warn)) as feeding:
            while not stopped.is_set() and not feeding.wait(LOOK):
                pass
    return counts


def _alerts(service: Service, receipt: Receipt) -> list[Alert]:
    """The alerts of a receipt that people are told of, in the order of their rows."""
    if not receipt.alerts:
        return []
    with service.store.reading() as unit:
        found = [unit.alerts.get(receipt.alerts[row]) for row in sorted(receipt.alerts)]
    return [alert for alert in found if alert is not None and alert.outcome in RAISED]


def in_words(alert: Alert) -> str:
    """An alert as one line: when, whose, how strange, and why."""
    where = " ".join(part for part in (str(alert.time or alert.raised)[:19], alert.entity or "", alert.event_id) if part)
    return f"{where}  severity {alert.severity:.2f}  {alert.sentence}".replace("\n", " ")


def as_dict(alert: Alert) -> dict[str, Any]:
    """An alert in plain values, for JSON lines."""
    return {
        "alert": alert.id,
        "incident": alert.incident,
        "event_id": alert.event_id,
        "entity": alert.entity,
        "time": None if alert.time is None else alert.time.isoformat(),
        "severity": alert.severity,
        "p_value": alert.p_value,
        "sentence": alert.sentence,
        "reason": dict(alert.reason),
    }


def _once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """Tell the same trouble once, however often it is met in a row."""
    last: list[str] = [""]

    def tell(text: str) -> None:
        if text != last[0]:
            last[0] = text
            warn(text)

    return tell


@contextmanager
def _signals() -> Iterator[Event]:
    """An event that the first SIGINT or SIGTERM sets, so that what is in hand is finished and places are kept."""
    stopped = Event()
    before = {s: signal.signal(s, lambda *_: stopped.set()) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
