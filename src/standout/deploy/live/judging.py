"""Rows on their way from the model to an alert: scored, decided, explained where they stand out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import StandoutError
from standout.core.live import Live
from standout.core.reason import Reason
from standout.core.scores import Scores
from standout.core.table import CODED, Column, Kind, Role, Table
from standout.deploy.store.records import Alert, Outcome
from standout.deploy.store.records import Kind as Raised

EPOCH = np.datetime64(0, "us")
LONGEST = 1_000  # letters of a text that an alert keeps
TEXTUAL = CODED | {Kind.TIME}


def decide(live: Live, table: Table, scores: Scores, now: datetime) -> NDArray[np.int8]:
    """Where the policy leaves each row: ordinary, held back or raised (as `Outcome.NOTIFIED`, for now), shape (n,).

    A row is held back when its p-value is within the level of a policy that rations alerts, and the ration is kept for others.
    Of a series' event one row is raised, and its others are of the same event. Rows without a clock are decided by when they came.
    """
    came = np.full(len(table), np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us"))
    raised = live.alarms(table, scores, came)
    outcome = np.where(raised, np.int8(Outcome.NOTIFIED), np.int8(Outcome.ORDINARY))
    level = level_of(live)
    if level is not None:
        outcome[(scores.p_value <= level) & ~raised] = Outcome.HELD_BACK
    outcome[live.inside | (live.quiet & (outcome == Outcome.HELD_BACK))] = Outcome.SAME_EVENT
    return outcome


def level_of(live: Live) -> float | None:
    """The p-value above which the policy never raises a row, where it also rations alerts."""
    specs = type(live.policy).specs()
    return float(getattr(live.policy, "level")) if {"level", "alerts"} <= specs.keys() else None  # noqa: B009  # a name among its parameters


def explained(live: Live, raised: NDArray[np.intp], most: int, order: NDArray[np.intp]) -> tuple[list[Reason | None], str]:
    """Why rows of the latest step were raised: of the `most` that come first in `order`, None for others, and why there is none.

    raised: positions in the step. order: of the raised, strangest first.
    """
    reasons: list[Reason | None] = [None] * len(raised)
    if live.model.explainer is None or not most or not len(raised):
        return reasons, "The model was fitted without an explainer."
    chosen = np.sort(order[:most])
    try:
        found = live.reasons(raised[chosen])
    except (StandoutError, ArithmeticError, ValueError, IndexError) as error:  # an alert is worth more than its reason
        return reasons, f"It could not be explained: {error}"
    for place, reason in zip(chosen.tolist(), found, strict=True):
        reasons[place] = reason
    return reasons, f"More than {most} alerts came at once; this one was not explained."


def drafts(
    stream: str, rows: Table, scores: Scores, places: Sequence[tuple[int, int, str]], reasons: Sequence[Reason | None], why: str,
    now: datetime, ahead: float,
) -> list[Alert]:  # fmt: skip  # an argument a line hides the loop
    """Alerts of rows, before anything could hide them. places: batch, row and event id of each."""
    entities, times = rows.with_role(Role.ENTITY), rows.with_role(Role.TIME)
    severity = scores.severity
    found = []
    for i, (batch, row, event_id) in enumerate(places):
        known = reasons[i]
        reason = {} if known is None else known.as_dict()
        sentence = reason.get("sentence") or f"Stranger than {severity[i]:.4g}% of normal rows. {why}"
        found.append(
            Alert(
                stream, Raised.ROW, now, sentence, Outcome.NOTIFIED, float(severity[i]), float(scores.p_value[i]),
                float(scores.raw[i]), event_id, batch, row, None if entities is None else entities.at(i),
                None if times is None else moment(times, i, now, ahead), reason.get("key", ""), reason, values_of(rows, i),
            )
        )  # fmt: skip  # as above
    return found


def moment(times: Column, row: int, now: datetime, ahead: float) -> datetime | None:
    """A row's time; None where it has none, or one so far ahead of our clock that it cannot be meant."""
    value = times.at(row)
    if value is None:
        return None
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int((value - EPOCH).astype(np.int64)))
    except OverflowError:
        return None
    return at if at <= now + timedelta(seconds=ahead) else None


def values_of(rows: Table, row: int) -> dict[str, Any]:
    """A row's values as a person would write them."""
    found = {}
    for field, column in zip(rows.schema.fields, rows.columns, strict=True):
        value = column.at(row)
        found[field.name] = str(value)[:LONGEST] if value is not None and field.kind in TEXTUAL else value
    return found
