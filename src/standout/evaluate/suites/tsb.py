"""TSB-AD: series with labelled stretches, univariate and multivariate, by VUS-PR.

Liu and Paparrizos 2024, The elephant in the room: towards a reliable time-series anomaly detection benchmark (NeurIPS). In
timeseries/TSB_AD_U_subset/ and TSB_AD_M_subset/: npz files with `data` (n, channels), `label` (n,) and `train_index`, or the published CSV
files.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from standout.core.part import Floats
from standout.evaluate.series import evaluation_window, vus_pr
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._series import Series, competitors, run_series
from standout.evaluate.suites._series_files import FILES, tsb_series
from standout.evaluate.suites._series_peers import series_peers
from standout.evaluate.suites._tables import Tell

TITLE = "TSB-AD"
PROTOCOLS = {
    "univariate": "learn from each series as it is, score all its rows; series over the cap are left out",
    "multivariate": "the same, of series with several channels",
}
FOLDERS = {"univariate": "timeseries/TSB_AD_U_subset", "multivariate": "timeseries/TSB_AD_M_subset"}
DEFAULT = {"univariate": ("matrix-profile", "trailing-profile"), "multivariate": ("window-average", "nearest-windows")}


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result a protocol."""
    return tuple(
        run_series(
            f"{TITLE} {p}",
            asked,
            competitors(asked, DEFAULT[p], series_peers),
            series_of(asked, FOLDERS[p], tell),
            ("VUS-PR",),
            measure,
            tell,
        )
        for p in asked.protocols(PROTOCOLS)
    )


def measure(series: Series, scores: Floats) -> tuple[float, ...]:
    """VUS-PR in percent, over the window that the benchmark finds in the first channel."""
    return (100 * vus_pr(scores, series.labels, evaluation_window(series.values[:, 0])),)


def series_of(asked: Asked, folder: str, tell: Tell) -> Iterator[Series]:
    """The series of a folder that are no longer than the cap and hold rows of both labels; `tell` hears of the others."""
    for path in asked.files(folder, *FILES):
        values, labels, train = tsb_series(path)
        if len(values) > asked.cap or not 0 < int((labels == 1).sum()) < len(labels):
            tell(f"{path.stem} is longer than {asked.cap:,} rows or holds one label only, and is left out")
            continue
        yield Series(path.stem, values, train, labels, np.empty((0, 2), dtype=np.int64))
