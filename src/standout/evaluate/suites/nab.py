"""The Numenta Anomaly Benchmark, by its published score: causal detectors, no look-ahead, one threshold for the corpus.

Lavin and Ahmad 2015, doi:10.1109/ICMLA.2015.141. In nab/: data/*/*.csv with `timestamp,value`, and labels/combined_windows.json. A detector
learns from the first rows of a stream that the benchmark does not judge (15%, at most 750). After a detection a stream is silent for
a fifth as many rows (one event, one alert), as CAD OSE is in the published results.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from standout.core.errors import ParameterError, StandoutError
from standout.evaluate.nab import PROFILES, Stream, nab_score, probation
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._series import Series, on_train
from standout.evaluate.suites._tables import Tell, detector_of

TITLE = "NAB"
PROTOCOLS = {"streams": "learn from the first rows, which are not judged; one threshold for all streams"}
DEFAULT = ("left-profile", "trailing-profile", "autoregression")
SILENT = 5
"""The share of the first rows that a silence lasts: one in so many."""


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result, of one row: the score is of the corpus. Streams shorter than a detector needs are scored 0 throughout."""
    title = f"{TITLE} {asked.protocols(PROTOCOLS)[0]}"
    streams, cells, seconds, failed = list(series_of(asked)), {}, {}, {}
    for name in asked.detectors or DEFAULT:
        detector, who, began = detector_of(name), f"standout {name}", time.perf_counter()
        if not detector.causal:
            raise ParameterError(f"{detector.name} looks ahead, and NAB takes no look-ahead.", "Choose a causal detector.")
        scorer, kept = on_train(detector), []
        for series in streams:
            tell(f"{series.name}, {who}")
            try:
                scores = scorer(series, 0)
            except StandoutError as error:
                scores, failed[f"{series.name}, {who}"] = np.zeros(len(series.values)), str(error)
            silence = series.train // SILENT if asked.apart is None else asked.apart
            kept.append(Stream(scores, series.windows, silence))
        cells[who] = tuple(round(nab_score(kept, profile)[0], 3) for profile in PROFILES)
        seconds[who] = round(time.perf_counter() - began, 2)
    facts = {
        "streams": len(streams),
        "half": asked.half,
        "silence_rows": "a fifth of the first" if asked.apart is None else asked.apart,
    }
    return (Result(title, tuple(PROFILES), {"corpus": cells}, seconds, facts, failed),)


def series_of(asked: Asked) -> Iterator[Series]:
    """The streams, with the rows of their windows."""
    told = json.loads(asked.file("nab/labels", "combined_windows.json").read_text(encoding="utf-8"))
    for path in asked.files("nab/data", "*/*.csv"):
        yield _stream(path, told[f"{path.parent.name}/{path.name}"])


def _stream(path: Path, windows: list[list[str]]) -> Series:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    times = np.array([r[0] for r in rows], dtype="datetime64[us]")
    ends = [[np.datetime64(end, "us") for end in pair] for pair in windows]
    found = [[np.searchsorted(times, a), np.searchsorted(times, b, side="right") - 1] for a, b in ends]
    values = np.array([[float(r[1])] for r in rows])
    name, empty = f"{path.parent.name}/{path.name}", np.empty(0, dtype=np.int8)
    return Series(name, values, probation(len(values)), empty, np.array(found, dtype=np.int64).reshape(-1, 2))
