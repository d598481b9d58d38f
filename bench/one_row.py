"""What one row costs, in microseconds: `python bench/one_row.py FILE`, FILE as `bench/make_table.py` writes it.

The detector's own score of a prepared row, preparing it, and `Model.score` of it, for the default of a file with anomalies (cleaned)
and that of a clean one (ensemble): median of 2,000 calls each, kernels compiled.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from standout.data.convert import tables
from standout.data.opening import open_source
from standout.flow import fit
from standout.goal.goal import Goal


def median(call: Callable[[], Any], times: int = 2_000) -> float:
    """Microseconds of a call, after fifty that are not counted."""
    took = []
    for n in range(times + 50):
        begun = time.perf_counter()
        call()
        if n >= 50:
            took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1e6


def main() -> None:
    print("| default | detector.score | prepare | Model.score |\n|---|---|---|---|")
    for clean in (False, True):
        model = fit(sys.argv[1], Goal(clean=clean)).model
        row = next(t for t, _ in tables(open_source(sys.argv[1]), model.schema)).take(np.array([17]))
        part, state, matrix = model.detector.part, model.detector.state, model.prepare(row)
        took = [median(lambda: part.score(state, matrix)), median(lambda: model.prepare(row)), median(lambda: model.score(row))]  # noqa: B023  # called at once
        print(f"| {part.name} | " + " | ".join(f"{t:.0f}" for t in took) + " |")


if __name__ == "__main__":
    main()
