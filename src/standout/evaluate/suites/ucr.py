"""The UCR anomaly archive: one anomaly in each series, after a clean training part; found or not.

Wu and Keogh 2021, doi:10.1109/TKDE.2021.3112126. In timeseries/UCR/: npz files with `data` (n,), or the published text files;
their names end in the end of the training part and the first and last row of the anomaly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from standout.core.part import Floats
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._series import Series, competitors, run_series
from standout.evaluate.suites._series_files import FILES, ucr_series
from standout.evaluate.suites._series_peers import stumpy_peers
from standout.evaluate.suites._tables import Tell

TITLE = "UCR archive"
PROTOCOLS = {"whole": "learn from each series as it is; its highest score after the training part must hit the anomaly"}
DEFAULT = ("matrix-profile", "trailing-profile")
NEAR = 100
"""Rows from the anomaly that still count as a hit, or as many as it has."""


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result: there is one protocol."""
    title = f"{TITLE} {asked.protocols(PROTOCOLS)[0]}"
    return (
        run_series(title, asked, competitors(asked, DEFAULT, stumpy_peers), series_of(asked, tell), ("found",), measure, tell),
    )


def measure(series: Series, scores: Floats) -> tuple[float, ...]:
    """100 where the highest score after the training part lies within reach of the anomaly, else 0."""
    at = series.train + int(np.argmax(scores[series.train :]))
    first, last = (int(v) for v in series.windows[0])
    near = max(NEAR, last - first + 1)
    return (100.0 * (first - near <= at <= last + near),)


def series_of(asked: Asked, tell: Tell) -> Iterator[Series]:
    """The series that are no longer than the cap; `tell` hears of the others."""
    for path in asked.files("timeseries/UCR", *FILES):
        values, train, first, last = ucr_series(path)
        if len(values) > asked.cap:
            tell(f"{path.stem} is longer than {asked.cap:,} rows and is left out")
            continue
        yield Series(path.stem, values, train, np.empty(0, dtype=np.int8), np.array([[first, last]]))
