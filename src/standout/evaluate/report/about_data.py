"""What the page says of the data and of what was made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from standout.core.profile import ColumnProfile, Profile
from standout.core.table import Kind, Role
from standout.evaluate.report.small import shape
from standout.evaluate.report.story import Story
from standout.evaluate.report.words import count, duration, listed, many, moment, number, percent, text

NAMES = {
    Role.FEATURE: "learned from",
    Role.LABEL: "label",
    Role.TIME: "clock",
    Role.ENTITY: "entity",
    Role.ID: "identifier",
    Role.IGNORED: "left out",
}


@dataclass(frozen=True)
class ColumnRow:
    """One line of the table of columns."""

    name: str
    kind: str
    shape: Markup | None
    usual: str
    missing: str
    distinct: str
    role: str
    why: str


def data(profile: Profile) -> dict[str, Any]:
    """The section on the data: sentences and the table of columns."""
    return {
        "lead": _lead(profile),
        "clock": _clock(profile),
        "basis": _basis(profile),
        "columns": [_row(c) for c in profile.columns],
    }


def _lead(profile: Profile) -> str:
    kinds = [c.field.kind for c in profile.columns]
    named = ((Kind.NUMBER, "number", ""), (Kind.FLAG, "flag", ""), (Kind.CATEGORY, "category", "categories"),
             (Kind.TEXT, "text", ""), (Kind.TIME, "time", ""))  # fmt: skip  # a table
    parts = [many(kinds.count(k), one, more) for k, one, more in named if k in kinds]
    missing = sum(c.missing for c in profile.columns)
    cells = max(1, profile.rows * len(profile.columns))
    gone = f"{percent(missing / cells)} of the values are missing" if missing else "no value is missing"
    doubled = "no row stands twice" if not profile.duplicates else f"{many(profile.duplicates, 'row')} repeat another"
    return f"{many(profile.rows, 'row')} and {many(len(profile.columns), 'column')}: {listed(parts)}; {gone} and {doubled}."


def _clock(profile: Profile) -> str:
    clock = profile.clock
    if clock is None:
        return ""
    first, last = (moment(np.datetime64(t.removesuffix("Z").removesuffix("+00:00"))) for t in (clock.first, clock.last))
    return (
        f"The clock {text(clock.column, 60)} runs from {first} to {last} (UTC), usually in steps of {duration(clock.step)}; "
        f"the largest gap is {duration(clock.largest_gap)}."
    )


def _basis(profile: Profile) -> str:
    if 0 < profile.sampled < profile.rows:
        return f"Counts are of all rows; shapes and usual values of a sample of {count(profile.sampled)}."
    return "All rows were read."


def _row(column: ColumnProfile) -> ColumnRow:
    field, rows = column.field, max(1, column.rows)
    gone = percent(column.missing / rows)
    return ColumnRow(
        name=text(field.name, 80),
        kind=field.kind.value,
        shape=shape(column),
        usual=usual(column),
        missing=gone if not column.infinite else f"{gone}, {count(column.infinite)} infinite",
        distinct=f"{count(column.distinct)}{' or so' if column.estimated else ''}",
        role=NAMES[field.role],
        why=text(field.why, 200) if field.why else "",
    )


def usual(column: ColumnProfile) -> str:
    """What most values are: the inner 90% and the median of numbers, the span of times, the commonest categories."""
    if column.field.kind is Kind.TIME and column.quantiles:
        first, last = (moment(np.datetime64(int(column.quantiles[i]), "us")) for i in (0, -1))
        return f"{first} to {last}"
    if len(column.quantiles) == 9 and column.field.kind is Kind.NUMBER:
        _, _, low, _, median, _, high, _, _ = column.quantiles
        if low == high:
            return f"nearly always {number(low)}"
        middle = "most often" if median in (low, high) else "half below"
        return f"{number(low)} to {number(high)}, {middle} {number(median)}"
    if column.top:
        return ", ".join(text(name, 24) for name, _ in column.top[:3])
    return "nothing" if column.missing == column.rows else ""


def prepared(story: Story) -> dict[str, Any]:
    """The section on preparation: which features come from which column."""
    made: dict[str, list[str]] = {}
    for feature in story.features:
        made.setdefault(feature.column, []).append(feature.what)
    left = [c.field for c in story.profile.columns if c.field.name not in made]
    lead = f"{many(len(made), 'column')} became {many(len(story.features), 'feature')}."
    if not story.features:
        lead = "The features were not handed to the report."
    elif left:
        lead += f" Not learned from: {listed([text(f.name, 40) for f in left], 8)}."
    return {"lead": lead, "columns": [(text(c, 80), ", ".join(_features(whats))) for c, whats in made.items()]}


def _features(whats: list[str]) -> Iterator[str]:
    for what in dict.fromkeys(whats[:12]):
        times = whats.count(what)
        yield text(what, 60) if times == 1 else f"{times} × {text(what, 60)}"
    if len(whats) > 12:
        yield f"and {len(whats) - 12} more"
