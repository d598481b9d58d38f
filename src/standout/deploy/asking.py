"""What one asks of a model from Python: rows read as it reads them, a file or frame scored, alerts as a table.

>>> import numpy as np, standout
>>> usual = {"amount": np.random.default_rng(0).normal(20, 4, 500), "shop": ["fuel", "games"] * 250}
>>> model = standout.run(usual, standout.Goal(alerts=3)).model
>>> done = standout.score(model, [{"amount": 20.5, "shop": "fuel"}, {"amount": 900, "shop": "fuel"}])
>>> bool(done.scores.p_value[0] > done.scores.p_value[1])
True
>>> standout.read({"amount": 21, "shop": "games"}, model)
Table(1 rows of amount, shop)
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from standout.core.errors import SchemaError
from standout.core.finding import merged
from standout.core.model import Model
from standout.core.table import Table, concat
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.deploy.live.rows import read_mappings
from standout.deploy.results import told
from standout.deploy.scoring import Scored, score_source
from standout.flow import EXPLAINED, Run


def read(what: Any, model: Model, **how: Any) -> Table:
    """Rows as a model reads them, for `Live.step`, `Model.score` and `Model.explain`.

    what: one row as a dict of values, several as a list of such dicts, or anything that `standout.run` takes; how: as there. Rows
    given as dicts are read as the live service reads them. SchemaError where a row, or all of them, has none of the model's columns.
    What had to be taken as missing is warned of.
    """
    rows = _rows(what)
    if rows is None:
        pieces = list(tables(open_source(what, **how), model.schema))
        table, findings = concat([t for t, _ in pieces]), merged(f for _, found in pieces for f in found)
    else:
        got = read_mappings([rows], model.schema, "event_id")
        for number, why in got.rejected.items():
            raise SchemaError(f"Row {number} cannot be read: {why}", "Give the columns that the model was fitted with.")
        table, findings = got.table, got.findings[0]
    for finding in findings:
        if finding.level != "info":
            warnings.warn(f"{finding.message} {finding.hint}".rstrip(), stacklevel=2)
    return table


def score(model: Model, what: Any, **how: Any) -> Scored:
    """Every row of a file, URL, frame or list of dicts scored, and which the model's budget raises; `how` as for `standout.run`."""
    return score_source(model, what if _rows(what) is None else read(what, model), **how)


def alerts(made: Run | Scored, most: int = EXPLAINED) -> pa.Table:
    """The alerts of a run or of scored rows, strangest first, with reasons: an Arrow table, of which `.to_pandas()` makes a frame."""
    if isinstance(made, Run):
        return told(made.alerts, made.reasons).slice(0, most)
    return told(*made.raised_rows(most))


def _rows(what: Any) -> Sequence[Mapping[Any, Any]] | None:
    """Rows given as dicts, one or several; None for a dict of columns and everything else."""
    if isinstance(what, Mapping):
        plain = all(isinstance(v, str | bytes) or not hasattr(v, "__len__") for v in what.values())
        return [what] if plain and what else None
    return what if isinstance(what, list) and what and all(isinstance(row, Mapping) for row in what) else None
