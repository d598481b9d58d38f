"""Model health: what was promised beside what happened, drift, the columns that moved, how old the model is, and data that stopped."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.challenger import challenger
from standout.deploy.dashboard.columns import columns
from standout.deploy.dashboard.days import by_day
from standout.deploy.dashboard.frame import heading, part, show
from standout.deploy.dashboard.pieces import ago, empty, facts, named, table, trouble
from standout.deploy.dashboard.strip import SURE
from standout.deploy.dashboard.visit import Visit
from standout.deploy.live.answers import Health, StreamHealth
from standout.evaluate.report.words import count, duration, listed, many, number, percent, short, text

BACK = 14
"""Days that promised and realised are held against each other."""


def page(visit: Visit) -> None:
    """The page."""
    health = visit.service.health()
    heading(*_sentence(health))
    if health.store != "good":
        show(trouble("The store is not well.", text(health.store, 300)))
    if not health.streams:
        show(empty("No stream is watched.", "Start the service with a model: standout serve MODEL."))
        return
    names = list(health.streams)
    name = names[0] if len(names) == 1 else st.selectbox("Stream", names, key="health-stream", width=260)
    stream = health.streams[name]
    _state(visit, stream)
    _promise(visit, stream)
    _findings(stream)
    challenger(visit, stream.name)
    columns(visit, stream.name)
    _rows(stream)


def _sentence(health: Health) -> tuple[Markup, str]:
    wrong = [s.name for s in health.streams.values() if s.stopped or s.drift >= SURE]
    lead = "Whether each model still keeps what it promised, and whether its data still come."
    if not wrong:
        return Markup("Models hold what they promised") if health.streams else Markup("No models yet"), lead
    said = listed([text(w, 30) for w in wrong], 3)
    return Markup("<em>{}</em> {} somebody to look").format(said, "needs" if len(wrong) == 1 else "need"), lead


def _state(visit: Visit, stream: StreamHealth) -> None:
    last = "no rows yet" if stream.last is None else ago(stream.last, visit.now)
    usual = "usual gaps are not known yet" if stream.usual is None else f"usually within {duration(stream.usual)}"
    age = "not known" if stream.model_age is None else duration(max(60.0, stream.model_age * 86400))
    figures = [
        ("Data", "stopped" if stream.stopped else "coming", f"last {last}; {usual}"),
        ("Drift", drift_in_words(stream.drift), f"evidence 10^{number(max(0.0, stream.drift), 2)} to 1; sure from 10^{SURE:g}"),
        ("Model's age", age, f"file {short(stream.model, 16)}"),
        ("Detector", text(stream.detector, 40), "keeps learning" if stream.learn else "does not learn from what it watches"),
        ("Entities", count(stream.entities), f"{many(stream.waiting, 'row')} wait for their time" if stream.waiting else ""),
        ("Watched by", "this server" if stream.owned else text(stream.owner, 40), ""),
    ]
    hot = {"Data": stream.stopped, "Drift": stream.drift >= SURE}
    show(facts(figures, hot=frozenset(k for k, v in hot.items() if v)))


def drift_in_words(evidence: float) -> str:
    """The decimal logarithm of the evidence against a model's null, as a person says it.

    >>> [drift_in_words(e) for e in (-3.0, 1.5, 4.0, 8.0)]
    ['none seen', 'a hint', 'likely', 'sure']
    """
    return "sure" if evidence >= SURE else "likely" if evidence >= SURE / 2 else "a hint" if evidence >= 1 else "none seen"


def _promise(visit: Visit, stream: StreamHealth) -> None:
    start = (visit.now - timedelta(days=BACK - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = visit.read.per_day(stream.name, start)
    told, said = visit.read.said(stream.name, start)
    judged = sum(said.values())
    part("Promised and realised", f"Promised: {text(stream.policy, 100)}. Realised over the last {BACK} days, UTC:")
    if not told:
        show(empty("No alerts in these days.", "A quiet day raises nothing to fill its budget."))
        return
    worst = max(days.values(), default=0)
    figures = [
        ("Alerts told", count(told), f"{number(told / BACK, 2)} a day"),
        ("On the worst day", count(worst), "held back ones are not counted"),
        ("Judged", percent(judged / told), f"{count(judged)} of {count(told)}"),
    ]
    if said["true"] + said["false"]:
        figures.append(("True, of true and false", percent(said["true"] / (said["true"] + said["false"])),
                        listed([f"{n} {v}" for v, n in said.items() if n], 4)))  # fmt: skip  # one figure
    show(facts(figures))
    if days:
        show(by_day(days))


def _findings(stream: StreamHealth) -> None:
    part("What was noticed", "Rows that could not be read, budgets spent early, a null that is lost, a stale model.")
    if not stream.findings:
        show(empty("Nothing out of the ordinary.", "Since this server started."))
        return
    items = [
        Markup('<li><span><span class="tag {}">{}</span></span><div><p>{}</p>{}</div></li>').format(
            f.level, f.level, text(f.message, 400), Markup('<p class="under">{}</p>').format(text(f.hint, 300)) if f.hint else ""
        )
        for f in stream.findings[:40]
    ]
    show(Markup('<ul class="plain findings card">{}</ul>').format(Markup("").join(items)))


def _rows(stream: StreamHealth) -> None:
    total = sum(stream.counts.values())
    part("Where rows went", f"{many(total, 'row')} since this server started.")
    if not total:
        show(empty("No rows yet."))
        return
    rows = [[named(outcome), count(n), percent(n / total)] for outcome, n in stream.counts.items() if n]
    show(table("The first stage that stopped each row.", ("Outcome", "Rows", "Share"), rows, frozenset({1, 2})))
