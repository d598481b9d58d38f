"""What the page says of the alerts, one row each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from standout.core.reason import Contribution, Counterfactual, Reason
from standout.core.scores import Alerts, Span
from standout.core.table import Role, Table
from standout.evaluate.report.small import SmallPictures
from standout.evaluate.report.story import Story
from standout.evaluate.report.words import count, duration, listed, many, one_in, percent, severity, text, value

MOST = 500
WHOLE_ROWS = 100
"""Alerts whose whole row is shown; those after them name only their reasons, to keep the page small."""

WHOLE_COLUMNS = 40
HOW = {"value": "by itself", "combination": "given the rest", "missing": "its absence", "course": "its course"}


@dataclass(frozen=True)
class Share:
    """One column's part, in words."""

    column: str
    share: float
    seen: str
    expected: str
    usual: str
    how: str
    similar: str = ""


@dataclass(frozen=True)
class AlertRow:
    """One line of the table of alerts. `order` sorts by time, or by entity or row where there is no clock."""

    number: int
    severity: str
    rarity: str
    row: int
    where: list[tuple[str, str]]
    order: str | int
    label: str
    sentence: str
    by: str
    shares: list[Share]
    others: list[tuple[str, str]]
    picture: Markup | None
    similar: bool = False
    change: str = ""


def alert_rows(alerts: Alerts, reasons: Sequence[Reason], pictures: SmallPictures, most: int = MOST) -> list[AlertRow]:
    """The strongest alerts, at most `most`, strangest first; reasons of the first of them, in the same order."""
    table, scores = alerts.table, alerts.scores
    clock = table.with_role(Role.TIME)
    found = []
    for i in range(min(len(table), most)):
        reason = reasons[i] if i < len(reasons) else None
        parts = () if reason is None else reason.contributions
        where, when = _where(table, i), None if clock is None else clock.at(i)
        where += _event(alerts.spans[i]) if alerts.spans else []
        p_value, row = float(scores.p_value[i]), int(table.rows[i])
        found.append(
            AlertRow(
                number=i + 1,
                severity=severity(p_value),
                rarity=one_in(p_value),
                row=row,
                where=where,
                order=row if when is None else int(when.astype(np.int64)),
                label=_label(where, row),
                sentence=_sentence(reason),
                by=text(parts[0].column, 60) if parts else "",
                shares=shares(reason),
                others=_whole(table, i) if i < WHOLE_ROWS else [],
                picture=pictures.of(parts, when),
                similar=bool(reason and reason.similar),
                change=change(reason),
            )
        )
    return found


def shares(reason: Reason | None) -> list[Share]:
    """The first columns of a reason in words."""
    return [] if reason is None else [_share(c, reason) for c in reason.contributions[:8]]


def change(reason: Reason | None) -> str:
    """What would bring the row of a reason under the limit, in a sentence; nothing where that was not asked."""
    return "" if reason is None or reason.counterfactual is None else _change(reason.counterfactual)


def _where(table: Table, i: int) -> list[tuple[str, str]]:
    """What names a row: its moment, its entity, its identifier; the moment needs no name."""
    found = []
    for role in (Role.TIME, Role.ENTITY, Role.ID):
        field = table.schema.with_role(role)
        if field is not None:
            found.append(("" if role is Role.TIME else text(field.name, 30), value(table[field.name].at(i))))
    return found


def _event(span: Span) -> list[tuple[str, str]]:
    """How long an event of a series lasted; nothing of one row alone."""
    if span.rows == 1:
        return []
    until = "" if span.ended is None else f", {value(span.began)} to {value(span.ended)}"
    return [("event", f"{many(span.rows, 'row')}{until}")]


def _label(where: list[tuple[str, str]], row: int) -> str:
    named = [shown if not name else f"{name} {shown}" for name, shown in where]
    return ", ".join([*named, f"row {count(row)}"])


def _sentence(reason: Reason | None) -> str:
    if reason is None:
        return "Its reasons were not worked out; standout explain does so for any row."
    return text(reason.sentence, 600)


def _share(part: Contribution, reason: Reason) -> Share:
    expected = "no telling" if part.expected is None else value(part.expected)
    like = [value(row.get(part.column)) for row in reason.similar]
    how = HOW[part.how] if not part.back else f"{HOW[part.how]}, most {_moment(part.back)}"
    return Share(
        text(part.column, 60), float(part.share), value(part.seen), expected, _usual(part), how, text("; ".join(like), 90)
    )


def _moment(back: int) -> str:
    return f"{many(abs(back), 'row')} {'before' if back > 0 else 'after'}"


def _change(change: Counterfactual) -> str:
    if change.found:
        moves = [f"{text(c.column, 60)} had been {value(c.to)}" for c in change.changes]
        held = "" if change.rows == 1 else f" in all of the last {many(change.rows, 'row')}"
        return f"It would not have been raised if {listed(moves, 8)}{held}."
    if change.score >= change.limit:
        return "No change of columns within what was seen was found that would bring it under the limit."
    return ""


def _usual(part: Contribution) -> str:
    if len(part.usual) == 2 and all(isinstance(u, int | float | np.number) and not isinstance(u, bool) for u in part.usual):
        return f"{value(part.usual[0])} to {value(part.usual[1])}"
    return listed([value(u) for u in part.usual], 4) or "not known"


def _whole(table: Table, i: int) -> list[tuple[str, str]]:
    pairs = zip(table.schema.fields, table.columns, strict=True)
    shown = [(text(f.name, 40), text(value(c.at(i)), 60)) for f, c in pairs if f.role is not Role.TIME][:WHOLE_COLUMNS]
    more = len(table.columns) - WHOLE_COLUMNS
    return [*shown, ("and", many(more, "more column"))] if more > 0 else shown


def shown(story: Story, rows: Sequence[AlertRow], alerted: int) -> dict[str, Any]:
    """The section on alerts: its sentence, its caption, and the columns to choose from."""
    clock = story.alerts.table.schema.with_role(Role.TIME)
    by = Counter(r.by for r in rows if r.by)
    what = "event" if story.alerts.spans else "row"
    lead = f"{many(alerted, what)} raised an alert under the budget: {story.policy.in_words()}."
    if by:
        name, most = by.most_common(1)[0]
        lead += f" {name} is the main reason of {'the only one' if len(rows) == 1 else f'{count(most)} of them'}."
    if not alerted:
        lead = "Nothing passed the limit."
    caption = (
        "Severity is the percentile among normal rows: 99.9 means that 1 in 1,000 of them looks as strange. Rows are numbered "
        "from 0. In the pictures a band is the usual range, the ring what was expected, the dot what was seen."
    )
    if story.alerts.spans:
        caption += (
            " Strange rows of a series that lie near each other are one event, told at the strangest of them; its rows score at least "
            "half as far above the usual."
        )
    if alerted > len(rows):
        caption += f" The strongest {count(len(rows))} of {count(alerted)} are shown; all are in the alert files."
    return {
        "lead": lead,
        "caption": caption,
        "columns": by.most_common(60),
        "where": "Row" if clock is None else "When",
        "order": "number",
    }


def head(story: Story, alerted: int) -> dict[str, Any]:
    """The top of the page: one sentence and the figures to remember."""
    share = alerted / max(1, story.rows)
    ofs = f"{percent(share)} of the rows" if not story.alerts.spans else "one an event"
    facts = [("Rows scored", count(story.rows), ""), ("Alerts", count(alerted), ofs if alerted else "")]
    facts.append(("The budget", story.policy.in_words(), ""))
    if len(story.alerts.scores):
        rarest = float(story.alerts.scores.p_value.min())
        facts.append(("Strongest severity", severity(rarest), f"{one_in(rarest)} normal rows looks so strange"))
    labelled = story.evaluation.labelled
    if labelled is not None and labelled.precision is not None:
        facts.append(("Alerts that are right", percent(labelled.precision.value), "by the labels"))
    elif story.evaluation.unlabelled and story.evaluation.unlabelled.stability:
        overlap = story.evaluation.unlabelled.stability.overlap
        facts.append(("Same rows, another seed", percent(overlap), "of the strangest 1 in 20"))
    if story.seconds:
        facts.append(("Time taken", duration(sum(story.seconds.values())), ""))
    if alerted and story.alerts.spans:
        lead = f"{many(alerted, 'event')} in the series, ranked by how rarely a normal row looks as strange. The strongest come first."
    elif alerted:
        lead = f"{percent(share)} of the rows, ranked by how rarely a normal row looks as strange. The strongest come first."
    else:
        lead = "No row passed the limit that the budget sets. How close the strangest came is shown under all scores."
    return {"lead": lead, "facts": facts}
