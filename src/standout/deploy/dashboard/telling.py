"""Why somebody was, or was not, told: every stage that an event came to, in order; the last one decided."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from standout.core.errors import StandoutError
from standout.deploy.dashboard.frame import show
from standout.deploy.dashboard.pieces import OUTCOMES, empty, trouble
from standout.deploy.dashboard.visit import Visit
from standout.deploy.live.answers import Trace
from standout.deploy.store.records import RAISED, Alert, Kind
from standout.evaluate.report.words import text

ASKED = "why"


def why(visit: Visit, alert: Alert) -> None:
    """A button, and once it is pressed the trace: looking up an event unpacks its batch, so only when asked for."""
    if alert.kind is not Kind.ROW or not alert.event_id:
        return
    told = alert.outcome in RAISED
    asked = st.session_state.get(ASKED) == alert.id
    label = "Why was I told?" if told else "Why was I not told?"
    st.button("Hide the trace" if asked else label, key="ask-why", shortcut="W", on_click=_toggle, args=(alert.id,))
    if not asked:
        return
    try:
        show(steps(visit.service.why(alert.stream, alert.event_id)))
    except StandoutError as error:
        show(trouble(error.what, error.hint))


def _toggle(alert: int) -> None:
    if st.session_state.pop(ASKED, None) != alert:
        st.session_state[ASKED] = alert


def steps(trace: Trace) -> Markup:
    """The stages as a list; the one that stopped the event, or the last, stands out."""
    if not trace.stages:
        return empty("Nothing is known of its way.", "Retention drops what was taken in long ago.")
    rows = []
    for i, stage in enumerate(trace.stages):
        last = i == len(trace.stages) - 1
        sign = "✓" if stage.passed else "■"
        said = "went on" if stage.passed else "stopped here"
        kind = "stop" if last else ""
        rows.append(
            Markup('<li class="{}"><span class="sign" role="img" aria-label="{}">{}</span><span>{}: {}</span></li>').format(
                kind, said, sign, stage.name.replace("-", " ").capitalize(), text(stage.sentence, 300)
            )
        )
    return Markup(
        '<p>{} <span class="under">Outcome: {}.</span></p><ol class="plain steps" aria-label="Its way, in order">{}</ol>'
    ).format(text(trace.sentence, 300), OUTCOMES[trace.outcome], Markup("").join(rows))
