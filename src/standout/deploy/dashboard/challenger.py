"""Champion and challenger on the page of model health: how the challenger does, and the buttons that let it take over or go."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import streamlit as st

from standout.deploy.dashboard.frame import part, show
from standout.deploy.dashboard.pieces import empty, facts
from standout.deploy.dashboard.visit import Said, Visit, act
from standout.deploy.live.labels.shadow import Comparison
from standout.evaluate.report.words import count, percent, text

ACTS = {
    "challenge": "A challenger of {} is being fitted; it is compared here once it stands.",
    "promote": "The challenger of {} serves from the next row on.",
    "dismiss": "The challenger of {} is gone.",
    "take_back": "The model before serves {} again.",
}


@runtime_checkable
class Contests(Protocol):
    """A service that knows challengers."""

    def challenge(self, stream: str, by: str) -> None:
        """Begin one."""

    def comparison(self, stream: str) -> Comparison | None:
        """How it does."""

    def promote(self, stream: str, by: str) -> None:
        """It takes over."""

    def dismiss(self, stream: str, by: str) -> None:
        """It goes."""

    def take_back(self, stream: str, by: str) -> None:
        """The one before serves again."""


def challenger(visit: Visit, stream: str) -> None:
    """The part of the page; nothing where the service knows none."""
    if not isinstance(visit.service, Contests):
        return
    seen = visit.service.comparison(stream)
    part("Challenger", "A model fitted on recent rows and labels, which scores beside this one and tells nobody.")
    if seen is None:
        show(empty("No challenger.", "One is begun when there are 20 confirmed and 20 false alerts, or when you ask."))
    else:
        learned = seen.learned
        taught = f"{learned.get('true', 0)} confirmed, {learned.get('false', 0)} false" if learned.get("taught") else "no labels"
        right = (
            [("Right on labelled alerts", percent(learned["precision"]), f"this model: {percent(learned['was'])}")]
            if "precision" in learned
            else []
        )
        show(
            facts([
                ("Compared on", count(seen.rows), "rows scored by both"),
                ("Decide alike", percent(seen.agreement), text(seen.sentence, 300)),
                ("It alone would raise", count(seen.added), f"both raise {count(seen.both)}"),
                ("It would leave out", count(seen.dropped), "of what the model raised"),
                *right,
                ("Learned from", count(int(learned.get("rows", 0))), f"rows, {taught}"),
            ], hot=frozenset() if seen.in_band else frozenset({"Decide alike"}))
        )  # fmt: skip  # a figure a line
    if visit.may_act:
        _buttons(stream, standing=seen is not None)


def _buttons(stream: str, *, standing: bool) -> None:
    with st.container(horizontal=True, key="challenger-acts"):
        if standing:
            st.button("Promote the challenger", key="challenger-promote", on_click=_act, args=("promote", stream))
            st.button("Dismiss it", key="challenger-dismiss", on_click=_act, args=("dismiss", stream))
        else:
            st.button("Begin a challenger", key="challenger-begin", on_click=_act, args=("challenge", stream))
        st.button("Take the last promotion back", key="challenger-back", on_click=_act, args=("take_back", stream))


def _act(what: str, stream: str) -> None:
    def do(visit: Visit) -> Said:
        getattr(visit.service, what)(stream, visit.visitor.name)
        return Said(ACTS[what].format(text(stream, 40)))

    act(do)
