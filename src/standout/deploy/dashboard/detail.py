"""One incident or alert, opened: what happened and why, with the acts that it allows."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard import telling, triage
from standout.deploy.dashboard.frame import part, show
from standout.deploy.dashboard.moments import moments
from standout.deploy.dashboard.pieces import KINDS, OUTCOMES, VERDICTS, clock, empty, named, status_tag, tag, when
from standout.deploy.dashboard.reasons import alike, columns_of, counterfactual, reason_bars, whole_row
from standout.deploy.dashboard.rows import choose, severity_of
from standout.deploy.dashboard.visit import Visit
from standout.deploy.store.records import HIDDEN, Alert, Incident, Kind
from standout.evaluate.report.words import many, one_in, text

MEMBERS = 50
"""Alerts of an incident that can be stepped through: the newest."""


def show_one(visit: Visit, kind: str, number: int) -> None:
    """An incident with its alerts, or an alert."""
    if kind == "incident":
        incident = visit.read.incident(number)
        if incident is None:
            show(empty("This incident is gone.", "Retention drops what was closed long ago."))
            return
        _incident(visit, incident)
        return
    alert = visit.read.alert(number)
    if alert is None:
        show(empty("This alert is gone.", "Retention drops what was raised long ago."))
        return
    with st.container(key="card-alert"):
        if alert.incident is not None:
            # of the data this label has nothing but a number, since Streamlit reads labels as Markdown
            st.button(
                f"Open its incident, {alert.incident}", key="its-incident", on_click=choose, args=("incident", alert.incident)
            )
        _alert(visit, alert, alone=True)


def _incident(visit: Visit, incident: Incident) -> None:
    members = visit.read.members(incident.id, MEMBERS)
    with st.container(key="card-incident"):
        _of_incident(visit, incident, alone=len(members) == 1)
        if not members:
            show(empty("Its alerts are gone.", "Retention drops what was raised long ago."))
            return
        alert = members[0] if len(members) == 1 else _one_of(members, incident)
        _alert(visit, alert, alone=False)


def _of_incident(visit: Visit, incident: Incident, *, alone: bool) -> None:
    """Its state, what can be done with it and, where it is more than one alert, what they have in common."""
    by = Markup(" by {}").format(named(incident.owner, 40)) if incident.owner else Markup("")
    span = clock(incident.opened) if alone else f"{clock(incident.opened)} to {clock(incident.last)}"
    head = (
        "" if alone else Markup('<p class="headline" role="heading" aria-level="2">{}</p>').format(text(incident.headline, 400))
    )
    show(
        Markup('<p class="under">{}{} · incident {} · {} · {}</p>{}').format(
            status_tag(incident.status), by, incident.id, many(incident.alerts, "alert"), span, head
        )
    )
    triage.incident_buttons(visit, incident)


def _one_of(members: list[Alert], incident: Incident) -> Alert:
    """Which alert of an incident to look at; the strangest first."""
    ranked = {a.id: a for a in sorted(members, key=lambda a: (-a.severity, a.p_value, -a.id))}
    names = {number: f"{i}. {severity_of(a)} at {clock(a.time or a.raised)}" for i, (number, a) in enumerate(ranked.items(), 1)}
    more = f", of the newest {len(ranked)}" if incident.alerts > len(ranked) else ""
    shown = st.selectbox(
        f"Alert, strangest first{more}", list(ranked), format_func=names.__getitem__, key=f"member-{incident.id}"
    )
    return ranked[shown]


def _alert(visit: Visit, alert: Alert, *, alone: bool) -> None:
    _head(visit, alert)
    triage.verdict_buttons(visit, alert, alone=alone)
    if alert.kind is Kind.ROW:
        part("Why it stood out", "Share of its strangeness, largest first. Band: usual; ring: expected; dot: seen.")
    if columns_of(alert):
        show(reason_bars(alert))
    elif alert.kind is Kind.ROW:
        show(empty("Its reasons were not worked out.", "Of a burst only the strongest are explained at once."))
    undone = counterfactual(alert)
    if undone is not None:
        part("What would have been ordinary")
        show(undone)
    _around(visit, alert)
    beside = alike(alert)
    if beside is not None:
        part("Beside normal rows")
        show(beside)
    telling.why(visit, alert)
    if alert.values:
        with st.expander("The whole row"):
            show(whole_row(alert))


def _head(visit: Visit, alert: Alert) -> None:
    tags = [tag(KINDS[alert.kind], "hot" if alert.kind is not Kind.ROW else ""), tag(OUTCOMES[alert.outcome])]
    if alert.verdict is not None:
        tags.append(tag(VERDICTS[alert.verdict]))
    who = Markup(" · {}").format(named(alert.entity)) if alert.entity else Markup("")
    rare = ""
    if alert.kind is Kind.ROW and alert.p_value > 0:
        rare = Markup('<p class="under"><span class="sev">{}</span> severity, {} normal rows looks so strange</p>').format(
            severity_of(alert), one_in(alert.p_value)
        )
    show(
        Markup('<p class="under">{}{}{} · {}</p><p class="headline" role="heading" aria-level="2">{}</p>{}').format(
            Markup("").join(tags),
            named(alert.stream, 40),
            who,
            when(alert.time or alert.raised, visit.now),
            text(alert.sentence, 600),
            rare,
        )
    )
    if alert.outcome in HIDDEN and alert.hidden_by is not None:
        by = {"suppressed": "a label", "expected": "an expected event", "silenced": "a silence"}[OUTCOMES[alert.outcome]]
        show(Markup('<p class="under">Nobody was told: {} hid it (number {}).</p>').format(by, alert.hidden_by))


def _around(visit: Visit, alert: Alert) -> None:
    found = visit.read.around(alert)
    if found.cells:
        what = named(alert.entity) if alert.entity else Markup("the stream")
        part("Around it in time", Markup("The highest severity of {} in each piece of time; alerts stand out.").format(what))
        show(moments(found))
