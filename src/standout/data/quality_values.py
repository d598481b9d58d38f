"""Checks of the values of single columns: far out, standing for something else, heavy-tailed, or in the future."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.core.table import Field, Kind, Role
from standout.data.quality import Evidence, count_of, moment, percent, ranked, say, told

OUTLYING = FindingKind(
    "outlying-values",
    "info",
    "A few values lie far beyond all others: {listing}.",
    "Look at these rows first: typing errors and wrong units look like this, and so do true anomalies.",
)
APART = FindingKind(
    "values-apart",
    "info",
    "A small group of values lies apart from the rest: {listing}.",
    "Another unit, another sensor or another kind of row may stand behind it.",
)
SENTINEL = FindingKind(
    "sentinel-values",
    "warning",
    "A value that may stand for 'not known': {listing}.",
    "If it does, leave those cells empty: as a number it pulls the column apart.",
)
HEAVY_TAIL = FindingKind(
    "heavy-tail",
    "info",
    "Most values lie close together and a few very far away: {listing}.",
    "Such columns are scaled by ranks or robustly, so that the tail does not drown the rest; nothing to do.",
)
FUTURE = FindingKind(
    "future-dates",
    "warning",
    "Moments that have not come yet: {listing}.",
    "Check the clock, the time zone and the order of day and month.",
)

_ENOUGH = 50
_DISTINCT = 20
_FAR = 5.0
_FEW = 5
_GROUP = 0.05
_HEAVY = 20.0
_FURTHEST = 100.0
_MARKERS = (-1.0, 0.0, *(s * float(v) for s in (-1, 1) for v in ("9" * k for k in range(2, 10))), -9.0)
_MARKED_SHARE = 0.3
_SENTINEL_DAYS = ("1970-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "0001-01-01", "2099-12-31", "9999-12-31", "2038-01-19")
_YEAR = 365.25 * 86400e6


def outlying(seen: Evidence) -> list[Finding]:
    """A group apart, isolated far values with their rows, and heavy tails: each column in one of them."""
    apart, isolated, heavy = {}, {}, {}
    for field in seen.numbers:
        values = seen.finite(field.name)
        if len(values) < _ENOUGH or not seen.counted(field) or seen.counters[field.name].distinct < _DISTINCT:
            continue
        group = _group_apart(values)
        if group:
            count = round(group[0] * seen.rows / len(seen.sample))
            words = f"{count_of(count, 'row')} around {say(group[1])}, the rest from {say(group[2])} to {say(group[3])}"
            apart[field.name] = (words, {"rows": count, "around": group[1], "rest": list(group[2:])})
            continue
        tail = _tail(seen, field, values)
        if tail > _HEAVY:
            heavy[field.name] = _heavy_words(values, seen, field, tail)
            continue
        far = _far(seen, field, values)
        if far:
            value, row = far[0]
            rows = "1 row" if len(far) == 1 else f"{len(far)} rows"
            isolated[field.name] = (
                f"{say(value)} in row {row:,}" if len(far) == 1 else f"{rows}, the furthest {say(value)} in row {row:,}",
                {"rows": [r for _, r in far], "values": [v for v, _ in far]},
            )
    return [*told(APART, apart), *told(OUTLYING, isolated), *told(HEAVY_TAIL, heavy)]


def _group_apart(values: Floats) -> tuple[int, float, float, float] | None:
    """A few values beyond a gap that is wider than all the rest and than themselves: how many, their median, the rest's ends."""
    steps = values[1:] / 2 - values[:-1] / 2  # halves, because the difference of huge numbers overflows
    at = int(np.argmax(steps)) + 1
    for few, rest in ((values[at:], values[:at]), (values[:at], values[at:])):
        if _FEW < len(few) <= _GROUP * len(values):
            gap = float(steps[at - 1])
            wide = max(rest[-1] / 2 - rest[0] / 2, few[-1] / 2 - few[0] / 2)
            if gap > wide > 0 and few[0] != few[-1]:
                return len(few), ranked(few, 0.5)[0], float(rest[0]), float(rest[-1])
    return None


def _tail(seen: Evidence, field: Field, values: Floats) -> float:
    """How many widths of the middle half the last half percent lies from the median; 0 where the tail ends soon after."""
    low, quarter, middle, three, high = ranked(values, 0.005, 0.25, 0.5, 0.75, 0.995)
    wide = three - quarter
    if not 0.0 < wide < math.inf:
        return 0.0
    moments = seen.counters[field.name].moments
    furthest = max(moments.greatest - middle, middle - moments.least)
    return max(high - middle, middle - low) / wide if furthest > _FURTHEST * wide else 0.0


def _heavy_words(values: Floats, seen: Evidence, field: Field, tail: float) -> tuple[str, dict[str, Any]]:
    (middle,) = ranked(values, 0.5)
    moments = seen.counters[field.name].moments
    up = moments.greatest - middle >= middle - moments.least
    furthest = moments.greatest if up else moments.least
    half = (
        f"are {say(middle)}" if middle in (moments.least, moments.greatest) else f"lie {'below' if up else 'above'} {say(middle)}"
    )
    return f"half {half}, the furthest is {say(furthest)}", {"median": middle, "furthest": furthest, "tail": tail}


def _far(seen: Evidence, field: Field, values: Floats) -> list[tuple[float, int]]:
    """(value, row), at most a handful, beyond five times the distance from the median to the last percent, with a gap before."""
    counter = seen.counters[field.name]
    low, middle, high = ranked(values, 0.01, 0.5, 0.99)
    found = []
    for ends, edge in ((counter.high.found, high), (counter.low.found, low)):
        reach = abs(edge - middle)
        beyond = [(v, r) for v, r in ends if reach > 0 and abs(v - middle) > (1 + _FAR) * reach]
        if 0 < len(beyond) <= _FEW:
            found += beyond
    return sorted(found, key=lambda vr: -abs(vr[0] - middle))


def sentinels(seen: Evidence) -> list[Finding]:
    """Numbers and moments that stand for a missing value."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for field in seen.numbers:
        hit = _number_sentinel(seen.finite(field.name))
        if hit:
            value, share = hit
            found[field.name] = (f"{say(value)} in {percent(share)} of rows", {"value": value, "share": share})
    for field in seen.schema.fields:
        if field.kind is Kind.TIME and field.role is not Role.IGNORED:
            day, count = _time_sentinel(seen, field)
            if count:
                found[field.name] = (f"{day} in {say(count)} rows", {"value": day, "rows": count})
    return told(SENTINEL, found)


def _number_sentinel(values: Floats) -> tuple[float, float] | None:
    """The marker that stands alone at an end of the column, with its share; None where there is none."""
    if len(values) < _ENOUGH:
        return None
    for value, inner, rest in _ends(values):
        share = 1.0 - len(rest) / len(values)
        if value not in _MARKERS or len(values) - len(rest) < 2 or share > _MARKED_SHARE or len(rest) < _ENOUGH:
            continue
        if value == 0.0 and rest[0] < 0.0:
            continue
        if _stands_apart(value, inner, rest):
            return float(value), float(share)
    return None


def _ends(values: Floats) -> list[tuple[float, float, Floats]]:
    """For the least and the greatest value: it, the next value inwards, and the values without it."""
    least, greatest = float(values[0]), float(values[-1])
    above, below = values[values.searchsorted(least, "right") :], values[: values.searchsorted(greatest, "left")]
    return [(v, float(rest[at]), rest) for v, rest, at in ((least, above, 0), (greatest, below, -1)) if len(rest)]


def _stands_apart(value: float, inner: float, rest: Floats) -> bool:
    """Whether the gap to the next value is far wider than the gaps among the values next to it."""
    distinct = np.unique(rest)
    if len(distinct) < _DISTINCT:
        return False
    gap = abs(inner - value)
    (middle,) = ranked(rest, 0.5)
    steps = np.diff(distinct)
    if value == -1.0:
        return rest[0] >= 0.0 and bool(np.all(rest[:1000] == np.round(rest[:1000])))
    near = steps[:_DISTINCT] if value < inner else steps[-_DISTINCT:]
    return gap > 5.0 * float(near.max()) and gap > 0.25 * abs(middle - inner)


def _time_sentinel(seen: Evidence, field: Field) -> tuple[str, int]:
    values = seen.sample[field.name].values
    values = values[~np.isnat(values)]
    if len(values) < 2:
        return "", 0
    days = values.astype("datetime64[D]")
    for day in _SENTINEL_DAYS:
        same = days == np.datetime64(day)
        others = values[~same]
        if not same.any() or not len(others):
            continue
        distance = np.abs((others - np.datetime64(day, "us")).astype(np.int64)).min()
        if distance > _YEAR:
            return day, round(int(same.sum()) * seen.rows / len(seen.sample))
    return "", 0


def future(seen: Evidence) -> list[Finding]:
    """Moments after now, a day allowed for time zones; far sentinels such as 9999-12-31 are told as such."""
    soon = (seen.now + timedelta(days=1)).timestamp() * 1e6
    found = {}
    for field in seen.schema.fields:
        counter = seen.counters[field.name]
        if field.kind is not Kind.TIME or field.role is Role.IGNORED or not seen.counted(field) or not counter.high.found:
            continue
        last, row = counter.high.found[0]
        if last > soon and not _time_sentinel(seen, field)[1]:
            values = seen.sample[field.name].values
            share = float(np.mean(values[~np.isnat(values)].astype(np.int64) > soon)) if len(values) else 0.0
            count = max(1, round(share * (seen.rows - counter.missing)))
            found[field.name] = (
                f"{say(count)} rows, the last {moment(last)} in row {row:,}",
                {"rows": count, "last": moment(last)},
            )
    return told(FUTURE, found)
