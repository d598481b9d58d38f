"""Lanes by entity over time: one Plotly figure of a bounded number of lanes and points, the strangest entities first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from standout.deploy.dashboard.look import tokens
from standout.deploy.store.records import Lane
from standout.evaluate.report.words import many, short, text

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_LANES = 16
BINS = 84
MOST_POINTS = MOST_LANES * BINS


@dataclass(frozen=True, slots=True)
class Cell:
    """One lane's piece of time."""

    entity: str
    start: datetime
    rows: int
    alerts: int
    severity: float


def cells(found: Sequence[Lane], start: datetime, end: datetime) -> tuple[list[str], list[Cell]]:
    """The strangest entities, most alerts first and then the highest severity, and their pieces of time: at most `MOST_POINTS`."""
    alerts: dict[str, int] = {}
    worst: dict[str, float] = {}
    for lane in found:
        alerts[lane.entity] = alerts.get(lane.entity, 0) + lane.alerts
        worst[lane.entity] = max(worst.get(lane.entity, 0.0), lane.severity)
    chosen = sorted(alerts, key=lambda e: (-alerts[e], -worst[e], e))[:MOST_LANES]
    step = (end - start) / BINS
    summed: dict[tuple[str, int], tuple[int, int, float]] = {}
    for lane in found:
        if lane.entity in chosen and start <= lane.minute < end:
            at = (lane.entity, min(BINS - 1, int((lane.minute - start) / step)))
            rows, raised, severity = summed.get(at, (0, 0, 0.0))
            summed[at] = (rows + lane.rows, raised + lane.alerts, max(severity, lane.severity))
    return chosen, [
        Cell(entity, start + i * step, *known) for (entity, i), known in sorted(summed.items(), key=lambda kv: kv[0][1])
    ]


def figure(entities: Sequence[str], pieces: Sequence[Cell], start: datetime, end: datetime, *, dark: bool) -> go.Figure:
    """A lane for each entity: a grey mark where there was data, darker the stranger; a disc where alerts were raised."""
    import plotly.graph_objects as go

    look, step = tokens(dark), (end - start) / BINS
    alone = len(entities) == 1
    names = [_plotly(short(e, 18)) if e else "all rows" if alone else "all others" for e in entities]
    place = {e: i for i, e in enumerate(entities)}
    drawn = go.Figure()
    for kind, chosen in (("rows", [c for c in pieces if not c.alerts]), ("alerts", [c for c in pieces if c.alerts])):
        hot = kind == "alerts"
        drawn.add_scatter(
            x=[(c.start + step / 2).replace(tzinfo=None) for c in chosen],
            y=[place[c.entity] for c in chosen],
            mode="markers",
            name=kind,
            marker={
                "symbol": "circle" if hot else "line-ns-open",
                "size": [min(22.0, 8 + 3 * math.sqrt(c.alerts)) for c in chosen] if hot else 9,
                "color": look["accent"] if hot else look["mark"],
                "opacity": 1.0 if hot else [0.25 + 0.6 * max(0.0, (c.severity - 80) / 20) for c in chosen],
                "line": {"width": 1 if hot else 2, "color": look["sheet"] if hot else look["mark"]},
            },
            customdata=[
                [
                    names[place[c.entity]] if not c.entity else _plotly(c.entity),
                    many(c.rows, "row"),
                    many(c.alerts, "alert"),
                    f"{c.severity:.4g}",
                ]
                for c in chosen
            ],
            hovertemplate="%{customdata[0]}<br>%{x|%a %d %b %H:%M} UTC<br>%{customdata[1]}, %{customdata[2]}, "
            "highest severity %{customdata[3]}<extra></extra>",
            showlegend=False,
        )
    drawn.update_layout(
        height=70 + 26 * max(2, len(entities)),
        margin={"l": 8, "r": 8, "t": 4, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": look["quiet"], "size": 12},
        dragmode="select",
        selectdirection="h",
        newselection={"line": {"color": look["accent"], "width": 1.5}},
        hoverlabel={"bgcolor": look["sheet"], "font": {"color": look["ink"]}},
    )
    drawn.update_xaxes(range=[start.replace(tzinfo=None), end.replace(tzinfo=None)], gridcolor=look["line"], fixedrange=True,
                       nticks=5, tickangle=0)  # fmt: skip  # one call
    drawn.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6], gridcolor=look["line"],
                       fixedrange=True, automargin=True, zeroline=False)  # fmt: skip  # one call
    return drawn


def _plotly(given: str) -> str:
    """A text of the data for Plotly, which reads a few tags of HTML, such as links: their brackets are written as entities."""
    return text(given, 60).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def selected(event: object) -> tuple[datetime, datetime] | None:
    """The span of time of a selection in the figure, None where nothing was selected."""
    boxes = getattr(getattr(event, "selection", None), "box", None) or []
    for box in boxes:
        edges = box.get("x", []) if isinstance(box, dict) else []
        if len(edges) == 2:
            low, high = sorted(_moment(str(e)) for e in edges)
            return (low, high) if high - low >= timedelta(seconds=1) else None
    return None


def _moment(said: str) -> datetime:
    # Plotly writes 2026-03-01 10:20:30.1234, with as many decimals as it likes
    whole, _, rest = said.replace("T", " ").partition(".")
    if whole.count(":") == 1:
        whole += ":00"
    elif ":" not in whole:
        whole += " 00:00:00"
    return datetime.fromisoformat(f"{whole}.{(rest + '000000')[:6]}").replace(tzinfo=UTC)
