"""What a person can do with an alert or an incident: by button and by key, with the effect shown before it is accepted."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from standout.core.errors import ParameterError, StandoutError
from standout.deploy.dashboard import silencing
from standout.deploy.dashboard.face import TakesLabels
from standout.deploy.dashboard.frame import may_not_act, show
from standout.deploy.dashboard.pieces import VERDICTS, ago, named, trouble
from standout.deploy.dashboard.visit import Said, Visit, act
from standout.deploy.live.answers import NewLabel
from standout.deploy.store.records import Alert, Incident, Label, Status, Verdict
from standout.evaluate.report.words import text

PROPOSED = "verdict"
"""In the session: the alert and the verdict whose effect is being looked at."""

KEYS = {Verdict.TRUE: "T", Verdict.FALSE: "F", Verdict.EXPECTED: "E", Verdict.UNSURE: "U"}
BUTTONS = {Verdict.TRUE: "True", Verdict.FALSE: "False", Verdict.EXPECTED: "Expected", Verdict.UNSURE: "Unsure"}
MEANS = {
    Verdict.TRUE: "It was right to tell: what is like it is never kept quiet.",
    Verdict.FALSE: "Nothing was wrong.",
    Verdict.EXPECTED: "It was meant to happen, such as a test or a delivery.",
    Verdict.UNSURE: "Looked at, and not known. It changes nothing.",
}
QUIETS = frozenset({Verdict.FALSE, Verdict.EXPECTED})
LONGEST = 500


def verdict_buttons(visit: Visit, alert: Alert, *, alone: bool) -> None:
    """Four verdicts; the one that is pressed shows its effect, and takes a reason. alone: its incident is not shown with it."""
    _standing(visit, alert)
    if may_not_act(visit, "judge alerts"):
        return
    takes = isinstance(visit.service, TakesLabels)
    with st.container(horizontal=True, key="verdicts"):
        # one verdict stands at a time: another is given once it was taken back
        for verdict, label in BUTTONS.items() if takes and alert.verdict is None else ():
            st.button(label, key=f"say-{verdict.value}", shortcut=KEYS[verdict], help=MEANS[verdict], on_click=_propose,
                      args=(alert.id, verdict))  # fmt: skip  # one call
        if alone:
            st.button("Silence this", key="silence", shortcut="S", on_click=silencing.begin, args=(alert.id,))
    if not takes:
        show(Markup('<p class="under">This server takes no verdicts.</p>'))
    elif st.session_state.get(PROPOSED, (None,))[0] == alert.id:
        _effect(visit, alert, st.session_state[PROPOSED][1])
    silencing.panel(visit, alert)


def takes_labels(visit: Visit) -> TakesLabels:
    """The service, where it takes verdicts."""
    if not isinstance(visit.service, TakesLabels):
        raise ParameterError("This server takes no verdicts.", "Serve with a version that does.")
    return visit.service


def _propose(alert: int, verdict: Verdict) -> None:
    st.session_state[PROPOSED] = (alert, verdict)
    silencing.end()


def _withdraw() -> None:
    st.session_state.pop(PROPOSED, None)


def _effect(visit: Visit, alert: Alert, verdict: Verdict) -> None:
    with st.container(key="card-effect"):
        acts = verdict in QUIETS and st.checkbox(
            "Keep what is like it quiet from now on", value=True, key=f"acts-{verdict.value}"
        )
        try:
            effect = takes_labels(visit).preview(NewLabel(alert.id, verdict, visit.visitor.name, acts=acts))
        except StandoutError as error:
            show(trouble(error.what, error.hint))
            st.button("Cancel", key="cancel", shortcut="Esc", on_click=_withdraw)
            return
        show(
            Markup('<p class="effect" role="status"><strong>{}.</strong> {} {}</p>').format(
                VERDICTS[verdict].capitalize(), MEANS[verdict], text(effect.sentence, 400)
            )
        )
        with st.form("accept", border=False):
            st.text_input("Reason", key="reason", max_chars=LONGEST, placeholder="for those who look later")
            with st.container(horizontal=True):
                st.form_submit_button("Accept", type="primary", key="accepted", shortcut="Enter", on_click=_accept,
                                      args=(alert.id, verdict, acts))  # fmt: skip  # one call
                st.form_submit_button("Cancel", key="cancel", shortcut="Esc", on_click=_withdraw)


def _accept(alert: int, verdict: Verdict, acts: bool) -> None:
    reason = str(st.session_state.get("reason", ""))[:LONGEST]

    def do(visit: Visit) -> Said:
        label = takes_labels(visit).label(NewLabel(alert, verdict, visit.visitor.name, reason, acts))
        return Said(f"Alert {alert} is marked as {VERDICTS[verdict]}.", undo=lambda: take_back(label.id))

    _withdraw()
    act(do)


def take_back(label: int) -> None:
    """Undo a label."""

    def do(visit: Visit) -> Said:
        takes_labels(visit).undo(label, visit.visitor.name)
        return Said("The verdict was taken back; what it kept quiet is told again from now on.")

    act(do)


def _standing(visit: Visit, alert: Alert) -> None:
    """The verdict that holds, by whom and why, with a button to take it back."""
    if alert.verdict is None:
        return
    standing = [label for label in visit.read.labels(alert.id) if label.undone is None]
    if not standing:
        return
    label = standing[-1]
    with st.container(horizontal=True, vertical_alignment="center", key="standing"):
        show_label(visit, label)
        if visit.may_act:
            st.button("Take back", key=f"take-back-{label.id}", on_click=take_back, args=(label.id,))


def show_label(visit: Visit, label: Label) -> None:
    """A label in a line."""
    why = Markup(": {}").format(named(label.reason, 300)) if label.reason else Markup("")
    line = Markup('<p class="banner">{} by {}, {}{}</p>').format(
        VERDICTS[label.verdict].capitalize(), named(label.by, 40), ago(label.at, visit.now), why
    )
    st.html(str(line), width="content")


def incident_buttons(visit: Visit, incident: Incident) -> None:
    """Acknowledge, close, silence."""
    if not visit.may_act:
        return  # it is said once, at the verdicts
    with st.container(horizontal=True, key="incident-acts"):
        if incident.status is Status.OPEN:
            st.button("Acknowledge", key="acknowledge", shortcut="A", on_click=_acknowledge, args=(incident.id,),
                      help="Somebody looks after it; new alerts still join it, and nobody is told again.")  # fmt: skip  # one call
        if incident.status is not Status.CLOSED:
            st.button("Close", key="close", shortcut="X", on_click=_close, args=(incident.id,),
                      help="It is over; a new alert opens a new incident.")  # fmt: skip  # one call
        st.button("Silence this", key="silence", shortcut="S", on_click=_silence, args=(incident.id,))


def _acknowledge(incident: int) -> None:
    def do(visit: Visit) -> Said:
        visit.service.acknowledge(incident, visit.visitor.name)
        return Said(f"Incident {incident} is acknowledged; you are down as its owner.")

    act(do)


def _close(incident: int) -> None:
    def do(visit: Visit) -> Said:
        visit.service.close_incident(incident, visit.visitor.name)
        return Said(f"Incident {incident} is closed.")

    act(do)


def _silence(incident: int) -> None:
    _withdraw()
    silencing.begin_incident(incident)
