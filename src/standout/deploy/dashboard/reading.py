"""What the pages read: every question bounded in rows and answered from one consistent view of the store.

Lists are pages by key, so that what comes in meanwhile shifts nothing. The dearer questions are remembered for some seconds, for all
visitors together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from standout.deploy.dashboard.lanes import BINS
from standout.deploy.dashboard.moments import REACH, Around, around
from standout.deploy.dashboard.remembering import Remembered
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import (
    RAISED,
    Alert,
    Audit,
    Calendar,
    Incident,
    Key,
    Label,
    Lane,
    Message,
    Sending,
    Silence,
    Status,
    Stream,
)  # fmt: skip  # the nouns in one place
from standout.deploy.store.rows import Page
from standout.deploy.store.store import Store, Unit

SPAN = timedelta(minutes=5)
"""Over which rows a minute are counted."""


@dataclass(frozen=True)
class Now:
    """What is happening. today: alerts that people were told of since midnight, UTC; sending: messages by state."""

    streams: tuple[str, ...]
    rows: int
    span: timedelta
    today: int
    open: int
    acknowledged: int
    newest: Incident | None
    sending: Mapping[Sending, int]

    @property
    def rows_a_minute(self) -> float:
        """Rows of the span by its minutes."""
        return self.rows / (self.span / timedelta(minutes=1))


@dataclass(frozen=True)
class Looked:
    """Lanes of a span, and how many entities there were."""

    lanes: tuple[Lane, ...]
    entities: int


_lanes: Remembered[Looked] = Remembered(seconds=10, most=32)
_streams: Remembered[tuple[str, ...]] = Remembered(seconds=5, most=8)


class Reading:
    """The questions that pages ask."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def streams(self) -> tuple[str, ...]:
        """The streams by name."""

        def ask() -> tuple[str, ...]:
            with self._store.reading() as unit:
                return tuple(s.name for s in unit.streams.all())

        return _streams.get((id(self._store),), ask)

    def stream(self, name: str) -> Stream | None:
        """A stream as it is kept."""
        with self._store.reading() as unit:
            return unit.streams.get(name)

    def now(self, now: datetime) -> Now:
        """What is happening."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._store.reading() as unit:
            names = tuple(s.name for s in unit.streams.all())
            since = now.replace(second=0, microsecond=0) - SPAN
            lanes = [lane for name in names for lane in unit.lanes.between(name, since, since + SPAN, minutes=5)]
            newest = unit.incidents.page(status=Status.OPEN, limit=1).items
            return Now(
                names,
                sum(lane.rows for lane in lanes),
                SPAN,
                unit.alerts.count(AlertFilter(outcomes=RAISED, since=midnight)),
                unit.incidents.count(status=Status.OPEN),
                unit.incidents.count(status=Status.ACKNOWLEDGED),
                newest[0] if newest else None,
                unit.outbox.counts(),
            )

    def lanes(self, stream: str | None, start: datetime, end: datetime) -> Looked:
        """Lanes of one stream or all, in `BINS` pieces of time or a few less; remembered for ten seconds."""

        def ask() -> Looked:
            minutes = max(1, int((end - start) / timedelta(minutes=1)) // BINS)
            found: list[Lane] = []
            with self._store.reading() as unit:
                for name in [stream] if stream is not None else [s.name for s in unit.streams.all()]:
                    found += unit.lanes.between(name, start, end, minutes=minutes)
            return Looked(tuple(found), len({(lane.stream, lane.entity) for lane in found}))

        return _lanes.get((id(self._store), stream, start, end), ask)

    def around(self, alert: Alert) -> Around:
        """What there was around an alert: its entity's lane, or the whole stream's where the entity has none of its own."""
        at = alert.time or alert.raised
        with self._store.reading() as unit:
            found = self._lane(unit, alert, at, alert.entity) if alert.entity else []
            return around(found or self._lane(unit, alert, at, None), at, alert.entity or "")

    @staticmethod
    def _lane(unit: Unit, alert: Alert, at: datetime, entity: str | None) -> list[Lane]:
        return unit.lanes.between(alert.stream, at - REACH, at + REACH, minutes=1 if entity else 4, entity=entity)

    def alerts(self, which: AlertFilter, before: int | None, most: int) -> Page[Alert]:
        """Alerts, newest first."""
        with self._store.reading() as unit:
            return unit.alerts.page(which, before=before, limit=most)

    def alerts_between(self, stream: str | None, start: datetime, end: datetime, most: int) -> list[Alert]:
        """Alerts that people were told of, raised in a span: the newest `most`."""
        which = AlertFilter(stream=stream, outcomes=RAISED, since=start, until=end)
        return list(self.alerts(which, None, most).items)

    def alert(self, number: int) -> Alert | None:
        """One alert."""
        with self._store.reading() as unit:
            return unit.alerts.get(number)

    def incidents(self, before: int | None, most: int, **which: Any) -> Page[Incident]:
        """Incidents, newest first. which: as of `store.incidents.Incidents.page`."""
        with self._store.reading() as unit:
            return unit.incidents.page(before=before, limit=most, **which)

    def open_incidents(self) -> int:
        """How many incidents wait for somebody."""
        with self._store.reading() as unit:
            return unit.incidents.count(status=Status.OPEN)

    def incident(self, number: int) -> Incident | None:
        """One incident."""
        with self._store.reading() as unit:
            return unit.incidents.get(number)

    def members(self, incident: int, most: int) -> list[Alert]:
        """The alerts of an incident: the newest `most`."""
        return list(self.alerts(AlertFilter(incident=incident), None, most).items)

    def labels(self, alert: int) -> list[Label]:
        """Every label of an alert."""
        with self._store.reading() as unit:
            return unit.labels.of_alert(alert)

    def silences(self, before: int | None, most: int) -> Page[Silence]:
        """Silences, newest first."""
        with self._store.reading() as unit:
            return unit.silences.page(before=before, limit=most)

    def calendars(self, before: int | None, most: int) -> Page[Calendar]:
        """Expected events, newest first."""
        with self._store.reading() as unit:
            return unit.calendars.page(before=before, limit=most)

    def messages(self, state: Sending | None, before: int | None, most: int) -> tuple[Page[Message], Mapping[Sending, int]]:
        """Messages, newest first, and how many are in each state."""
        with self._store.reading() as unit:
            return unit.outbox.page(state=state, before=before, limit=most), unit.outbox.counts()

    def keys(self) -> list[Key]:
        """Every API key; their secrets are nowhere."""
        with self._store.reading() as unit:
            return unit.keys.all()

    def audit(self, who: str | None, before: int | None, most: int) -> Page[Audit]:
        """Who did what, newest first."""
        with self._store.reading() as unit:
            return unit.audit.page(who=who, before=before, limit=most)

    def said(self, stream: str | None, start: datetime) -> tuple[int, dict[str, int]]:
        """Alerts that people were told of since then, and how many have which verdict."""
        with self._store.reading() as unit:
            told = unit.alerts.count(AlertFilter(stream=stream, outcomes=RAISED, since=start))
            by = {
                v: unit.alerts.count(AlertFilter(stream=stream, outcomes=RAISED, since=start, verdict=v))
                for v in ("true", "false", "expected", "unsure")
            }
            return told, by

    def per_day(self, stream: str, start: datetime) -> Mapping[str, int]:
        """Alerts that people were told of by day, UTC."""
        with self._store.reading() as unit:
            found = unit.alerts.per_day(AlertFilter(stream=stream, outcomes=RAISED, since=start))
            return {day.isoformat(): n for day, n in found.items()}

    def count(self, which: AlertFilter) -> int:
        """How many alerts there are."""
        with self._store.reading() as unit:
            return unit.alerts.count(which)


def forget() -> None:
    """Know nothing of what was asked before."""
    _lanes.forget()
    _streams.forget()
