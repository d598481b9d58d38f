"""Budget and replay: how many alerts a day, what that would have raised lately, and setting it without fitting anything again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import streamlit as st
from markupsafe import Markup

from standout.core.calibrator import Policy
from standout.core.errors import StandoutError
from standout.core.registry import part_from_dict
from standout.deploy.dashboard.days import by_day
from standout.deploy.dashboard.frame import heading, may_not_act, part, show
from standout.deploy.dashboard.pieces import empty, facts, table, tag, trouble
from standout.deploy.dashboard.remembering import Remembered
from standout.deploy.dashboard.visit import Said, Visit, act
from standout.evaluate.replay import SCALED, Replayed, around
from standout.evaluate.report.words import count, many, number, percent

DAYS = {"1 day": 1.0, "7 days": 7.0, "30 days": 30.0}
CHOICES = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0, 200.0)
AT_ONCE = 200_000
"""Rows up to which the budgets beside the one looked at are replayed unasked."""

_replayed: Remembered[Replayed] = Remembered(seconds=60, most=32)


def page(visit: Visit) -> None:
    """The page."""
    streams = visit.read.streams()
    if not streams:
        heading("Budget")
        show(empty("No stream is watched.", "Start the service with a model: standout serve MODEL."))
        return
    heading(
        "How many alerts can you look at?",
        "Move the budget and see what it would have raised; the threshold follows, nothing is fitted again.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="tools"):
        stream = st.selectbox("Stream", streams, key="budget-stream", width=240)
        days = st.segmented_control("Replay the last", list(DAYS), default="7 days", required=True, key="budget-days")
    policy = _policy(visit, stream)
    if policy is None:
        show(empty(f"{stream} has no budget of its own yet.", "It is there once the stream has been watched."))
        return
    wanted = _wanted(policy, stream)
    with st.skeleton(height=240):
        found = _replay(visit, stream, wanted, DAYS[str(days)])
    if found is None:
        return
    _shown(found)
    _set(visit, stream, policy, wanted)
    _beside(visit, stream, policy, found, DAYS[str(days)])
    for finding in found.findings:
        if finding.level != "info":
            show(empty(finding.message, finding.hint))


def _policy(visit: Visit, stream: str) -> Policy | None:
    kept = visit.read.stream(stream)
    return None if kept is None or not kept.policy else cast("Policy", part_from_dict("policy", kept.policy))


def _wanted(policy: Policy, stream: str) -> Policy:
    """The policy with the budget that the slider and the field beside it say."""
    key = next((k for k in SCALED if k in policy.specs()), None)
    if key is None:
        show(empty(f"This budget has no number to move: {policy.in_words()}."))
        return policy
    spec, now = policy.specs()[key], float(getattr(policy, key))
    if key != "alerts":
        told = st.number_input(f"{spec.help} ({spec.range})", value=now, format="%g", key=f"wanted-{stream}-{key}-{now:g}")
        return _changed(policy, key, told)
    unit = spec.unit or "alerts"
    choices = sorted({*CHOICES, now})
    told = st.select_slider(
        f"Budget, in {unit}", choices, value=now, format_func=lambda v: f"{v:g}", key=f"wanted-{stream}-{now:g}"
    )
    return _changed(policy, key, told)


def _changed(policy: Policy, key: str, value: float) -> Policy:
    old = getattr(policy, key)
    try:
        return replace(policy, **{key: round(value) if isinstance(old, int) else float(value)})
    except StandoutError as error:
        show(trouble(error.what, error.hint))
        return policy


def _replay(visit: Visit, stream: str, wanted: Policy, days: float) -> Replayed | None:
    """What the budget would have raised; remembered for a minute."""
    try:
        question = (id(visit.service), stream, repr(wanted), days)
        return _replayed.get(question, lambda: visit.service.replay(stream, wanted, days))
    except StandoutError as error:
        show(trouble("This could not be replayed.", f"{error.what} {error.hint}"))
        return None


def _shown(asked: Replayed) -> None:
    words = asked.policy.in_words()
    part(words[0].upper() + words[1:], asked.in_words())
    worst = int(asked.counts.max()) if len(asked.counts) else 0
    figures = [
        ("Alerts", count(asked.alerts), f"of {many(len(asked.alarms), 'row')}"),
        ("A day, on average", number(asked.a_day, 2) if asked.a_day is not None else "no clock", ""),
        ("On the worst day", count(worst), str(asked.dates[int(asked.counts.argmax())]) if worst else "no alerts"),
    ]
    if asked.precision is not None:
        figures.append(("True, by labels", percent(asked.precision.value), "of those that somebody judged"))
    show(facts(figures))
    if len(asked.dates):
        show(by_day({str(d): int(c) for d, c in zip(asked.dates, asked.counts, strict=True)}))


def _beside(visit: Visit, stream: str, policy: Policy, asked: Replayed, days: float) -> None:
    """The budgets beside the one looked at. Each reads the journal again, so with many rows only when asked for."""
    part("Budgets beside it")
    if len(asked.alarms) > AT_ONCE and not st.button(f"Replay them, {many(len(asked.alarms), 'row')} each", key="beside"):
        return
    with st.skeleton(height=200):
        others = [_replay(visit, stream, p, days) for p in around(asked.policy) if p != asked.policy]
    ranked = sorted([asked, *(o for o in others if o is not None)], key=_size)
    judged = any(r.precision is not None for r in ranked)
    head = ("Budget", "Alerts", "A day", "Worst day", *(["True, by labels"] if judged else []))
    rows = [_row(r, policy, asked.policy)[: len(head)] for r in ranked]
    show(table("What each would have raised over the same rows.", head, rows, frozenset({1, 2, 3, 4})))


def _size(replayed: Replayed) -> float:
    key: Any = next((k for k in SCALED if k in replayed.policy.specs()), None)
    return float(getattr(replayed.policy, key)) if key else 0.0


def _row(replayed: Replayed, policy: Policy, wanted: Policy) -> list[Any]:
    mark = tag("holds now", "chosen") if replayed.policy == policy else tag("looked at") if replayed.policy == wanted else ""
    return [
        Markup("{} {}").format(replayed.policy.in_words(), mark),
        count(replayed.alerts),
        "no clock" if replayed.a_day is None else number(replayed.a_day, 2),
        count(int(replayed.counts.max()) if len(replayed.counts) else 0),
        "not known" if replayed.precision is None else percent(replayed.precision.value),
    ]


def _set(visit: Visit, stream: str, policy: Policy, wanted: Policy) -> None:
    if may_not_act(visit, "change the budget"):
        return
    st.button(f"Set it: {wanted.in_words()}" if wanted != policy else f"Holds now: {policy.in_words()}", key="set-budget", type="primary",
              disabled=wanted == policy, on_click=set_policy, args=(stream, wanted, policy))  # fmt: skip  # one call


def set_policy(stream: str, wanted: Policy, before: Policy | None) -> None:
    """Let another budget hold from now on; with the one before, it can be taken back."""

    def do(visit: Visit) -> Said:
        visit.service.set_policy(stream, wanted, visit.visitor.name)
        undo = None if before is None else lambda: set_policy(stream, before, None)
        return Said(f"The budget is {wanted.in_words()} from the next row on.", undo=undo)

    act(do)
