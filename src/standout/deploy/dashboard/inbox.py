"""The queue: incidents and alerts to go through, one opened beside the list; on a phone the opened one takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard import detail
from standout.deploy.dashboard.frame import heading, show
from standout.deploy.dashboard.paging import Paging
from standout.deploy.dashboard.pieces import KINDS, OUTCOMES, STATUSES, VERDICTS, empty
from standout.deploy.dashboard.rows import CHOSEN, alert_rows, choose, incident_rows
from standout.deploy.dashboard.visit import Visit
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import HIDDEN, RAISED, Alert, Incident, Kind, Outcome, Status, Verdict
from standout.evaluate.report.words import many

PAGE = 20
"""Rows that one page of the list loads."""

ANY = "any"
SHOWN = {
    "incidents": "Incidents",
    "alerts": "Alerts",
    "hidden": "Hidden",
}


@dataclass(frozen=True)
class Asked:
    """What the list is asked for; None asks nothing."""

    of: str
    status: Status | None
    stream: str | None
    entity: str | None
    kind: Kind | None
    verdict: Verdict | str | None
    text: str | None
    outcome: Outcome | None

    def alerts(self) -> AlertFilter:
        """The same for alerts."""
        outcomes = frozenset({self.outcome}) if self.outcome is not None else HIDDEN if self.of == "hidden" else RAISED
        status = self.status if self.of == "alerts" else None
        return AlertFilter(
            stream=self.stream, entity=self.entity, kind=self.kind, verdict=self.verdict, text=self.text, status=status,
            outcomes=outcomes,
        )  # fmt: skip  # one line a field reads worse


def page(visit: Visit) -> None:
    """The page."""
    behind = "-behind" if st.session_state.get(CHOSEN) else ""
    with st.container(key=f"head{behind}"):
        _head(visit)
    asked = _asked(visit, f"tools{behind}")
    chosen = st.session_state.get(CHOSEN)
    found, following = _found(visit, asked)
    if chosen is None and found:
        chosen = (_kind(found[0]), found[0].id)
    left, right = st.columns([5, 7], gap="medium")
    with left, st.container(key="list-behind" if st.session_state.get(CHOSEN) else "list"):
        _list(visit, asked, found, following, chosen)
    with right, st.container(key="opened"):
        if chosen is None:
            return  # there is nothing to open
        _steps(found, chosen)
        detail.show_one(visit, *chosen)


def _head(visit: Visit) -> None:
    waiting = visit.read.open_incidents()
    heading(
        Markup("<em>{}</em>").format(many(waiting, "open incident")) if waiting else "No open incidents",
        "Say of each alert whether it was true, false, expected or unsure: what is like it is then told, or kept quiet.",
    )


def asked_for() -> bool:
    """Whether a link in a message, such as /?incident=12, asks for one; it is opened, once."""
    found = False
    for kind in ("incident", "alert"):
        said = st.query_params.get(kind, "")
        if said:
            del st.query_params[kind]
        if said.isdecimal() and len(said) < 19:
            choose(kind, int(said))
            found = True
    return found


def _asked(visit: Visit, key: str) -> Asked:
    with st.container(horizontal=True, vertical_alignment="bottom", key=key):
        of = st.segmented_control("Show", list(SHOWN), default="incidents", format_func=SHOWN.__getitem__, required=True, key="of",
                                  on_change=_restart)  # fmt: skip  # one call
        status = None
        if of != "hidden":
            status = _pick("Status", list(STATUSES), STATUSES, "status", Status.OPEN if of == "incidents" else None)
        hint = "a word or entity" if of == "incidents" else "a word, entity or event id"
        words = st.text_input("Find", key="text", placeholder=hint, max_chars=200, width=220, on_change=_restart)
        with st.popover("More filters"):
            streams = visit.read.streams()
            stream = _pick("Stream", streams, {s: s for s in streams}, "stream")
            entity = st.text_input("Entity, exactly", key="entity", max_chars=300, on_change=_restart)
            kind = _pick("Kind", list(KINDS), KINDS, "kind")
            verdict = outcome = None
            if of != "incidents":
                verdict = _pick("Verdict", [*VERDICTS, "none"], VERDICTS | {"none": "not yet said"}, "verdict")
            if of == "hidden":
                outcome = _pick("Hidden by", sorted(HIDDEN), OUTCOMES, "hidden-by")
    return Asked(str(of), status, stream, entity.strip() or None, kind, verdict, (words or "").strip() or None, outcome)


def _pick(label: str, options: Sequence[Any], names: Any, key: str, default: Any = None) -> Any:
    """One of some, or any."""
    values = [None, *options]
    place = f"{key}-{st.session_state.get('of', '')}"
    return st.selectbox(label, values, index=values.index(default), format_func=lambda v: ANY if v is None else names[v], key=place,
                        on_change=_restart, width=170)  # fmt: skip  # one call


def _restart() -> None:
    """Another question starts at the first page."""
    Paging("queue").restart()
    st.session_state.pop(CHOSEN, None)


def _found(visit: Visit, asked: Asked) -> tuple[list[Incident] | list[Alert], int | None]:
    before = Paging("queue").before
    if asked.of == "incidents":
        one = visit.read.incidents(
            before, PAGE, stream=asked.stream, status=asked.status, entity=asked.entity, kind=asked.kind, text=asked.text
        )
        return list(one.items), one.next
    other = visit.read.alerts(asked.alerts(), before, PAGE)
    return list(other.items), other.next


def _list(visit: Visit, asked: Asked, found: Any, following: int | None, chosen: object) -> None:
    if not found:
        _nothing(asked)
        return
    with st.container(gap="xsmall"):
        if asked.of == "incidents":
            incident_rows(found, visit.now, "queue", chosen)
        else:
            alert_rows(found, visit.now, "queue", chosen)
    Paging("queue").buttons(following)


def _nothing(asked: Asked) -> None:
    narrowed = any((asked.stream, asked.entity, asked.kind, asked.verdict, asked.text, asked.outcome))
    if asked.of == "incidents" and asked.status is Status.OPEN and not narrowed:
        show(empty("No open incidents.", "Everything that was told has been acknowledged or closed."))
    elif narrowed or asked.status is not None:
        show(empty("Nothing fits these filters.", "Ask for less: any status, any stream."))
    else:
        show(empty("No alerts yet.", "They appear here as soon as a row stands out within the budget."))


def _kind(record: Incident | Alert) -> str:
    return "incident" if isinstance(record, Incident) else "alert"


def _steps(found: Any, chosen: tuple[str, int]) -> None:
    """The next and the last of the list, by button or key; on a phone the way back to it."""
    numbers = [(_kind(r), r.id) for r in found]
    at = numbers.index(chosen) if chosen in numbers else None
    with st.container(horizontal=True, vertical_alignment="center", key="steps"):
        st.button(
            "Next", key="next", shortcut="J", disabled=at is None or at + 1 >= len(numbers), on_click=_go, args=(numbers, at, 1)
        )
        st.button("Previous", key="previous", shortcut="K", disabled=at is None or at == 0, on_click=_go, args=(numbers, at, -1))
        with st.container(key="only-phone", width="content"):
            st.button("Back to the list", key="back", on_click=lambda: st.session_state.pop(CHOSEN, None))


def _go(numbers: list[tuple[str, int]], at: int | None, by: int) -> None:
    if at is not None:
        choose(*numbers[at + by])
