"""A small picture of what happened around an alert: one bar for each piece of time, as high as the highest severity in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from standout.deploy.dashboard.pieces import clock
from standout.deploy.store.records import Lane
from standout.evaluate.report.words import duration, many

PIECES = 60
REACH = timedelta(hours=2)
"""How far the picture looks to both sides."""


@dataclass(frozen=True)
class Around:
    """What there was around a moment: pieces of time from `start`, None where there were no rows."""

    start: datetime
    step: timedelta
    at: datetime
    cells: tuple[Lane | None, ...]


def around(found: Sequence[Lane], at: datetime, entity: str) -> Around:
    """Minutes of one lane as `PIECES` pieces of time about a moment; no pieces where there were no rows at all."""
    start, step = at - REACH, 2 * REACH / PIECES
    pieces: list[Lane | None] = [None] * PIECES
    for lane in found:
        place = int((lane.minute - start) / step)
        if not 0 <= place < PIECES:
            continue
        known = pieces[place]
        rows, alerts, severity = (0, 0, 0.0) if known is None else (known.rows, known.alerts, known.severity)
        pieces[place] = Lane(
            lane.stream, entity, start + place * step, rows + lane.rows, alerts + lane.alerts, max(severity, lane.severity)
        )
    return Around(start, step, at, tuple(pieces) if any(pieces) else ())


def moments(found: Around) -> Markup:
    """The picture, with its contents in words for those who cannot see it."""
    here = int((found.at - found.start) / found.step)
    bars = [_bar(piece, i == here) for i, piece in enumerate(found.cells)]
    known = [p for p in found.cells if p is not None]
    alerts = sum(p.alerts for p in known)
    end = found.start + PIECES * found.step
    reach = duration(REACH.total_seconds())
    name = f"From {clock(found.start)} to {clock(end)}: {many(sum(p.rows for p in known), 'row')}, {many(alerts, 'alert')}."
    return Markup(
        '<div class="moments" role="img" aria-label="{}">{}</div>'
        '<div class="axis-words"><span>{}</span><span>{}</span><span>{}</span></div>'
    ).format(name, Markup("").join(bars), f"{reach} before", f"{clock(found.at)} UTC", f"{reach} after")


def _bar(piece: Lane | None, here: bool) -> Markup:
    if piece is None:
        return Markup('<i class="none{}" style="--h:{}"></i>').format(" here" if here else "", "8%" if here else "0")
    kind = "here" if here else "alarm" if piece.alerts else ""
    # severities crowd near 100: what is left to 100 is drawn on a logarithmic scale, 0 to 99.99 as 4% to 100%
    left = max(100.0 - piece.severity, 0.01)
    height = 4 + 96 * (2 - math.log10(left)) / 4
    title = (
        f"{clock(piece.minute)}: {many(piece.rows, 'row')}, {many(piece.alerts, 'alert')}, highest severity {piece.severity:.4g}"
    )
    return Markup('<i class="{}" style="--h:{}%" title="{}"></i>').format(kind, f"{height:.0f}", title)
