"""What is happening now: the one part of the dashboard that refreshes by itself."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.frame import guarded, heading, show
from standout.deploy.dashboard.pieces import ago, facts, trouble
from standout.deploy.dashboard.rate import Rate
from standout.deploy.dashboard.reading import Now
from standout.deploy.dashboard.visit import arrive
from standout.deploy.live.answers import Health
from standout.deploy.store.records import Sending
from standout.evaluate.report.words import count, duration, listed, many, number, text

EVERY = timedelta(seconds=5)
SURE = 6.0
"""Decimal logarithm of the evidence against a model's null from which drift counts as sure."""

_rate = Rate()


@st.fragment(run_every=EVERY)
@guarded
def strip() -> None:
    """One sentence and the figures behind it."""
    visit = arrive()
    if visit is None:
        show(trouble("You are signed out.", "Load the page again to sign in."))
        return
    now, health = visit.read.now(visit.now), visit.service.health()
    heading(*sentence(now, health, visit.now))
    show(facts(figures(now, health), hot=standing_out(now, health)))


def sentence(now: Now, health: Health, at: datetime) -> tuple[Markup, str]:
    """The page's one sentence and what stands behind it."""
    last = max((s.last for s in health.streams.values() if s.last is not None), default=None)
    if not now.streams:
        return Markup("Nothing is watched yet"), "Start the service with a model: standout serve MODEL."
    if not now.open:
        if last is None:
            return Markup("Watching, and no data have come yet"), "Send rows to the API, or start standout watch on a file."
        return Markup("Nothing needs you now"), f"{many(now.acknowledged, 'incident')} acknowledged; last data {ago(last, at)}."
    title = Markup("<em>{}</em> {} you").format(many(now.open, "open incident"), "needs" if now.open == 1 else "need")
    if now.newest is None:
        return title, ""
    return title, f"The newest, {ago(now.newest.last, at)}: {text(now.newest.headline, 200).rstrip('.')}."


def figures(now: Now, health: Health) -> list[tuple[str, str, str]]:
    """Name, value and note of each figure."""
    watched = [s for s in health.streams.values() if s.owned]
    drifting = [s.name for s in watched if s.drift >= SURE]
    stopped = [s.name for s in watched if s.stopped]
    if stopped:
        model, note = "data stopped", listed([text(s, 24) for s in stopped], 2)
    elif drifting:
        model, note = "drifting", listed([text(s, 24) for s in drifting], 2)
    elif not watched:
        model, note = "none here", "no stream is watched by this server"
    else:
        model, note = "as promised", many(len(watched), "model")
    return [
        (
            "Rows a minute",
            number(now.rows_a_minute),
            f"over {duration(now.span.total_seconds())}, {many(len(now.streams), 'stream')}",
        ),
        ("Alerts today", count(now.today), _budget(health)),
        ("Open incidents", count(now.open), f"{count(now.acknowledged)} acknowledged"),
        ("Notifications", *_sending(now)),
        ("Models", model, note),
        ("Taking in", "yes" if health.ready else "no", _queue(health)),
    ]


def standing_out(now: Now, health: Health) -> frozenset[str]:
    """The names of the figures that somebody should look at."""
    watched = [s for s in health.streams.values() if s.owned]
    wrong = {
        "Open incidents": now.open > 0,
        "Notifications": _failed(now) > 0,
        "Models": any(s.stopped or s.drift >= SURE for s in watched),
        "Taking in": not health.ready,
    }
    return frozenset(name for name, is_wrong in wrong.items() if is_wrong)


def _pace(now: Now, health: Health) -> tuple[str, str]:
    """Rows that this process takes in; until it was looked at twice, those whose own time lies in the last minutes."""
    total = sum(n for s in health.streams.values() for n in s.counts.values())
    rate, span = _rate.seen(total, time.monotonic()) or (now.rows_a_minute, now.span.total_seconds())
    return number(
        float(f"{rate:.2g}") if rate < 100 else round(rate)
    ), f"over {duration(round(span))}, {many(len(now.streams), 'stream')}"


def _budget(health: Health) -> str:
    words = {s.name: s.policy for s in health.streams.values()}
    if len(words) == 1:
        return f"budget: {next(iter(words.values()))}"
    return listed([f"{text(name, 20)}: {budget}" for name, budget in words.items()], 2) or "no budget"


def _failed(now: Now) -> int:
    return now.sending.get(Sending.DEAD, 0) + now.sending.get(Sending.DOUBT, 0)


def _sending(now: Now) -> tuple[str, str]:
    dead, doubt, sent = (now.sending.get(s, 0) for s in (Sending.DEAD, Sending.DOUBT, Sending.SENT))
    waiting = now.sending.get(Sending.PENDING, 0) + now.sending.get(Sending.SENDING, 0)
    if dead + doubt:
        parts = [f"{count(dead)} given up"] * bool(dead) + [f"{count(doubt)} in doubt"] * bool(doubt)
        return listed(parts), "see Delivery"
    if waiting:
        return f"{count(waiting)} waiting", f"{count(sent)} sent"
    return ("all sent", many(sent, "message")) if sent else ("none", "nothing was to be told")


def _queue(health: Health) -> str:
    if health.store != "good":
        return text(health.store, 60)
    return f"{count(health.queued)} of {count(health.room)} rows wait" if health.queued else "nothing waits"
