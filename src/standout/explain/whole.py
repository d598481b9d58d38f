"""Rows of a whole source explained: what a run and a saved model's commands ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from standout.core.model import Model
from standout.core.reason import Reason
from standout.core.table import Table, concat


def explain_rows(model: Model, rows: Table, read: Callable[[], Iterable[Table]]) -> Sequence[Reason]:
    """Why some rows of a source score as they do, in the order given.

    read: all rows of the source, piece by piece; asked only by a sequence detector, whose scores depend on other rows.
    """
    if not len(rows):
        return ()
    if model.detector.part.kind == "rows":
        return model.explain(rows)
    whole = concat(list(read()))
    return model.explain(whole, np.searchsorted(whole.rows, rows.rows))
