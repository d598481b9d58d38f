"""Overview: what is happening now, lanes by entity over time, and which columns made the alerts of a span."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard import lanes
from standout.deploy.dashboard.frame import part, show
from standout.deploy.dashboard.pieces import clock, empty, shares
from standout.deploy.dashboard.reading import Looked
from standout.deploy.dashboard.reasons import ranked_columns
from standout.deploy.dashboard.rows import alert_rows
from standout.deploy.dashboard.strip import strip
from standout.deploy.dashboard.visit import Visit
from standout.evaluate.report.words import count, many

SPANS = {"6 h": timedelta(hours=6), "24 h": timedelta(hours=24), "7 days": timedelta(days=7)}
SHOWN = 10
MOST_ALERTS = 500
ALL = "all streams"


def page(visit: Visit) -> None:
    """The page."""
    strip()
    with st.container(horizontal=True, vertical_alignment="bottom", key="tools"):
        said = st.segmented_control("Show the last", list(SPANS), default="24 h", required=True, key="span")
        streams = visit.read.streams()
        stream = st.selectbox("Stream", [ALL, *streams], key="lanes-stream", width=220) if len(streams) > 1 else ALL
    end = _rounded(visit.now)
    start = end - SPANS[str(said)]
    chosen = None if stream == ALL else stream
    with st.skeleton(height=300):
        looked = visit.read.lanes(chosen, start, end)
    part(
        "Lanes",
        "A stroke is data, darker the stranger; a disc is alerts; times are UTC. Drag across a span, or move its ends below.",
    )
    if not looked.lanes:
        show(empty("No data in this span.", "A longer one may have some; lanes begin when the first rows come in."))
        return
    _figure(looked, start, end)
    _window(visit, chosen, start, end)


def _rounded(now: datetime) -> datetime:
    """The end of the minute, so that a run a second later draws the same figure."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _figure(looked: Looked, start: datetime, end: datetime) -> None:
    entities, pieces = lanes.cells(looked.lanes, start, end)
    dark = st.context.theme.type == "dark"
    raised = sum(p.alerts for p in pieces)
    st.plotly_chart(
        lanes.figure(entities, pieces, start, end, dark=dark),
        key="lanes",
        on_select=_follow,
        selection_mode="box",
        config={"displayModeBar": False, "doubleClick": "reset"},
        theme=None,
        alt=f"{many(len(entities), 'lane')} by entity from {clock(start)} to {clock(end)} UTC with {many(raised, 'alert')}",
    )
    if looked.entities > len(entities):
        show(
            Markup('<p class="under">The {} strangest of {} lanes are shown.</p>').format(
                count(len(entities)), count(looked.entities)
            )
        )


def _follow() -> None:
    """A span dragged in the figure moves the ends below it."""
    found = lanes.selected(st.session_state.get("lanes"))
    if found is not None:
        st.session_state["dragged"] = found
    else:
        st.session_state.pop("window", None)


def _window(visit: Visit, stream: str | None, start: datetime, end: datetime) -> None:
    """The span chosen: the columns that made its alerts, and the alerts."""
    step = (end - start) / lanes.BINS
    marks = [start + i * step for i in range(lanes.BINS)] + [end]
    dragged = st.session_state.pop("dragged", None)
    if dragged is not None:
        st.session_state["window"] = _nearest(marks, dragged)
    elif tuple(st.session_state.get("window", ())) and not set(st.session_state["window"]) <= set(marks):
        st.session_state["window"] = _nearest(marks, st.session_state["window"])
    else:
        st.session_state.setdefault("window", (marks[0], marks[-1]))
    ends: Any = st.select_slider("Span, in UTC", marks, format_func=clock, key="window")  # two, since its value has two
    low, high = ends
    found = visit.read.alerts_between(stream, low, high, MOST_ALERTS)
    left, right = st.columns([2, 3], gap="large")
    with left:
        part(
            "What made its alerts", f"{many(len(found), 'alert')} from {clock(low)} to {clock(high)}; mean share of each column."
        )
        ranked = ranked_columns(found)
        if ranked:
            show(shares(ranked, "Columns by their part in the alerts of this span"))
        else:
            show(empty("No alerts with reasons here.", "Choose a span with discs in it."))
    with right:
        part("The strongest")
        if not found:
            show(empty("No alerts in this span."))
        alert_rows(sorted(found, key=lambda a: (-a.severity, a.p_value, -a.id))[:SHOWN], visit.now, "overview")


def _nearest(marks: list[datetime], edges: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    low, high = (min(marks, key=lambda m: abs(m - e)) for e in edges)
    return (low, high) if low < high else (marks[max(0, marks.index(high) - 1)], high)
