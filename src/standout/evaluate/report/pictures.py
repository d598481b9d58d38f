"""The large pictures of the report: scores, time, two dimensions, curves."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from standout.core.part import Floats
from standout.evaluate.report.draw import (
    Scale,
    axis_below,
    axis_left,
    dot,
    dots,
    fitting,
    frame,
    line,
    path,
    rect,
    time_ticks,
    word,
)
from standout.evaluate.report.story import Projection, Timeline
from standout.evaluate.report.words import count, duration, many, moment, number, percent
from standout.evaluate.results import Curve

WIDTH = 860
MOST_POINTS = 1500
MOST_ALERTS = 500
NARROW = 400


def score_histogram(scores: Floats, weakest: float | None) -> Markup:
    """How many rows have which score, on a logarithmic count, coloured from the weakest alert on."""
    height, left, bottom, top = 300, 56, 250, 44
    across = fitting(scores, left, WIDTH - 12, reach=12.0)
    # bins of equal width on the picture, whatever the scale
    places = across.many(scores)
    tall, _ = np.histogram(places, bins=72, range=(left, WIDTH - 12))
    most = math.log10(1 + int(tall.max(initial=1)))
    up = Scale(0.0, most, bottom, top)
    parts = [axis_left(up, left, WIDTH - 12, "rows (each line ten times the last)", range(int(most) + 1), _power_of_ten)]
    parts.append(axis_below(across, bottom, top, "score, in the detector's own unit; further right is stranger"))
    edge = math.inf if weakest is None else across(weakest)
    step = (WIDTH - 12 - left) / len(tall)
    for i, rows in enumerate(tall.tolist()):
        if rows:
            x, y = left + i * step, up(math.log10(1 + rows))
            kind = "hot" if x + step > edge + 0.01 else "bar"
            parts.append(rect(x + 0.5, y, step - 1, bottom - y, kind, many(rows, "row")))
    if weakest is not None:
        late = edge > WIDTH * 0.7
        parts.append(line(edge, top - 14, edge, bottom, "threshold"))
        parts.append(
            word(edge + (-7 if late else 7), top - 6, f"weakest alert: {number(weakest)}", "called", "end" if late else "start")
        )
    told = "no row raised an alert" if weakest is None else f"the weakest alert scores {number(weakest)}"
    middle, high = (number(float(q)) for q in np.quantile(scores, [0.5, 0.99]))
    name = f"Histogram of {count(len(scores))} scores: half are below {middle}, 99 in 100 below {high}; {told}."
    return frame(WIDTH, height, name, parts)


def _power_of_ten(exponent: float) -> str:
    return count(round(10**exponent)) if exponent < 6 else number(10**exponent)


def over_time(timeline: Timeline) -> Markup:
    """Alerts above, rows below, in the same bins of time."""
    height, left, right = 300, 56, WIDTH - 12
    ticks = timeline.edges.astype(np.int64)
    across = Scale(float(ticks[0]), float(ticks[-1]), left, right)
    alerts_up = Scale(0.0, float(max(1, timeline.alerts.max())), 140, 26)
    rows_up = Scale(0.0, float(max(1, timeline.rows.max())), 250, 190)
    named = [(float(t), name) for t, name in time_ticks(int(ticks[0]), int(ticks[-1]))]
    each = duration(float(ticks[1] - ticks[0]) / 1e6)
    whole = [t for t in alerts_up.ticks(3) if t == int(t)]
    parts = [axis_left(alerts_up, left, right, f"alerts per {each}", whole)]
    parts.append(axis_left(rows_up, left, right, f"rows per {each}", rows_up.ticks(2)))
    parts.append(axis_below(across, 250, 26, f"{timeline.column} (UTC)", named))
    edges = across.many(ticks.astype(np.float64)).tolist()
    for i, (rows, alerts) in enumerate(zip(timeline.rows.tolist(), timeline.alerts.tolist(), strict=True)):
        x, wide = edges[i] + 0.4, edges[i + 1] - edges[i] - 0.8
        told = f"from {moment(timeline.edges[i])}: {many(rows, 'row')}, {many(alerts, 'alert')}"
        if rows:
            parts.append(rect(x, rows_up(rows), wide, 250 - rows_up(rows), "bar", told))
        if alerts:
            parts.append(rect(x, alerts_up(alerts), max(wide, 2), 140 - alerts_up(alerts), "hot", told))
    busiest = int(timeline.alerts.argmax())
    name = f"{many(int(timeline.alerts.sum()), 'alert')} among {count(int(timeline.rows.sum()))} rows over time"
    if timeline.alerts.any():
        name += f"; most, {count(int(timeline.alerts[busiest]))}, in the {each} from {moment(timeline.edges[busiest])}"
    return frame(WIDTH, height, f"{name}.", parts)


def in_two_dimensions(projection: Projection) -> Markup:
    """Each row a point on the two main directions of variation; alerts are numbered links to their row of the table."""
    height, left, right, top, bottom = 460, 56, WIDTH - 12, 26, 410
    points, alerts = projection.points, projection.alerts[:MOST_ALERTS]
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).astype(np.intp)]
    both = np.concatenate([points, alerts])
    across, up = fitting(both[:, 0], left, right), fitting(both[:, 1], bottom, top)
    first, second = (percent(s) for s in projection.explained)
    parts = [axis_left(up, left, right, f"second direction ({second} of the variation)")]
    parts.append(axis_below(across, bottom, top, f"first direction ({first} of the variation)"))
    parts.append(dots(across.many(points[:, 0]), up.many(points[:, 1]), "crowd"))
    at = list(zip(across.many(alerts[:, 0]).tolist(), up.many(alerts[:, 1]).tolist(), strict=True))
    for i, (x, y) in reversed(list(enumerate(at, start=1))):  # the strongest on top
        parts.append(f'<a href="#alert-{i}" tabindex="-1">{dot(x, y, 4.5, "alert", f"alert {i}")}</a>')
    name = f"{count(len(points))} rows as points in two dimensions, with {many(len(alerts), 'alert')} marked."
    return frame(WIDTH, height, name, parts)


def bent(projection: Projection) -> bool:
    """Whether the picture presses far points together."""
    both = np.concatenate([projection.points, projection.alerts[:MOST_ALERTS]])
    return any(fitting(both[:, i], 0, 1).bend > 0 for i in (0, 1))


def curve(points: Curve, name: str, below: str, beside: str, at: tuple[float, float] | None, level: float | None) -> Markup:
    """A curve in the unit square; `at` is where the alerts stand, `level` what chance alone would reach (None: the diagonal)."""
    height, left, right, top, bottom = 330, 56, NARROW - 14, 26, 280
    across, up = Scale(0, 1, left, right), Scale(0, 1, bottom, top)
    steps = [0.0, 0.25, 0.5, 0.75, 1.0]
    parts = [
        axis_left(up, left, right, beside, steps, percent),
        axis_below(across, bottom, top, below, [(s, percent(s)) for s in steps]),
    ]
    start, stop = (0.0, 1.0) if level is None else (level, level)
    parts.append(line(across(0), up(start), across(1), up(stop), "chance"))
    parts.append(path(((across(x), up(y)) for x, y in zip(points.x, points.y, strict=True)), "curve"))
    if at is not None:
        parts.append(dot(across(at[0]), up(at[1]), 5, "alert", f"your alerts: {percent(at[0])}, {percent(at[1])}"))
    return frame(NARROW, height, name, parts)
