"""How the score goes with one column, everything else left as it is in some usual rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from standout.core.model import Model
from standout.core.overview import Dependence
from standout.core.table import CODED, Column, Kind, Table

GRID = 15
"""Values of a column that are tried, evenly spread over those seen; of categories the commonest half as many."""

ROWS = 48
"""Rows in which each value is tried."""


def dependence(model: Model, table: Table, column: str) -> Dependence | None:
    """Mean, 10th and 90th percentile of the served score at values of a column; None for texts, and in a series.

    table: usual rows for the most part. A series has no answer: its score depends on more than the row that would be changed.

    Source: partial dependence, Friedman 2001, doi:10.1214/aos/1013203451; Goldstein et al. 2015, doi:10.1080/10618600.2014.907095.
    """
    table, _ = model.conform(table)
    values = _grid(table[column])
    if model.detector.part.kind != "rows" or values is None or len(values) < 2 or not len(table):
        return None
    rows = table.take(np.linspace(0, len(table) - 1, min(ROWS, len(table))).astype(np.intp))
    many = rows.take(np.tile(np.arange(len(rows)), len(values)))
    changed = np.repeat(values.values, len(rows))
    columns = tuple(
        Column(c.kind, changed, values.categories) if f.name == column else c
        for f, c in zip(many.schema.fields, many.columns, strict=True)
    )
    scores = model.score(Table(many.schema, columns, many.rows)).raw.reshape(len(values), len(rows))
    low, high = np.quantile(scores, [0.1, 0.9], axis=1).tolist()
    told: list[Any] = [values.at(i) for i in range(len(values))]
    return Dependence(column, tuple(told), tuple(scores.mean(axis=1).tolist()), tuple(low), tuple(high))


def _grid(column: Column) -> Column | None:
    known = column.values[~column.missing]
    if column.kind is Kind.TEXT or not len(known):
        return None
    if column.kind in CODED:
        counts = np.bincount(known, minlength=len(column.categories))
        codes = np.argsort(-counts, kind="stable")[: GRID // 2]
        return Column(column.kind, codes[counts[codes] > 0].astype(np.int32), column.categories)
    if column.kind is Kind.NUMBER:
        known = known[np.isfinite(known)]
    if not len(known):
        return None
    at = np.linspace(0, len(known) - 1, GRID).round().astype(np.intp)
    return Column(column.kind, np.unique(np.sort(known)[at]))
