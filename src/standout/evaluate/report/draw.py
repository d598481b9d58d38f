"""Hand-made SVG: a few marks, a scale with ticks a person would choose, and a frame that has a name for those who cannot see it.

Colours are classes that the style sheet fills from the theme, so that one picture serves light, dark and print. Coordinates are
pixels of a view box; pictures stretch to the width they are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from standout.core.part import Floats
from standout.evaluate.report.words import moment, number


@dataclass(frozen=True)
class Scale:
    """Maps values to pixels; `bend` other than 0 presses values far from `centre` together (inverse hyperbolic sine).

    >>> Scale(0, 10, 0, 100)(5)
    50.0
    """

    low: float
    high: float
    start: float
    stop: float
    bend: float = 0.0
    centre: float = 0.0

    def _bent(self, value: float) -> float:
        return math.asinh((value - self.centre) / self.bend) if self.bend else value

    def __call__(self, value: float) -> float:
        """The pixel of a value, held within the frame."""
        low, high = self._bent(self.low), self._bent(self.high)
        at = (self._bent(min(max(value, self.low), self.high)) - low) / ((high - low) or 1.0)
        return self.start + at * (self.stop - self.start)

    def many(self, values: Floats) -> Floats:
        """The pixels of many values."""
        held = np.clip(values, self.low, self.high).astype(np.float64)
        low, high = self._bent(self.low), self._bent(self.high)
        bent = np.arcsinh((held - self.centre) / self.bend) if self.bend else held
        return self.start + (bent - low) / ((high - low) or 1.0) * (self.stop - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values within the scale, at most about `most`."""
        if not self.bend:
            return round_steps(self.low, self.high, most)
        # equal steps on the bent axis, each moved to the nearest number of one digit
        low, high = self._bent(self.low), self._bent(self.high)
        bent = (self.centre + self.bend * math.sinh(low + (high - low) * i / most) for i in range(most + 1))
        rounded = dict.fromkeys(float(f"{v:.1g}") for v in bent)
        return [v for v in rounded if self.low <= v <= self.high]


def fitting(values: Floats, start: float, stop: float, reach: float = 8.0) -> Scale:
    """A scale for values: straight, unless a few lie more than `reach` times as far out as the rest, then bent.

    >>> fitting(np.arange(100.0), 0, 1).bend
    0.0
    >>> fitting(np.r_[np.arange(100.0), 1e6], 0, 1).bend > 0
    True
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return Scale(0.0, 1.0, start, stop)
    low, high = float(known.min()), float(known.max())
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        return Scale(low - pad, high + pad, start, stop)
    first, centre, last = (float(q) for q in np.quantile(known, [0.02, 0.5, 0.98]))
    inner = last - first
    if inner > 0 and high - low > reach * inner:
        return Scale(low, high, start, stop, inner / 2, centre)
    return Scale(low, high, start, stop)


def round_steps(low: float, high: float, most: int = 6) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten between two values.

    >>> round_steps(0, 95)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    """
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    base = 10.0 ** math.floor(math.log10(span / most))
    step = next(base * m for m in (1, 2, 2.5, 5, 10, 20) if span / (base * m) <= most)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, math.floor(high / step + 1e-9) + 1)]


_STEPS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600)


def time_ticks(low: int, high: int, most: int = 6) -> list[tuple[int, str]]:
    """Round moments between two (microseconds since 1970) with their names: seconds to weeks, then months, then years."""
    span = (high - low) / 1e6
    step = next((s for s in _STEPS if span / s <= most), None)
    if step is not None:
        width = step * 1_000_000
        times = range(-(-low // width) * width, high + 1, width)
        return [(t, _tick(t, step)) for t in times]
    months = next((m for m in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000) if span / (m * 2.63e6) <= most), 120000)
    first, last = (int(np.datetime64(t, "us").astype("datetime64[M]").astype(int)) for t in (low, high))
    chosen = range(-(-first // months) * months, last + 1, months)
    named = [(int(np.datetime64(m, "M").astype("datetime64[us]").astype(int)), str(np.datetime64(m, "M"))) for m in chosen]
    return [(t, name[:4] if months % 12 == 0 else name) for t, name in named if low <= t <= high]


def _tick(time: int, step: int) -> str:
    full = moment(np.datetime64(time, "us"))
    return full if step < 86400 and " " not in full else full[11:] if step < 86400 else full[5:] if step < 604800 else full


def frame(width: int, height: int, name: str, parts: Iterable[str], *, kind: str = "picture") -> Markup:
    """A picture with its name for screen readers; `parts` are markup already."""
    body = "".join(parts)
    label = escape(name)
    return Markup(  # made of escaped parts
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{body}</svg>'
    )


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    """A box; `title` appears when pointed at."""
    inner = f"><title>{escape(title)}</title></rect>" if title else "/>"
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"{inner}'


def dot(x: float, y: float, radius: float, kind: str, title: str = "") -> str:
    """A disc."""
    inner = f"><title>{escape(title)}</title></circle>" if title else "/>"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{inner}'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def path(points: Iterable[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    return f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def dots(xs: Floats, ys: Floats, kind: str) -> str:
    """Many small discs as one path: a round-capped line of no length each."""
    return f'<path class="{kind}" d="{"".join(f"M{x:.0f} {y:.0f}h0" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))}"/>'


def word(x: float, y: float, content: str, kind: str = "tick", anchor: str = "middle") -> str:
    """A text, escaped."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def axis_below(scale: Scale, y: float, top: float, unit: str, ticks: Sequence[tuple[float, str]] | None = None) -> str:
    """An axis along the bottom at `y`, with faint lines up to `top`, ticks and what it measures."""
    marks = ticks if ticks is not None else [(t, number(t)) for t in scale.ticks()]
    parts = [line(scale.start, y, scale.stop, y, "axis")]
    last = -1e9
    for value, name in marks:
        at = scale(value)
        if at - last < 7.0 * len(name):  # names that would touch are left out, their lines too
            continue
        last = at + 3.5 * len(name) - 20
        parts += [line(at, top, at, y, "grid"), word(at, y + 16, name)]
    parts.append(word((scale.start + scale.stop) / 2, y + 35, unit, "unit"))
    return "".join(parts)


def axis_left(
    scale: Scale, x: float, right: float, unit: str, ticks: Sequence[float] | None = None, name: Callable[[float], str] = number
) -> str:
    """An axis along the left at `x`, with faint lines to `right`, ticks and what it measures, above it."""
    marks = scale.ticks(4) if ticks is None else ticks
    parts = [line(x, scale(t), right, scale(t), "grid") + word(x - 6, scale(t) + 4, name(t), anchor="end") for t in marks]
    parts.append(word(0, min(scale.start, scale.stop) - 12, unit, "unit", "start"))
    return "".join(parts)
