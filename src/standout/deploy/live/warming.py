"""Rows that nobody sent, run through each model before the service is ready: what is compiled at its first use is compiled then.

Nothing of them is stored or remembered: each model is set in motion beside the one that serves, on copies of what it learns.
"""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime

import numpy as np

from standout.core.live import Live
from standout.core.model import Model
from standout.core.table import CODED, Column, Field, Kind, Role, Schema, Table
from standout.deploy.drifting import null_of
from standout.deploy.live.judging import decide, explained
from standout.deploy.live.stream import Stream
from standout.evaluate.null_watch import NullWatch

LOG = logging.getLogger("standout.live")
SIZES = (24, 1)
"""Rows at a time: as many as compiled loops take side by side, and one alone, which has a way of its own."""
FAR = 1e6


def rehearse(stream: Stream) -> None:
    """Score, decide and explain made-up rows as the stream would; a defect is told to the log, and rows may come all the same."""
    try:
        _run_through(stream.model, learn=stream.settings.learn)
    except Exception:  # whatever it is, real rows are answered by name
        LOG.exception("%s could not be warmed up", stream.name)


def _run_through(model: Model, *, learn: bool) -> None:
    live, watch, now = Live(model, learn=learn), NullWatch(null_of(model)), datetime.now(UTC)
    for size in SIZES:
        table = made_up(model.schema, size)
        scores = live.step(table)
        decide(live, table, scores, now)
        explained(live, np.arange(size), size, np.arange(size))
        watch.add(scores.raw, scores.p_value)
        model.score(table)


def settle() -> None:
    """Leave what is there for good out of every search for garbage, and search less often.

    One search through all that libraries hold takes a third of a second, in which no event is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def made_up(schema: Schema, rows: int) -> Table:
    """Rows of a schema in each of which some values are strange and some are missing; times go on by the second."""
    return Table.of(schema, [_column(field, rows, at) for at, field in enumerate(schema.fields)])


def _column(field: Field, rows: int, at: int) -> Column:
    turn = (np.arange(rows) + at) % 3
    if field.kind in CODED:
        return Column(field.kind, np.where(turn == 2, -1, 0).astype(np.int32), ("made up",))
    if field.kind is Kind.TIME:
        times = np.datetime64("2026-01-01", "us") + np.arange(rows) * np.timedelta64(1, "s")
        return Column(field.kind, times if field.role is Role.TIME else np.where(turn == 2, np.datetime64("NaT", "us"), times))
    far = 1.0 if field.kind is Kind.FLAG else FAR
    return Column(field.kind, np.choose(turn, [0.0, far, np.nan]))
