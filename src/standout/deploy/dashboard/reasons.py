"""Why an alert stood out, as a person reads it: columns with their shares, what was seen and expected, and a small picture each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from standout.deploy.dashboard.pieces import empty, meter, named, table
from standout.deploy.store.records import Alert
from standout.evaluate.report.words import listed, many, percent, text, value

MOST_COLUMNS = 8
MOST_VALUES = 60
MOST_ALIKE = 5
LEAST_TOLD = 0.005
HOW = {
    "value": "odd by itself",
    "combination": "odd given the rest",
    "missing": "odd that it is missing",
    "course": "odd in its course over time",
}


def columns_of(alert: Alert) -> list[Mapping[str, Any]]:
    """The columns of an alert's reason, largest share first; none where a reason is missing or not what it should be."""
    found = alert.reason.get("columns") if isinstance(alert.reason, Mapping) else None
    if not isinstance(found, list):
        return []
    return [c for c in found if isinstance(c, Mapping) and "column" in c][:MOST_COLUMNS]


def reason_bars(alert: Alert) -> Markup:
    """Each column's share, the value seen beside the one expected, whether by itself or in combination, and where it lies."""
    columns = columns_of(alert)
    if not columns:
        return empty("No reasons by column.", "This alert is about the stream, or its reasons were not worked out.")
    most = max(_share(c) for c in columns) or 1.0
    rows = [_reason(c, most, first=i == 0) for i, c in enumerate(columns)]
    rest: Any = alert.reason.get("rest")
    if _is_number(rest) and rest >= LEAST_TOLD:
        rows.append(
            Markup(
                '<li><span class="quiet">all other columns</span><span class="share">{}<span class="n">{}</span></span></li>'
            ).format(meter(float(rest) / most), percent(float(rest)))
        )
    return Markup('<ol class="plain reasons" aria-label="Columns that made it stand out, largest share first">{}</ol>').format(
        Markup("").join(rows)
    )


def _reason(column: Mapping[str, Any], most: float, *, first: bool) -> Markup:
    share, seen, expected = _share(column), column.get("seen"), column.get("expected")
    said = Markup("seen <b>{}</b>").format(named(value(seen)))
    if expected is not None:
        said += Markup(", expected {}").format(named(value(expected)))
    usual = _usual(column)
    if usual:
        said += Markup(", usually {}").format(named(usual, 120))
    return Markup(
        '<li><span class="name">{}</span><span class="share">{}<span class="n">{}</span></span>'
        '<p class="values">{}. <span class="quiet">{}.</span></p>{}</li>'
    ).format(
        named(column["column"]), meter(share / most, hot=first), percent(share), said,
        _how(column), range_picture(column),
    )  # fmt: skip  # as the places in the text


def _how(column: Mapping[str, Any]) -> str:
    """In which way it is odd; in a series, also how many rows away the moment lies that counts most."""
    said, back = HOW.get(str(column.get("how")), "odd").capitalize(), column.get("back")
    if not _is_number(back) or not back:
        return said
    return f"{said}, most of all {many(abs(int(back)), 'row')} {'before' if back > 0 else 'after'}"


def _share(column: Mapping[str, Any]) -> float:
    found: Any = column.get("share")
    return float(found) if _is_number(found) else 0.0


def _usual(column: Mapping[str, Any]) -> str:
    usual = column.get("usual")
    if not isinstance(usual, list | tuple) or not usual:
        return ""
    if len(usual) == 2 and all(map(_is_number, usual)):
        return f"{value(usual[0])} to {value(usual[1])}"
    return listed([text(value(u), 40) for u in usual], 4)


def range_picture(column: Mapping[str, Any]) -> Markup:
    """Where a number lies beside its usual range: a band, a ring for what was expected, a dot for what was seen; empty for others."""
    usual, seen = column.get("usual"), column.get("seen")
    if not (isinstance(usual, list | tuple) and len(usual) == 2 and all(map(_is_number, (*usual, seen)))):
        return Markup("")
    low, high, at = float(usual[0]), float(usual[1]), float(seen)  # type: ignore[arg-type]  # all were found to be numbers
    width = (high - low) or abs(high) * 0.1 or 1.0
    # too far to draw to scale: the axis ends four widths away, and a break says so
    left, right = (
        max(min(low - width / 2, at - width / 5), low - 4 * width),
        min(max(high + width / 2, at + width / 5), high + 4 * width),
    )

    def place(number: float) -> float:
        return 2 + 96 * min(max((number - left) / (right - left), 0.0), 1.0)

    parts = [_mark("usual", place(low), max(1.0, place(high) - place(low)))]
    expected = column.get("expected")
    if _is_number(expected):
        parts.append(_mark("ring", place(float(expected))))  # type: ignore[arg-type]
    if not left <= at <= right:
        parts.append(_mark("break", place(at) + (-7 if at > right else 5)))
    parts.append(_mark("dot", place(at)))
    name = f"{text(str(column['column']), 60)} is {value(at)}; usually {value(low)} to {value(high)}"
    return Markup('<span class="range" role="img" aria-label="{}">{}</span>').format(name, Markup("").join(parts))


def _mark(kind: str, x: float, width: float | None = None) -> Markup:
    wide = "" if width is None else f";--w:{width:.1f}%"
    return Markup('<i class="{}" style="--x:{}%{}"></i>').format(kind, f"{x:.1f}", wide)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)


def counterfactual(alert: Alert) -> Markup | None:
    """The fewest changes that would have made the row ordinary, where the reason says so."""
    found = alert.reason.get("counterfactual") if isinstance(alert.reason, Mapping) else None
    changes = found.get("changes") if isinstance(found, Mapping) else None
    if not isinstance(changes, list):
        return None
    known = [c for c in changes if isinstance(c, Mapping) and "column" in c][:MOST_COLUMNS]
    if not known:
        return Markup("<p>No change of a few columns was found that would have made it ordinary.</p>")
    said = [Markup("{} were <b>{}</b>").format(named(c["column"]), named(value(c.get("to")))) for c in known]
    rows = found.get("rows", 1) if isinstance(found, Mapping) else 1
    held = f" in all of the last {rows:,} rows" if isinstance(rows, int) and rows > 1 else ""
    return Markup("<p>It would have been ordinary if {}{}.</p>").format(Markup(" and ").join(said), held)


def alike(alert: Alert) -> Markup | None:
    """Normal rows most like this one, beside it, where the reason has them."""
    found = alert.reason.get("similar") if isinstance(alert.reason, Mapping) else None
    rows = [r.get("values", r) for r in found if isinstance(r, Mapping)][:MOST_ALIKE] if isinstance(found, list) else []
    if not rows:
        return None
    told = [str(c["column"]) for c in columns_of(alert)]
    names = [n for n in told if any(n in r for r in rows)] or [str(n) for n in rows[0]][:6]
    mine = {str(c["column"]): c.get("seen") for c in columns_of(alert)} | dict(alert.values)
    body = [["this alert", *(Markup('<b class="hot-word">{}</b>').format(named(value(mine.get(n)))) for n in names)]]
    body += [[f"normal row {i}", *(named(value(r.get(n))) for n in names)] for i, r in enumerate(rows, 1)]
    return table("Normal rows most like it.", ["", *names], body)


def whole_row(alert: Alert) -> Markup:
    """Every value of the row, the first `MOST_VALUES`."""
    items = [
        Markup("<span><b>{}</b> {}</span>").format(named(k, 40), named(value(v)))
        for k, v in list(alert.values.items())[:MOST_VALUES]
    ]
    more = len(alert.values) - MOST_VALUES
    if more > 0:
        items.append(Markup("<span>and {} more columns</span>").format(more))
    if not items:
        return empty("No values.", "An alert about the stream has no row.")
    return Markup('<div class="whole">{}</div>').format(Markup("").join(items))


def ranked_columns(alerts: Iterable[Alert]) -> Sequence[tuple[str, float]]:
    """Columns by their part in many alerts: shares summed and divided by the alerts that have reasons, largest first."""
    total: Counter[str] = Counter()
    told = 0
    for alert in alerts:
        columns = columns_of(alert)
        told += bool(columns)
        for column in columns:
            total[str(column["column"])] += _share(column)  # type: ignore[assignment]  # a counter of shares
    return [(name, share / max(1, told)) for name, share in total.most_common(MOST_COLUMNS)]
