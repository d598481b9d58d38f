"""Rows of lists: an alert or an incident in two lines, the whole of it one button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.pieces import KINDS, OUTCOMES, VERDICTS, ago, named, status_tag, tag
from standout.deploy.store.records import HIDDEN, Alert, Incident, Kind
from standout.evaluate.report.words import many, severity, text

CHOSEN = "chosen"
"""In the session: ("incident" or "alert", its number)."""


ABOUT_DATA = "!"
"""In the place of a severity, for what is about the data and not about a row."""


def severity_of(alert: Alert) -> str:
    """The percentile as a person says it; what is about the stream itself has none."""
    return severity(alert.p_value) if alert.kind is Kind.ROW and alert.p_value > 0 else ABOUT_DATA


def alert_line(alert: Alert, now: datetime) -> Markup:
    """An alert in two lines."""
    tags = [tag(VERDICTS[alert.verdict])] if alert.verdict is not None else []
    if alert.kind is not Kind.ROW:
        tags.insert(0, tag(KINDS[alert.kind], "hot"))
    if alert.outcome in HIDDEN:
        tags.append(tag(OUTCOMES[alert.outcome]))
    return _line(severity_of(alert), text(alert.sentence, 180), alert.stream, alert.entity, ago(alert.raised, now), tags)


def incident_line(incident: Incident, now: datetime) -> Markup:
    """An incident in two lines."""
    tags = [status_tag(incident.status)]
    worst = severity(1 - incident.severity / 100) if incident.severity < 100 else ABOUT_DATA
    when = f"{many(incident.alerts, 'alert')}, {ago(incident.last, now)}"
    return _line(worst, text(incident.headline, 180), incident.stream, incident.entity, when, tags)


def _line(figure: str, what: str, stream: str, entity: str | None, when: str, tags: Sequence[Markup]) -> Markup:
    who = Markup(" · {}").format(named(entity, 40)) if entity else Markup("")
    return Markup(
        '<div class="line"><div><span class="sev">{}</span><span class="told">{}</span></div>'
        '<div><p class="what">{}</p><p class="under">{}{}{} · {}</p></div></div>'
    ).format(figure, "data" if figure == ABOUT_DATA else "severity", what, Markup("").join(tags), named(stream, 40), who, when)


def alert_rows(alerts: Sequence[Alert], now: datetime, place: str, chosen: object = None) -> None:
    """Alerts, each of which opens in the queue; the chosen one is marked."""
    for alert in alerts:
        _row("alert", alert.id, alert_line(alert, now), place, chosen)


def incident_rows(incidents: Sequence[Incident], now: datetime, place: str, chosen: object = None) -> None:
    """Incidents, each of which opens in the queue; the chosen one is marked."""
    for incident in incidents:
        _row("incident", incident.id, incident_line(incident, now), place, chosen)


def _row(kind: str, number: int, line: Markup, place: str, chosen: object) -> None:
    mark = "chosen-" if chosen == (kind, number) else ""
    with st.container(key=f"row-{mark}{kind}-{number}-{place}"):
        st.html(str(line))
        # its label has no text of the data, since Streamlit reads labels as Markdown
        opened = st.button(f"Open {kind} {number}", key=f"open-{kind}-{number}-{place}", on_click=choose, args=(kind, number))
    if opened and place != "queue":
        st.switch_page(st.session_state["pages"]["alerts"])


def choose(kind: str, number: int) -> None:
    """Open an alert or an incident in the queue."""
    st.session_state[CHOSEN] = (kind, number)
    for left in ("verdict", "silencing", "why"):
        st.session_state.pop(left, None)
