"""Silence this: a silence prefilled from an alert, with what it would have hidden shown before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.frame import show
from standout.deploy.dashboard.pieces import matching
from standout.deploy.dashboard.visit import Said, Visit, act, tell
from standout.deploy.live.answers import NewSilence
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import RAISED, Alert
from standout.evaluate.report.words import many, short

OPENED = "silencing"
"""In the session: ("alert" or "incident", its number)."""

LASTS = {"1 hour": 3600.0, "8 hours": 8 * 3600.0, "1 day": 86400.0, "7 days": 7 * 86400.0, "30 days": 30 * 86400.0}
BACK = timedelta(days=7)


def begin(alert: int) -> None:
    """Open the panel for an alert."""
    st.session_state.pop("verdict", None)
    st.session_state[OPENED] = ("alert", alert)


def begin_incident(incident: int) -> None:
    """Open the panel for whichever alert of an incident is looked at."""
    st.session_state[OPENED] = ("incident", incident)


def end() -> None:
    """Close the panel."""
    st.session_state.pop(OPENED, None)


def panel(visit: Visit, alert: Alert) -> None:
    """What to match, for how long and why; nothing where it was not asked for."""
    if st.session_state.get(OPENED) not in (("alert", alert.id), ("incident", alert.incident)):
        return
    with st.container(key="card-silence"):
        parts = {"stream": alert.stream, "entity": alert.entity or "", "because": alert.because}
        known = {k: v for k, v in parts.items() if v}
        names = {"stream": "this stream", "entity": "this entity", "because": "this reason"}
        # what these are called is ours; what they are in the data stands below, as text
        said = st.multiselect(
            "Silence what is equal in", list(known), default=list(known), format_func=names.__getitem__, key="match"
        )
        match = {k: known[k] for k in said}
        lasts = st.segmented_control("For", list(LASTS), default="8 hours", required=True, key="lasts")
        would(visit, match)
        with st.form("silence-form", border=False):
            st.text_input("Reason", key="silence-reason", max_chars=500, placeholder="such as: planned maintenance")
            with st.container(horizontal=True):
                st.form_submit_button("Silence", type="primary", key="silence-accept", disabled=not match, shortcut="Enter",
                                      on_click=_accept, args=(match, LASTS[str(lasts)]))  # fmt: skip  # one call
                st.form_submit_button("Cancel", key="silence-cancel", shortcut="Esc", on_click=end)


def would(visit: Visit, match: Mapping[str, str]) -> None:
    """What a silence would have hidden of late."""
    if not match:
        show(
            Markup(
                '<p class="effect" role="status">Choose what must be equal: a silence of everything would hide everything.</p>'
            )
        )
        return
    which = AlertFilter(
        stream=match.get("stream"), entity=match.get("entity"), because=match.get("because"), outcomes=RAISED,
        since=visit.now - BACK,
    )  # fmt: skip  # one line a field reads worse
    told = many(visit.read.count(which), "alert")
    show(
        Markup(
            '<p class="effect" role="status">Where {}. It would have hidden {} of the last 7 days; they are kept and counted.</p>'
        ).format(matching(match), told)
    )


def _accept(match: Mapping[str, str], lasts: float) -> None:
    reason = str(st.session_state.get("silence-reason", "")).strip()
    if not reason:
        tell(Said("A silence needs a reason.", good=False, hint="Say why, for those who wonder later where the alerts are."))
        return

    def do(visit: Visit) -> Said:
        made = visit.service.silence(NewSilence(dict(match), visit.visitor.name, reason, lasts))
        until = short(f"{made.ends:%Y-%m-%d %H:%M}", 20)
        return Said(f"Silenced until {until} UTC.", undo=lambda: lift(made.id))

    end()
    act(do)


def lift(silence: int) -> None:
    """End a silence before its time."""

    def do(visit: Visit) -> Said:
        visit.service.lift(silence, visit.visitor.name)
        return Said(f"Silence {silence} is lifted: what it matched is told again.")

    act(do)
