"""What people are told, as messages of the outbox: a sentence first, then numbers, then where to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from standout.deploy.live.incidents import Change
from standout.deploy.store.records import Alert, Message

SENTENCES = 3
"""Alerts that one message quotes."""


def messages(
    changes: Iterable[Change], alerts: Mapping[int, list[Alert]], channels: Iterable[str], now: datetime, public_url: str
) -> list[Message]:
    """One for each channel and incident that is told now. alerts: those of this transaction, by the incident's number.

    The key counts the incident's alerts, which only grow: no key stands twice, whatever is done again after a restart.
    """
    told = [change for change in changes if change.told]
    return [
        _message(change, alerts.get(change.incident.id, []), channel, now, public_url) for change in told for channel in channels
    ]


def _message(change: Change, alerts: list[Alert], channel: str, now: datetime, public_url: str) -> Message:
    incident = change.incident
    key = f"{channel}/incident-{incident.id}/{incident.alerts}/{change.told.replace(' ', '-')}"
    title = f"{incident.stream}: {incident.headline}"
    if change.told == "over":
        title = f"{incident.stream}: over: {incident.headline}"
    elif change.told != "new":
        title += f" ({change.told})"
    strongest = sorted(alerts, key=lambda a: (-a.severity, -a.score))
    lines = [_line(alert) for alert in strongest[:SENTENCES]]
    if incident.alerts > len(lines):
        lines.append(f"{incident.alerts:,} alerts belong to it so far.")
    if public_url:
        lines.append(f"{public_url.rstrip('/')}/?incident={incident.id}")
    return Message(key, channel, title[:200], "\n".join(lines), now, incident.id, incident.severity)


def _line(alert: Alert) -> str:
    when = f"{alert.time:%Y-%m-%d %H:%M:%S} UTC: " if alert.time else ""
    return f"{when}{alert.sentence}"[:1_000]
