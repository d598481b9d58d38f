"""The small pictures: where one value lies in what is usual, or its moment in the series, or two columns that do not go together.

All are 168 by 52, drawn from the profile and the sample alone. What many share (a series, a cloud of points) stands once in the
page as a symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup

from standout.core.part import Floats
from standout.core.profile import ColumnProfile
from standout.core.reason import Contribution
from standout.core.table import CODED, Kind, Role, Table
from standout.evaluate.report.draw import Scale, dot, dots, fitting, frame, line, rect, word
from standout.evaluate.report.words import count, number, percent, short, text, value

WIDE, HIGH = 168, 52
CLOUD = 70
"""Points behind a broken combination."""

SERIES = 80
"""Pieces of the band behind a moment in a series."""


@dataclass
class SmallPictures:
    """Draws the picture of an alert and remembers which symbols the page needs."""

    columns: dict[str, ColumnProfile]
    sample: Table | None
    symbols: dict[str, str] = field(default_factory=dict)

    def of(self, contributions: Sequence[Contribution], when: object) -> Markup | None:
        """The picture for the reasons of one alert, None where there is nothing to draw."""
        if not contributions:
            return None
        first = contributions[0]
        column = self.columns.get(first.column)
        if column is None:
            return None
        if first.how == "combination":
            pair = [c for c in contributions[:3] if self._number(c.column) and isinstance(c.seen, float | int)]
            if len(pair) >= 2:
                return self._pair(pair[0], pair[1])
        if column.field.kind in CODED or column.field.kind is Kind.FLAG:
            return bars(column, first)
        if first.seen is None or not _is_number(first.seen):
            return absent(column, first)
        return self._moment(column, first, when) or strip(column, first)

    def _number(self, name: str) -> bool:
        return name in self.columns and self.columns[name].field.kind is Kind.NUMBER and self.sample is not None

    def _moment(self, column: ColumnProfile, reason: Contribution, when: object) -> Markup | None:
        """The value at its moment over the band of the series; only where there is one clock and one series."""
        sample = self.sample
        if sample is None or not isinstance(when, np.datetime64) or np.isnat(when) or not self._number(reason.column):
            return None
        times = sample.with_role(Role.TIME)
        if times is None or sample.schema.with_role(Role.ENTITY) is not None:
            return None
        ticks, values = times.values.astype(np.int64), sample[reason.column].values
        known = ~times.missing & np.isfinite(values)
        if known.sum() < 2 * SERIES:
            return None
        return self._drawn_moment(reason, (ticks[known].astype(np.float64), values[known]), float(when.astype(np.int64)))

    def _drawn_moment(self, reason: Contribution, series: tuple[Floats, Floats], when: float) -> Markup:
        ticks, values = series
        seen = float(reason.seen)
        low, high = float(min(values.min(), seen)), float(max(values.max(), seen))
        across = Scale(float(min(ticks.min(), when)), float(max(ticks.max(), when)), 4, WIDE - 4)
        up = Scale(low, high, HIGH - 6, 6)
        symbol = f"series-{list(self.columns).index(reason.column)}"
        inside = low == values.min() and high == values.max() and ticks.min() <= when <= ticks.max()
        if inside:
            if symbol not in self.symbols:
                self.symbols[symbol] = _band(ticks, values, across, up)
            back = f'<use href="#{symbol}"/>'
        else:
            back = _band(ticks, values, across, up)
        x, y = across(when), up(seen)
        parts = [back, line(x, 4, x, HIGH - 4, "moment"), dot(x, y, 3.5, "alert")]
        name = f"{text(reason.column)} over time; at this moment it is {number(seen)}, {_usual(reason)}."
        return frame(WIDE, HIGH, name, parts, kind="small")

    def _pair(self, one: Contribution, other: Contribution) -> Markup:
        """Two columns against each other: a cloud of usual rows and this one."""
        assert self.sample is not None  # `_number` asked
        names = list(self.columns)
        xs, ys = (self.sample[c.column].values for c in (one, other))
        known = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        known = known[np.linspace(0, len(known) - 1, min(CLOUD, len(known))).astype(np.intp)]
        across = _around(self.columns[one.column], float(one.seen), 6, WIDE - 6)
        up = _around(self.columns[other.column], float(other.seen), HIGH - 6, 6)
        cloud = dots(across.many(xs[known]), up.many(ys[known]), "crowd")
        x, y = across(float(one.seen)), up(float(other.seen))
        shared = all(c.low <= s <= c.high for c, s in ((_inner(self.columns[k.column]), float(k.seen)) for k in (one, other)))
        if shared:  # the same axes as every other row within the usual range
            symbol = f"pair-{names.index(one.column)}-{names.index(other.column)}"
            self.symbols.setdefault(symbol, cloud)
            cloud = f'<use href="#{symbol}"/>'
        label = f"{text(one.column)} across, {text(other.column)} up: this row is apart from the usual pairs of values."
        return frame(WIDE, HIGH, label, [cloud, dot(x, y, 3.5, "alert")], kind="small")


def strip(column: ColumnProfile, reason: Contribution) -> Markup:
    """A number on the range of its column: the inner 90% as a band, half of the rows darker, the median, expected and seen."""
    seen = float(reason.seen)
    parts, middle = [], 22.0
    across = _around(column, seen, 8, WIDE - 8)
    parts.append(line(8, middle, WIDE - 8, middle, "axis"))
    if len(column.quantiles) == 9:
        _, _, low, lower, median, upper, high, _, _ = column.quantiles
        parts.append(rect(across(low), middle - 8, max(1.5, across(high) - across(low)), 16, "band"))
        parts.append(rect(across(lower), middle - 8, max(1.5, across(upper) - across(lower)), 16, "core"))
        parts.append(line(across(median), middle - 8, across(median), middle + 8, "median"))
        parts.append(_below((across(low) + across(high)) / 2, "usual"))
    if _is_number(reason.expected):
        parts.append(dot(across(float(reason.expected)), middle, 3.5, "expected"))
    x = across(seen)
    if not across.low <= seen <= across.high:  # too far to draw to scale: a break before the edge
        gap = x + (-9 if seen > across.high else 9)
        parts.append(
            line(gap - 2, middle - 5, gap + 1, middle + 5, "break") + line(gap + 1, middle - 5, gap + 4, middle + 5, "break")
        )
    parts.append(dot(x, middle, 4.5, "alert"))
    return frame(WIDE, HIGH, f"{text(column.field.name)}: {number(seen)}, {_usual(reason)}.", parts, kind="small")


def bars(column: ColumnProfile, reason: Contribution) -> Markup:
    """How common the commonest categories are, and the one seen."""
    seen, total = value(reason.seen), max(1, column.rows)
    told = str(reason.seen) if isinstance(reason.seen, str) else seen
    own = next((rows / total for name, rows in column.top if name in (told, str(reason.seen))), None)
    rows = [(short(name), n / total, name in (told, str(reason.seen))) for name, n in column.top[:3]]
    if not any(mine for _, _, mine in rows):
        rows = [*rows[:2], (short(told), own or 0.0, True)]
    parts, longest = [], max([part for _, part, _ in rows] + [0.01])
    for i, (name, part, mine) in enumerate(rows):
        y = 3 + 16.5 * i
        parts.append(rect(84, y + 1, max(1.5, 36 * part / longest), 10, "hot" if mine else "bar"))
        parts.append(word(80, y + 10, name, "tiny hotter" if mine else "tiny", "end"))
        said = percent(part) if own is not None or not mine else "rare"
        parts.append(word(84 + max(1.5, 36 * part / longest) + 3, y + 10, said, "tiny", "start"))
    how = f"in {percent(own)} of rows" if own is not None else "not among the commonest values"
    return frame(WIDE, HIGH, f"{text(column.field.name)}: {seen}, {how}.", parts, kind="small")


def absent(column: ColumnProfile, reason: Contribution) -> Markup:
    """A value that is not there, where it mostly is."""
    share = column.missing / max(1, column.rows)
    parts = [rect(8, 14, WIDE - 16, 16, "band"), rect(8, 14, (WIDE - 16) * share, 16, "hot")]
    parts.append(_below(WIDE / 2, f"missing in {percent(share)} of rows"))
    return frame(
        WIDE,
        HIGH,
        f"{text(column.field.name)} is {value(reason.seen)}; missing in {percent(share)} of rows.",
        parts,
        kind="small",
    )


def shape(column: ColumnProfile) -> Markup | None:
    """The distribution of a column for the profile: a histogram, or bars of the commonest values; None where nothing is known."""
    if column.counts:
        tall = max(1, *column.counts)
        step = (WIDE - 8) / len(column.counts)
        parts = [
            rect(4 + i * step, 46 - 40 * rows / tall, max(step - 0.6, 0.6), 40 * rows / tall, "bar")
            for i, rows in enumerate(column.counts)
            if rows
        ]
        parts.append(line(4, 46.5, WIDE - 4, 46.5, "axis"))
        return frame(WIDE, HIGH, f"Histogram of {text(column.field.name)} in {len(column.counts)} bins.", parts, kind="small")
    if not column.top or column.field.kind is Kind.TEXT:
        return None
    rows, total = column.top[:3], max(1, column.rows)
    longest = max(1, rows[0][1])
    parts = []
    for i, (name, n) in enumerate(rows):
        y, wide = 3 + 16.5 * i, max(1.5, 36 * n / longest)
        parts.append(rect(84, y + 1, wide, 10, "bar"))
        parts.append(word(80, y + 10, short(name), "tiny", "end"))
        parts.append(word(87 + wide, y + 10, percent(n / total), "tiny", "start"))
    told = ", ".join(f"{short(n, 18)} {count(c)}" for n, c in rows)
    return frame(WIDE, HIGH, f"Commonest values of {text(column.field.name)}: {told}.", parts, kind="small")


def _below(x: float, content: str) -> str:
    # kept far enough from both edges that the word is not cut
    margin = 3.0 * len(content) + 4
    return word(min(max(x, margin), WIDE - margin), 46, content, "tiny")


def _band(ticks: Floats, values: Floats, across: Scale, up: Scale) -> str:
    """Lowest to highest value of each piece of time, as upright strokes in one path."""
    piece = np.minimum(((across.many(ticks) - 4) / (WIDE - 8) * SERIES).astype(np.intp), SERIES - 1)
    low, high = np.full(SERIES, np.inf), np.full(SERIES, -np.inf)
    np.minimum.at(low, piece, values)
    np.maximum.at(high, piece, values)
    step = (WIDE - 8) / SERIES
    filled = np.flatnonzero(np.isfinite(low))
    ends = zip(filled.tolist(), up.many(low[filled]).tolist(), up.many(high[filled]).tolist(), strict=True)
    strokes = [f"M{4 + (i + 0.5) * step:.1f} {bottom + 0.5:.1f}V{top - 0.5:.1f}" for i, bottom, top in ends]
    return f'<path class="series" d="{"".join(strokes)}"/>'


def _inner(column: ColumnProfile) -> Scale:
    """The range that most rows lie in, with room for a look around."""
    if len(column.quantiles) != 9:
        return Scale(0.0, 1.0, 0, 1)
    least, low, _, _, _, _, _, high, most = column.quantiles
    if low == high:
        return fitting(np.array([least, most]), 0, 1)
    return Scale(low, high, 0, 1)


def _around(column: ColumnProfile, seen: float, start: float, stop: float) -> Scale:
    """The inner range, widened to hold the value where it is not more than four such widths away."""
    inner = _inner(column)
    width = inner.high - inner.low
    low = max(min(inner.low, seen), inner.low - 4 * width)
    high = min(max(inner.high, seen), inner.high + 4 * width)
    return Scale(low, high, start, stop)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float | np.number) and not isinstance(given, bool) and bool(np.isfinite(float(given)))


def _usual(reason: Contribution) -> str:
    if len(reason.usual) == 2 and all(map(_is_number, reason.usual)):
        return f"usually {value(reason.usual[0])} to {value(reason.usual[1])}"
    return "out of the usual"
