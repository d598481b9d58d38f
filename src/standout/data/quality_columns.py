"""Checks of single columns: what is missing, constant, all alike, all different, or written in several ways."""

from __future__ import annotations

import numpy as np

from standout.core.finding import Finding, FindingKind
from standout.core.table import CODED, Field, Kind, Role
from standout.data.quality import Evidence, listed, percent, say, told

ALL_MISSING = FindingKind(
    "empty-columns",
    "warning",
    "No value at all in {listing}.",
    "Check the export; a column without values is left out.",
)
MISSING = FindingKind(
    "missing-values",
    "info",
    "Values are missing in {listing}.",
    "They are filled in, and that they were missing is kept as a feature of its own.",
)
MOSTLY_MISSING = FindingKind(
    "mostly-missing",
    "warning",
    "More than half of the values are missing in {listing}.",
    "What is filled in there is mostly a guess: leave such columns out with --ignore, or find out why they are empty.",
)
CONSTANT = FindingKind(
    "constant-columns", "info", "One and the same value: {listing}.", "A column that never changes is left out; nothing to do."
)
NEAR_CONSTANT = FindingKind(
    "near-constant",
    "info",
    "Nearly always the same value: {listing}.",
    "The few other values will stand out; use --ignore where that is not wanted.",
)
HIGH_CARDINALITY = FindingKind(
    "high-cardinality",
    "info",
    "Many different values: {listing}.",
    "Such categories are coded by how often each occurs; name an identifier with --id.",
)
VARIANTS = FindingKind(
    "category-variants",
    "warning",
    "One category is written in several ways: {listing}.",
    "Small and capital letters and blanks tell categories apart here; unify them if they mean the same.",
)
IDENTIFIERS = FindingKind(
    "identifiers",
    "info",
    "Left out, because they only tell rows apart: {listing}.",
    "If you say the kind of such a column yourself (--kind), it is kept.",
)
INFINITE = FindingKind(
    "infinite-values",
    "warning",
    "Infinite values in {listing}.",
    "Often a division by zero upstream; they are treated as the furthest values on their side.",
)
HUGE = FindingKind(
    "huge-values",
    "warning",
    "Numbers beyond a thousand million million in {listing}.",
    "Check the unit, and whether these are identifiers: name them with --id.",
)

_SOME_MISSING, _MOST_MISSING = 0.01, 0.5
_NEAR = 0.999
_LEAST_ROWS = 200
_MANY_VALUES = 100
_HUGE = 1e15


def missing(seen: Evidence) -> list[Finding]:
    """All missing, mostly missing, some missing: each column in one of them."""
    none, most, some = {}, {}, {}
    for field in seen.schema.fields:
        count = seen.counters[field.name].missing
        share = count / seen.rows
        entry = (percent(share), {"missing": count, "share": share})
        if count == seen.rows:
            none[field.name] = ("", {"missing": count, "share": 1.0})
        elif field.role in (Role.ID, Role.IGNORED, Role.LABEL):
            continue
        elif share > _MOST_MISSING:
            most[field.name] = entry
        elif share >= _SOME_MISSING:
            some[field.name] = entry
    fullest_last = sorted(some, key=lambda name: -float(some[name][1]["share"]))
    return [
        *told(ALL_MISSING, none),
        *told(MOSTLY_MISSING, most),
        *told(MISSING, {name: some[name] for name in fullest_last}),
    ]


def constant(seen: Evidence) -> list[Finding]:
    """Columns of one value, and of nearly one value."""
    always, nearly = {}, {}
    for field in seen.schema.fields:
        counter = seen.counters[field.name]
        if counter.missing == seen.rows or field.role in (Role.LABEL, Role.ENTITY, Role.TIME) or seen.rows < 2:
            continue
        if counter.distinct == 1 and not counter.moments.infinite:
            words = _only_value(seen, field) + (" or missing; kept for that" if counter.missing else "")
            always[field.name] = (words, {"value": _only_value(seen, field)})
        elif field.role is Role.FEATURE and field.kind is not Kind.TIME and seen.rows >= _LEAST_ROWS:
            value, share = _commonest(seen, field)
            if share >= _NEAR:
                nearly[field.name] = (f"{value} in {percent(share)} of rows", {"value": value, "share": share})
    return [*told(CONSTANT, always), *told(NEAR_CONSTANT, nearly)]


def _only_value(seen: Evidence, field: Field) -> str:
    counter = seen.counters[field.name]
    if counter.tally:
        return next(iter(counter.tally))
    if field.kind is Kind.NUMBER and seen.counted(field):
        return say(counter.moments.least)
    column = seen.sample[field.name]
    present = np.flatnonzero(~column.missing)
    return str(column.at(int(present[0]))) if len(present) else "one value"


def _commonest(seen: Evidence, field: Field) -> tuple[str, float]:
    if field.kind is Kind.NUMBER:
        values = seen.finite(field.name)
        if not len(values):
            return "", 0.0
        middle = values[len(values) // 2]  # a value that most rows have is the median
        same = values.searchsorted(middle, "right") - values.searchsorted(middle, "left")
        return say(float(middle)), float(same) / max(1, len(seen.sample))
    tally = seen.tally(field)
    if not tally:
        return "", 0.0
    value = max(tally, key=lambda v: tally[v])
    return value, tally[value] / seen.rows


def identifiers(seen: Evidence) -> list[Finding]:
    """Columns that were found, not told, to be identifiers."""
    ids = [f for f in seen.schema.fields if f.role is Role.ID and f.why != "as told"]
    return told(IDENTIFIERS, {f.name: (f.why, {}) for f in ids})


def many_values(seen: Evidence) -> list[Finding]:
    """Categories of many values."""
    found = {}
    for field in seen.categories:
        distinct = seen.counters[field.name].distinct
        if distinct > _MANY_VALUES:
            found[field.name] = (f"{say(distinct)}", {"distinct": distinct})
    return told(HIGH_CARDINALITY, found)


def variants(seen: Evidence) -> list[Finding]:
    """Categories that differ only in case or blanks."""
    found = {}
    for field in seen.schema.fields:
        if field.kind not in CODED or field.role in (Role.ID, Role.IGNORED) or field.kind is Kind.TEXT:
            continue
        tally = seen.tally(field)
        alike: dict[str, list[str]] = {}
        for value in tally:
            alike.setdefault(" ".join(value.split()).casefold(), []).append(value)
        groups = [sorted(g, key=lambda v: -tally[v]) for g in alike.values() if len(g) > 1]
        if groups:
            groups.sort(key=lambda g: -sum(tally[v] for v in g))
            words = listed([repr(v) for v in groups[0]]) + (f", and {len(groups) - 1} more such" if len(groups) > 1 else "")
            found[field.name] = (words, {"groups": groups[:20]})
    return told(VARIANTS, found)


def infinite(seen: Evidence) -> list[Finding]:
    """Infinite and huge numbers."""
    endless, huge = {}, {}
    for field in seen.numbers:
        if not seen.counted(field):
            continue
        moments = seen.counters[field.name].moments
        if moments.infinite:
            endless[field.name] = (f"{say(moments.infinite)} rows", {"infinite": moments.infinite})
        furthest = max(abs(moments.least), abs(moments.greatest)) if moments.count else 0.0
        if furthest > _HUGE:
            huge[field.name] = (f"up to {furthest:.2g}", {"furthest": furthest})
    return [*told(INFINITE, endless), *told(HUGE, huge)]
