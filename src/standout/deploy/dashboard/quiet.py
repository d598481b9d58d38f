"""What is kept quiet on purpose: silences and expected events, by whom, until when, and how many alerts each has hidden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard import silencing
from standout.deploy.dashboard.frame import heading, may_not_act, part, show
from standout.deploy.dashboard.paging import Paging
from standout.deploy.dashboard.pieces import ago, at, clock, empty, matching, named, table, tag
from standout.deploy.dashboard.visit import Said, Visit, act, tell
from standout.deploy.live.answers import NewSilence
from standout.deploy.store.records import Calendar, Silence
from standout.evaluate.report.words import count, duration, many

PAGE = 25
REPEATS = ("once", "daily", "weekly", "monthly")


def page(visit: Visit) -> None:
    """The page."""
    found = visit.read.silences(Paging("silences").before, PAGE)
    holding = [s for s in found.items if s.lifted is None and s.starts <= visit.now < s.ends]
    said = f"{many(len(holding), 'silence')} {'holds' if len(holding) == 1 else 'hold'} now"
    heading(
        said[0].upper() + said[1:],
        "What matches is kept and counted, and nobody is told. Each has an owner, a reason and an end.",
    )
    part("Silences")
    _silences(visit, list(found.items))
    Paging("silences").buttons(found.next)
    part(
        "Expected events",
        "Alerts during one are kept and counted, and nobody is told: a backup each night, a delivery on Mondays.",
    )
    events = visit.read.calendars(Paging("events").before, PAGE)
    _events(visit, list(events.items))
    Paging("events").buttons(events.next)
    if may_not_act(visit, "silence"):
        return
    left, right = st.columns(2, gap="large")
    with left, st.expander("New silence"):
        _new_silence(visit)
    with right, st.expander("New expected event"):
        _new_event(visit)


def _silences(visit: Visit, found: list[Silence]) -> None:
    if not found:
        show(empty("Nothing is silenced.", "Silence this, at an alert, fills one in for you."))
        return
    rows = [
        [Markup("{} {}").format(matching(s.match), _state(s, visit.now)), named(s.reason, 200), named(s.owner, 40), at(s.starts),
         _until(s, visit.now), count(s.hidden)]
        for s in found
    ]  # fmt: skip  # a row reads best as a row
    head = ("Where", "Reason", "Owner", "From (UTC)", "Until (UTC)", "Alerts hidden")
    show(table("Silences, newest first.", head, rows, numbers=frozenset({5})))
    _end(visit, [s.id for s in found if s.lifted is None and s.ends > visit.now], "silence", "Lift", silencing.lift,
         {s.id: f"silence of {s.owner}, {s.reason}" for s in found})  # fmt: skip  # one call


def _state(silence: Silence, now: datetime) -> Markup:
    if silence.lifted is not None:
        return tag("lifted")
    return tag("over") if silence.ends <= now else tag("holds", "chosen") if silence.starts <= now else tag("to come")


def _until(silence: Silence, now: datetime) -> Markup:
    end = silence.lifted or silence.ends
    return Markup('{}, <span class="t">{}</span>').format(at(end), ago(end, now))


def _events(visit: Visit, found: list[Calendar]) -> None:
    if not found:
        show(
            empty(
                "Nothing is expected.", "An event that repeats, such as a backup each night, is better told here than silenced."
            )
        )
        return
    rows = [
        [Markup("{} {}").format(named(c.name), tag("over") if c.until is not None and c.until <= visit.now else Markup("")),
         matching(c.match), named(c.owner, 40), f"{clock(c.starts)} ({c.zone}), {c.repeats}", duration(c.lasts),
         clock(c.until) if c.until else "for good", count(c.hidden)]
        for c in found
    ]  # fmt: skip  # a row reads best as a row
    head = ("Event", "Where", "Owner", "Starts", "Lasts", "Until (UTC)", "Alerts hidden")
    show(table("Expected events, newest first.", head, rows, numbers=frozenset({6})))
    _end(visit, [c.id for c in found if c.until is None or c.until > visit.now], "event", "End", _end_event,
         {c.id: c.name for c in found})  # fmt: skip  # one call


def _end(visit: Visit, numbers: list[int], what: str, verb: str, do: Any, names: dict[int, str]) -> None:
    """Choose one that holds and end it."""
    if not numbers or not visit.may_act:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(f"End before its time: {what}", numbers, format_func=lambda i: f"{i}: {names[i]}"[:90], key=f"end-{what}",
                              width=340)  # fmt: skip  # one call
        st.button(verb, key=f"end-{what}-now", on_click=do, args=(chosen,))


def _end_event(number: int) -> None:
    def do(visit: Visit) -> Said:
        visit.service.unexpect(number, visit.visitor.name)
        return Said(f"Event {number} is expected no more.")

    act(do)


def _match(visit: Visit, key: str) -> dict[str, str]:
    streams = visit.read.streams()
    stream = st.selectbox("Stream", [None, *streams], format_func=lambda s: "any" if s is None else s, key=f"{key}-stream")
    entity = st.text_input("Entity, exactly", key=f"{key}-entity", max_chars=300).strip()
    column = st.text_input(
        "Or a column that must be equal", key=f"{key}-column", max_chars=300, placeholder="such as country"
    ).strip()
    equal = st.text_input("to the value", key=f"{key}-value", max_chars=300).strip()
    parts = {"stream": stream, "entity": entity, column: equal if column else ""}
    return {k: v for k, v in parts.items() if k and v}


def _new_silence(visit: Visit) -> None:
    match = _match(visit, "new-silence")
    lasts = st.segmented_control("For", list(silencing.LASTS), default="8 hours", required=True, key="new-silence-lasts")
    reason = st.text_input("Reason", key="new-silence-reason", max_chars=500).strip()
    silencing.would(visit, match)

    def make() -> None:
        def do(acting: Visit) -> Said:
            made = acting.service.silence(NewSilence(match, acting.visitor.name, reason, silencing.LASTS[str(lasts)]))
            return Said(f"Silenced until {clock(made.ends)} UTC.", undo=lambda: silencing.lift(made.id))

        act(do)

    st.button("Silence", key="new-silence-make", type="primary", disabled=not (match and reason), on_click=make)


def _new_event(visit: Visit) -> None:
    name = st.text_input("Name", key="event-name", max_chars=100).strip()
    match = _match(visit, "event")
    starts = st.datetime_input(
        "Starts, UTC", value=(visit.now + timedelta(hours=1)).replace(minute=0, second=0, tzinfo=None), key="event-starts"
    )
    hours = st.number_input("Lasts, hours", min_value=0.1, max_value=240.0, value=1.0, step=0.5, key="event-hours")
    repeats = st.segmented_control("Repeats", list(REPEATS), default="daily", required=True, key="event-repeats")

    def make() -> None:
        if starts is None:
            tell(Said("An event needs a start.", good=False, hint="Give a day and a time."))
            return

        def do(acting: Visit) -> Said:
            event = Calendar(name, acting.visitor.name, match, starts.replace(tzinfo=UTC), hours * 3600, str(repeats))
            made = acting.service.expect(event)
            return Said(f"{made.name} is expected from now on.", undo=lambda: _end_event(made.id))

        act(do)

    st.button("Expect it", key="event-make", type="primary", disabled=not (name and match), on_click=make)
