"""What the page says of all reasons together: groups of alerts, the columns that drive them, and how far reasons can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from standout.core.overview import Dependence, Driver, Hit
from standout.evaluate.report.draw import Scale, axis_below, axis_left, dot, fitting, frame, line, path, word
from standout.evaluate.report.story import Story
from standout.evaluate.report.words import count, listed, many, percent, short, text, value, whole_percent

GROUPS = 20
DRIVERS = 8
LINKED = 12
"""Alerts of a group that are named; the others are counted."""

WIDE, HIGH = 400, 230


@dataclass(frozen=True)
class GroupRow:
    """Alerts that stand out for one reason: how many, the sentence, the numbers of the first and how many more."""

    rows: int
    sentence: str
    alerts: list[int]
    more: int


def reasons(story: Story) -> dict[str, Any]:
    """The section on what alerts have in common."""
    told = story.overview
    place = {r.row: i + 1 for i, r in enumerate(story.reasons)}
    shared = [g for g in told.groups if len(g.rows) > 1][:GROUPS]
    groups = []
    for group in shared:
        numbers = sorted(place[row] for row in group.rows if row in place)
        groups.append(GroupRow(len(group.rows), text(group.sentence, 400), numbers[:LINKED], max(0, len(group.rows) - LINKED)))
    explained = sum(len(g.rows) for g in told.groups)
    alone = explained - sum(len(g.rows) for g in shared)
    return {
        "lead": _lead(explained, told.drivers),
        "groups": groups,
        "alone": _alone(alone) if alone and shared else "",
        "drivers": [(text(d.column, 40), d.share, count(d.first)) for d in told.drivers[:DRIVERS]],
        "dependences": [(text(d.column, 60), _picture(d, story.weakest)) for d in told.dependences],
        "shap": story.shap,
        "trust": _trust(told.hits),
        "hits": told.hits,
        "findings": told.findings,
    }


def _alone(rows: int) -> str:
    return f"{many(rows, 'other alert')} shown above {'has a reason of its own' if rows == 1 else 'have reasons of their own'}."


def _lead(explained: int, drivers: tuple[Driver, ...]) -> str:
    if not explained:
        return "No alert was explained, so there is nothing to put together."
    named = listed([text(d.column, 40) for d in drivers[:3]], 3)
    share = sum(d.share for d in drivers[:3])
    if not drivers:
        return "No column drives the alerts more than another."
    return f"{named} make {percent(min(1.0, share))} of what lifts {many(explained, 'alert')} above a typical row."


def _trust(hits: tuple[Hit, ...]) -> str:
    if not hits:
        return "How often reasons are right was not measured: faults could not be planted in this table."
    parts = [f"{whole_percent(h.rate)} of the columns of {h.kind}" for h in hits]
    of = "a model that learned from other rows" if hits[0].unseen else "this model, which had learned from the rows as they were"
    return (
        f"In copies of {many(max(h.rows for h in hits), 'row')} of this table, two columns each were broken on purpose; the reasons are "
        f"those of {of}. Their first two columns named {' and '.join(parts)}; two columns drawn at random would name "
        f"{whole_percent(hits[0].chance)}."
    )


def _picture(told: Dependence, weakest: float | None) -> Markup:
    """The score along one column: the mean over usual rows, and the range that eight of ten of them have."""
    left, right, top, bottom = 52, WIDE - 10, 34, HIGH - 44
    lowest, highest = min(told.low), max(told.high)
    up = Scale(lowest, highest if highest > lowest else lowest + 1, bottom, top)
    if all(isinstance(v, float | int) and not isinstance(v, bool) for v in told.values):
        across = fitting(np.array(told.values, dtype=np.float64), left, right)
        xs = [across(float(v)) for v in told.values]
        below = axis_below(across, bottom, top, text(told.column, 50))
        marks = [path(list(zip(xs, map(up, told.scores), strict=True)), "curve")]
        band = [*zip(xs, map(up, told.high), strict=True), *reversed(list(zip(xs, map(up, told.low), strict=True)))]
        marks.insert(0, path(band, "spread-band"))
    else:
        across = Scale(-0.5, len(told.values) - 0.5, left, right)
        xs = [across(float(i)) for i in range(len(told.values))]
        names = [short(value(v), 9) for v in told.values]
        below = "".join(word(x, bottom + 16, n, "tiny") for x, n in zip(xs, names, strict=True))
        below += word((left + right) / 2, bottom + 36, text(told.column, 50), "unit")
        marks = [line(x, up(lo), x, up(hi), "whisker") for x, lo, hi in zip(xs, told.low, told.high, strict=True)]
        marks += [dot(x, up(s), 4.5, "bar") for x, s in zip(xs, told.scores, strict=True)]
    parts = [axis_left(up, left, right, "score of usual rows"), below, *marks]
    if weakest is not None and lowest < weakest < highest:
        parts.append(line(left, up(weakest), right, up(weakest), "threshold"))
    return frame(WIDE, HIGH, f"How the score of usual rows goes with {text(told.column, 60)}, all else left as it is.", parts)
