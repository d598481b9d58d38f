"""Rows of a whole source explained, and the reasons of many told at once: what a run and a saved model's commands ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from standout.core.model import Model
from standout.core.overview import Overview
from standout.core.part import Floats
from standout.core.reason import Reason
from standout.core.scores import Alerts
from standout.core.table import Table, concat
from standout.explain.dependence import dependence
from standout.explain.grouping import drivers, groups
from standout.explain.hit_rate import hit_rates, poor

CHANGED = 25
"""Rows, the first, that are told what would bring them under the limit."""

SHOWN = 4
"""Columns whose dependence is shown."""

Read = Callable[[], Iterable[Table]]


def explain_alerts(model: Model, alerts: Alerts, most: int, read: Read) -> Sequence[Reason]:
    """Why the first alerts were raised, and what would bring the strongest under the score of the weakest; see `explain_rows`."""
    limit = float(alerts.scores.raw.min()) if len(alerts.scores) else None
    first = np.arange(min(most, len(alerts.table)))
    return explain_rows(model, alerts.table.take(first), read, limit, alerts.scores.raw[first])


def explain_rows(
    model: Model, rows: Table, read: Read, limit: float | None = None, told: Floats | None = None
) -> Sequence[Reason]:
    """Why some rows of a source score as they do, in the order given; the first `CHANGED` with what would bring them under a limit.

    read: all rows of the source, piece by piece; asked only by a sequence detector, whose scores depend on other rows. told: the scores
    that the rows were ranked by, see `core.judged.Judged`.
    """
    if not len(rows):
        return ()
    if model.detector.part.kind == "rows":
        judged = model.judged(rows)
    else:
        whole = concat(list(read()))
        judged = model.judged(whole, np.searchsorted(whole.rows, rows.rows))
    judged = replace(judged, told=told)
    if limit is None:
        return model.reasons(judged)
    at = np.arange(len(rows))
    return [*model.reasons(judged.take(at[:CHANGED]), limit), *model.reasons(judged.take(at[CHANGED:]))]


def overview(model: Model, reasons: Sequence[Reason], table: Table, seed: int = 0) -> Overview:
    """Groups, drivers, dependences and hit rates; `table`: rows of the user's own, usual for the most part, a series in order."""
    if model.explainer is None:
        return Overview()
    driving = drivers(reasons)
    shown = [dependence(model, table, d.column) for d in driving[:SHOWN]]
    hits, unmeasured = hit_rates(model, table, np.random.default_rng([seed, 8]))
    return Overview(groups(reasons), driving, tuple(d for d in shown if d is not None), hits, unmeasured + poor(hits))
