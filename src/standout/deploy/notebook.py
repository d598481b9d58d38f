"""What a notebook shows of a result: a sentence, a table, pictures. `core.shown` asks for it.

>>> import standout
>>> made = standout.run({"amount": [float(i % 7) for i in range(299)] + [900.0]}, standout.Goal(alerts=1))
>>> "1 of 300 rows stands out" in made._repr_html_()
True
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import Any

from standout.core.profile import Profile
from standout.core.reason import Reason
from standout.core.scores import Alerts
from standout.core.table import Role
from standout.deploy.scoring import Scored
from standout.evaluate.report import about_results, inline
from standout.evaluate.report.inline import Piece
from standout.evaluate.report.story import Timeline
from standout.evaluate.results import Labelled
from standout.flow import Run


def html(noun: Any) -> str:
    """A result as HTML; what data say in it is escaped."""
    return inline.box(_piece(noun))


@singledispatch
def _piece(noun: Any) -> Piece:
    raise TypeError(f"{type(noun).__name__} has no face in a notebook")


@_piece.register
def _(alerts: Alerts) -> Piece:
    return inline.of_alerts(f"{len(alerts):,} {'events' if alerts.spans else 'rows'}, strangest first", alerts)


@_piece.register
def _(reason: Reason) -> Piece:
    return inline.of_reason(reason)


@_piece.register
def _(profile: Profile) -> Piece:
    return inline.of_profile(profile)


@_piece.register
def _(labelled: Labelled) -> Piece:
    return inline.of_labels(labelled)


@_piece.register
def _(made: Run) -> Piece:
    sample = made.trained.learned.table
    piece = inline.of_alerts(f"{made.raised.in_words()}.", made.alerts, made.reasons, made.survey.profile, sample)
    labelled, blind = made.evaluation.labelled, made.evaluation.unlabelled
    clock, raised = made.model.schema.with_role(Role.TIME), made.alerts.scores.raw
    timeline = None
    if clock is not None and made.times is not None:
        timeline = Timeline.of(clock.name, made.times, made.alerts.table[clock.name].values)
    return replace(
        piece,
        sentences=(about_results.lead(labelled, blind),),
        goal=made.words,
        pictures=inline.scores_and_time(made.scores.raw, float(raised.min()) if len(raised) else None, timeline),
        findings=tuple(f for f in (*made.survey.findings, *made.findings) if f.level != "info"),
    )


@_piece.register
def _(done: Scored) -> Piece:
    alerts, reasons = done.raised_rows(inline.SHOWN)
    piece = inline.of_alerts(f"{done.raised.in_words()}.", alerts, reasons)
    return replace(
        piece,
        more=max(0, int(done.alarms.sum()) - len(alerts)),
        pictures=inline.scores_and_time(done.scores.raw, done.limit, None),
        findings=tuple(f for f in done.findings if f.level != "info"),
    )
