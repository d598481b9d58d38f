"""Channels: where messages go, and which ones. A channel is one address in the form of Apprise, with our own settings behind it.

Its address holds secrets, so nothing shows it: a channel is known by its name and kind, such as "ops (slack)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from urllib.parse import parse_qsl, quote

from standout.core.errors import ParameterError
from standout.deploy.notify.duty import Duty
from standout.deploy.store.records import Incident

OURS = "standout-"
KNOWS_KEYS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
"""Kinds of channel that can hand a key on, as the header Idempotency-Key."""
SETTINGS = ("streams", "severity", "duty", "keys", "per-minute")


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go. streams: only these, all where empty. severity: only incidents at least so severe, in percent.

    duty: when it may be told at once; at other times messages wait and come together. keys: whether the receiver knows
    idempotency keys, so that a message in doubt may be sent again. per_minute: at most so many messages.

    >>> Channel.parsed("ops", "json://127.0.0.1:9/hook?standout-streams=pumps,pipes&standout-severity=99.5&standout-keys=yes")
    Channel(name='ops', streams=('pumps', 'pipes'), severity=99.5, duty=None, keys=True, per_minute=20)
    """

    name: str
    url: str = field(repr=False)
    streams: tuple[str, ...] = ()
    severity: float = 0.0
    duty: Duty | None = None
    keys: bool = False
    per_minute: int = 20

    @classmethod
    def parsed(cls, name: str, url: str) -> Self:
        """From an address whose query may hold settings of ours, such as standout-severity=99.5; the rest is Apprise's.

        Raises ParameterError for a setting that is unknown or cannot be understood; it never shows the address.
        """
        address, told = _split(url)
        unknown = sorted(set(told) - set(SETTINGS))
        if unknown:
            listed = ", ".join(OURS + s for s in SETTINGS)
            raise ParameterError(f"The channel {name} has the unknown setting {OURS}{unknown[0]}.", f"Known: {listed}.")
        try:
            severity, per_minute = float(told.get("severity", 0)), int(told.get("per-minute", 20))
        except ValueError:
            severity = per_minute = -1
        if not (0 <= severity <= 100 and per_minute >= 1):
            raise ParameterError(
                f"The channel {name} has a severity or a number of messages a minute that is none.",
                f"Write {OURS}severity=99.5 (0 to 100) and {OURS}per-minute=20 (1 or more).",
            )
        keys = told.get("keys", "no").lower() in ("yes", "true", "1")
        kind = address.partition(":")[0].lower()
        if keys and kind not in KNOWS_KEYS:
            raise ParameterError(
                f"The channel {name} ({kind}) cannot hand keys on.", f"Only {', '.join(sorted(KNOWS_KEYS))} can."
            )
        streams = tuple(s for s in told.get("streams", "").split(",") if s)
        duty = Duty.parsed(told["duty"]) if "duty" in told else None
        return cls(name, address, streams, severity, duty, keys, per_minute)

    @property
    def kind(self) -> str:
        """Such as "slack", from the address."""
        return self.url.partition(":")[0].lower()

    @property
    def shown(self) -> str:
        """Name and kind, without the address."""
        return f"{self.name} ({self.kind})"

    def wants(self, incident: Incident) -> bool:
        """Whether it is told of an incident."""
        return incident.severity >= self.severity and (not self.streams or incident.stream in self.streams)

    def when(self, now: datetime) -> datetime:
        """When it may be told: now, or when duty begins."""
        return now if self.duty is None else self.duty.next(now)


def parsed_channels(told: Mapping[str, str]) -> tuple[Channel, ...]:
    """Channels from addresses by name."""
    return tuple(Channel.parsed(name, url) for name, url in told.items())


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The address without our settings, byte for byte, and our settings."""
    address, mark, query = url.partition("?")
    parts = query.split("&") if mark else []
    ours = [p for p in parts if p.lower().startswith(OURS)]
    rest = [p for p in parts if p not in ours]
    told = {k.lower().removeprefix(OURS): v for p in ours for k, v in parse_qsl(quote(p, safe="=%,:+-"), keep_blank_values=True)}
    return address + ("?" + "&".join(rest) if rest else ""), told
