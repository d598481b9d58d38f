"""What a label would do, from the alerts of the last days: said before it is accepted, by the code that then does it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from standout.core.model import Model
from standout.deploy.live.answers import Effect
from standout.deploy.live.labels.giving import objection
from standout.deploy.live.labels.points import points_of
from standout.deploy.live.labels.suppressing import HIDING, has_values, likeness
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import RAISED, Alert, Kind, Label, Verdict
from standout.deploy.store.store import Unit

DAYS = 30.0
MOST = 20_000
"""Alerts looked at, the newest."""
PAGE = 1_000
TRUE = "It counts as confirmed from now on: it and what lies nearer to it than to a false alarm is never hidden."
UNSURE = "It changes nothing, and is counted."
COUNTED = "It is counted; nothing is hidden."


def preview(unit: Unit, model: Model, label: Label, now: datetime) -> Effect:
    """The effect of a label that was not given yet, beside those that stand.

    hidden: of the alerts that people saw, those that the labels with it would have hidden and without it would not. confirmed: of
    those, how many were labelled true, which is none, since what is hidden shrinks until it is none. Where the alert cannot take the
    label, the sentence says why.
    """
    against = objection(unit, label)
    if against is not None:
        return Effect(0, 0, DAYS, str(against))
    if label.verdict is Verdict.UNSURE:
        return Effect(0, 0, DAYS, UNSURE)
    if label.verdict in HIDING and not label.acts:
        return Effect(0, 0, DAYS, COUNTED)
    without, beside = likeness(unit, label.stream, model), likeness(unit, label.stream, model, label)
    confirmed_ones = {standing.alert for standing in unit.labels.standing(label.stream) if standing.verdict is Verdict.TRUE}
    hidden = confirmed = shown = looked = 0
    oldest = None
    for alerts in _seen(unit, label.stream, now):
        points = points_of(model, alerts)
        for alert, was, will in zip(alerts, without.hides(points), beside.hides(points), strict=True):
            gone = was is None and will is not None
            hidden, confirmed = hidden + gone, confirmed + (gone and alert.id in confirmed_ones)
            shown += was is not None and will is None
        looked, oldest = looked + len(alerts), alerts[-1].raised
    days = DAYS if oldest is None or looked < MOST else max((now - oldest) / timedelta(days=1), 0.0)
    return Effect(hidden, confirmed, days, _sentence(label, hidden, confirmed, shown, days))


def _seen(unit: Unit, stream: str, now: datetime) -> Iterator[list[Alert]]:
    """The alerts of rows that people saw, newest first, in pages."""
    which = AlertFilter(stream=stream, kind=Kind.ROW, outcomes=RAISED, since=now - timedelta(days=DAYS))
    before, looked = None, 0
    while looked < MOST:
        page = unit.alerts.page(which, before=before, limit=min(PAGE, MOST - looked))
        looked += len(page.items)
        found = [a for a in page.items if has_values(a)]
        if found:
            yield found
        if page.next is None:
            return
        before = page.next


def _sentence(label: Label, hidden: int, confirmed: int, shown: int, days: float) -> str:
    over = f"of the last {days:.0f} days" if days >= 1.5 else f"of the last {max(1.0, days * 24):.0f} hours"
    if label.verdict is Verdict.TRUE:
        again = f" Of the alerts {over}, {shown:,} would have been told that labels hide now." if shown else ""
        return TRUE + again
    return f"Would have hidden {_alerts(hidden)} {over} and {confirmed:,} confirmed ones."


def _alerts(count: int) -> str:
    return f"{count:,} alert{'' if count == 1 else 's'}"
