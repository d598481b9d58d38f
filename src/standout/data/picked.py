"""Rows of a source by their numbers: from what a tally kept, else read a second time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Schema, Table, concat
from standout.core.tally import Tally
from standout.data.convert import tables
from standout.data.source import Source


def picked(source: Source, schema: Schema, tally: Tally, numbers: NDArray[Any]) -> Table:
    """The rows of these numbers, in this order; read again only where there are more than the tally kept."""
    kept = tally.rows_at(numbers)
    if kept is not None:
        return kept
    found = concat([t.take(np.isin(t.rows, numbers)) for t, _ in tables(source, schema)])
    return found.take(np.searchsorted(found.rows, numbers))
