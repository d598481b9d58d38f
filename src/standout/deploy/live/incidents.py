"""Incidents of one stream: alerts of one entity, near in time and of one reason, told once and again only when they get worse.

An incident is told when it opens, when its worst alert is ten times rarer than any before, when ten times as many alerts have
come, and when it goes on after someone closed it. Everything else joins it in silence, so nothing flaps.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from standout.deploy.live.reasons import alike, headline
from standout.deploy.store.records import Alert, Incident, Status

MOST = 10_000
"""Incidents remembered; older ones can no longer be joined."""
RAREST = 12


def step(severity: float) -> int:
    """How many zeros the rarity has: 99% is 2, 99.9% is 3.

    >>> [step(s) for s in (90.0, 98.0, 99.0, 99.95, 100.0)]
    [1, 1, 2, 3, 12]
    """
    share = 1.0 - severity / 100.0
    return RAREST if share <= 10.0**-RAREST else max(0, math.floor(1e-9 - math.log10(share)))


@dataclass
class Change:
    """What happens to one incident in one transaction. told: why it is told now, empty where it is not. new: to be added."""

    incident: Incident
    alerts: int
    told: str
    new: bool
    reopened: bool = False
    closed: bool = False


class Incidents:
    """What new alerts may still join: of one stream, as the store has them. gap: seconds between alerts that belong together."""

    def __init__(self, gap: float) -> None:
        self._gap = timedelta(seconds=gap)
        self._known: OrderedDict[int, Incident] = OrderedDict()
        self._of: dict[str | None, list[int]] = {}

    def load(self, incidents: Iterable[Incident]) -> None:
        """Replace what is known, the oldest first."""
        self._known.clear()
        self._of.clear()
        for incident in incidents:
            self.keep(incident)

    def find(self, alert: Alert, at: datetime) -> Incident | None:
        """The newest incident that the alert belongs to."""
        for number in reversed(self._of.get(alert.entity, [])):
            known = self._known[number]
            near = known.opened - self._gap <= at <= known.last + self._gap
            if near and alike(known.because, alert.because):
                return known
        return None

    def open_of(self, because: str, entity: str | None) -> list[Incident]:
        """Incidents of exactly this reason and entity that nobody has closed."""
        mine = [self._known[number] for number in self._of.get(entity, [])]
        return [i for i in mine if i.because == because and i.status is not Status.CLOSED]

    def keep(self, incident: Incident) -> None:
        """Remember an incident as it is now."""
        if incident.id not in self._known:
            self._of.setdefault(incident.entity, []).append(incident.id)
        self._known[incident.id] = incident
        self._known.move_to_end(incident.id)
        while len(self._known) > MOST:
            _, old = self._known.popitem(last=False)
            mine = self._of[old.entity]
            mine.remove(old.id)
            if not mine:
                del self._of[old.entity]

    def status(self, number: int, status: Status, by: str) -> None:
        """Someone acknowledged, closed or opened one."""
        known = self._known.get(number)
        if known is not None:
            self._known[number] = replace(known, status=status, owner=by)

    def __len__(self) -> int:
        return len(self._known)


class Placing:
    """One transaction's alerts on their way into incidents; nothing is remembered until `store` has numbers for the new ones."""

    def __init__(self, incidents: Incidents) -> None:
        self._incidents = incidents
        self._new = Incidents(incidents._gap.total_seconds())
        self.changes: dict[int, Change] = {}
        self._next = -1  # new incidents have numbers below 0 until the store gives them theirs

    def place(self, alert: Alert, at: datetime) -> tuple[int, bool]:
        """The incident of an alert, below 0 where it is new, and whether it is told because of it."""
        found = self._new.find(alert, at) or self._incidents.find(alert, at)
        if found is None:
            number, self._next = self._next, self._next - 1
            new = Incident(alert.stream, alert.entity, alert.because, headline(alert), at, at, 1, alert.severity, id=number)
            self.changes[number] = Change(new, 1, "new", new=True)
            self._new.keep(new)
            return number, True
        change = self.changes.get(found.id) or Change(found, 0, "", new=False)
        told = self._join(change, alert, at)
        self.changes[found.id] = change
        self._new.keep(change.incident)
        return found.id, told

    def _join(self, change: Change, alert: Alert, at: datetime) -> bool:
        was = change.incident
        count = was.alerts + 1
        worse = step(alert.severity) > step(was.severity)
        title = headline(alert) if alert.severity > was.severity else was.headline
        change.incident = replace(
            was,
            alerts=count,
            last=max(was.last, at),
            severity=max(was.severity, alert.severity),
            headline=title,
            status=was.status,
        )
        change.alerts += 1
        why = "worse" if worse else f"{count} alerts" if count >= 10 and math.log10(count).is_integer() else ""
        if was.status is Status.CLOSED:
            why, change.reopened = "again", True
            change.incident = replace(change.incident, status=Status.OPEN)
        change.told = change.told or why
        return bool(why)
