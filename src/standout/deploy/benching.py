"""A run as the benchmark suites of series measure it: nobody names a detector, and columns are typed and prepared as ever."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from standout.core.part import Floats
from standout.core.tally import Tally
from standout.data.opening import open_source
from standout.flow import Goal, fit, score_all


def series_run(values: Floats, learned: int, hindsight: bool, seed: int) -> Floats:
    """The score of each row, (n, d) to (n,), learned from the first rows, or from all, each then as if it had not been seen.

    These series come without a clock, and files that are read as series have one: rows are put a millisecond apart, so that no hour
    and no weekday is made up with it. A part to learn from is taken as clean.
    """
    at = np.datetime64("2000-01-01", "us") + np.arange(len(values)) * np.timedelta64(1_000, "us")
    frame = pa.table({"at": at} | {f"x{j}": column for j, column in enumerate(np.ascontiguousarray(values.T))})
    whole = learned == len(values)
    trained = fit(frame.slice(0, learned), Goal(time="at", clean=not whole, hindsight=hindsight), seed=seed)
    tally = Tally(own=(trained.learned.table.rows, trained.own)) if whole else Tally()
    return np.asarray(score_all(trained.model, open_source(frame), tally=tally).raw)
