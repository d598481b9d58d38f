"""From things that stand out to what people are told: hidden or not, into an incident, into the outbox; all in one transaction.

Rows and facts about the stream itself (data that stopped, a null that is lost) go the same way and have the same rank. When the
transaction fails, what is remembered here is wrong: `load` reads it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from standout.core.table import Table
from standout.deploy.live.incidents import Change, Incidents, Placing
from standout.deploy.live.silences import Quiet
from standout.deploy.notify.channels import Channel
from standout.deploy.notify.composing import messages
from standout.deploy.store.records import Alert, Outcome, Status
from standout.deploy.store.store import Unit


class Suppressor(Protocol):
    """Labels that act: they hide alerts that are like those which someone called false."""

    def hides(self, alerts: Sequence[Alert], rows: Table) -> Sequence[int | None]:
        """For each alert of a row the label that hides it, or None; rows in the same order, as the model's columns."""

    def load(self, unit: Unit) -> None:
        """Read the labels that stand."""

    def look(self, unit: Unit) -> None:
        """Read them again where they may have changed."""


@dataclass(frozen=True)
class Told:
    """Whom to tell, and where they look."""

    channels: tuple[Channel, ...] = ()
    public_url: str = ""


class Alarms:
    """The last stages of one stream. now: when rows came; at: the time that a row speaks of, else when it came."""

    def __init__(self, stream: str, gap: float, quiet: Quiet, told: Told) -> None:
        self._stream, self._gap, self._quiet, self._told = stream, timedelta(seconds=gap), quiet, told
        self.incidents = Incidents(gap)
        self.suppressor: Suppressor | None = None

    def load(self, unit: Unit, now: datetime) -> None:
        """Read the incidents that may still be joined: open ones, and those that were closed a little while ago."""
        found = {i.id: i for i in unit.incidents.page(stream=self._stream, since=now - 2 * self._gap, limit=1_000).items}
        found |= {i.id: i for i in unit.incidents.not_closed(self._stream)}
        self.incidents.load(found[number] for number in sorted(found))
        if self.suppressor is not None:
            self.suppressor.load(unit)

    def raise_all(self, unit: Unit, drafts: Sequence[Alert], rows: Table | None, now: datetime) -> list[Alert]:
        """Store alerts with where each ended, in order. rows: theirs, where they are of rows."""
        labels = self.suppressor.hides(drafts, rows) if self.suppressor is not None and rows is not None else [None] * len(drafts)
        placing, counted = Placing(self.incidents), dict[tuple[Outcome, int], int]()
        alerts = []
        for draft, label in zip(drafts, labels, strict=True):
            at = draft.time or now
            hidden = (Outcome.SUPPRESSED, label) if label is not None else self._quiet.hides(draft, at)
            if hidden is not None:
                counted[hidden] = counted.get(hidden, 0) + 1
                alerts.append(replace(draft, outcome=hidden[0], hidden_by=hidden[1]))
            else:
                number, told = placing.place(draft, at)
                alerts.append(replace(draft, outcome=Outcome.NOTIFIED if told else Outcome.GROUPED, incident=number))
        numbers = self._store_incidents(unit, placing)
        alerts = [a if a.incident is None else replace(a, incident=numbers[a.incident]) for a in alerts]
        alerts = [replace(a, id=n) for a, n in zip(alerts, unit.alerts.add(alerts), strict=True)]
        for outcome, noun in ((Outcome.SILENCED, unit.silences), (Outcome.EXPECTED, unit.calendars)):
            noun.hide({number: count for (what, number), count in counted.items() if what is outcome})
        self._tell(unit, list(placing.changes.values()), alerts, now)
        return alerts

    def end(self, unit: Unit, because: str, entity: str | None, sentence: str, now: datetime) -> None:
        """What an incident of this kind told of is over: close it and say so; nothing happens where none is open."""
        changes = []
        for incident in self.incidents.open_of(because, entity):
            unit.incidents.grow(incident.id, alerts=0, last=incident.last, severity=incident.severity, headline=sentence)
            unit.incidents.set_status(incident.id, Status.CLOSED, "")
            changes.append(Change(replace(incident, status=Status.CLOSED, owner="", headline=sentence), 0, "over", new=False))
        self._tell(unit, changes, [], now)

    def _store_incidents(self, unit: Unit, placing: Placing) -> dict[int, int]:
        numbers = {}
        for number, change in placing.changes.items():
            incident = change.incident
            if change.new:
                change.incident = replace(incident, id=unit.incidents.add(incident))
            else:
                unit.incidents.grow(
                    number, alerts=change.alerts, last=incident.last, severity=incident.severity, headline=incident.headline
                )
                if change.reopened:
                    unit.incidents.set_status(number, Status.OPEN, "")
            numbers[number] = change.incident.id
        return numbers

    def _tell(self, unit: Unit, changes: list[Change], alerts: list[Alert], now: datetime) -> None:
        of: dict[int, list[Alert]] = {}
        for alert in sorted(alerts, key=lambda a: (-a.severity, -a.score)):
            if alert.incident is not None:
                of.setdefault(alert.incident, []).append(alert)
        for change in changes:
            if change.told:
                # the count of its alerts only grows, so that no occasion stands twice whatever is done again after a restart
                occasion = f"{change.told.replace(' ', '-')}-{change.incident.alerts}"
                told, link = self._told, self._told.public_url
                mine = of.get(change.incident.id, [])
                unit.outbox.add(messages(change.incident, mine, told.channels, occasion=occasion, now=now, link=link))
        for change in changes:
            self.incidents.keep(change.incident)
