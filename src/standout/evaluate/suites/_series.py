"""What suites of series share: columns on one scale, the detectors and their peers on the same series, seeds where chance matters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, own_scores
from standout.core.errors import StandoutError
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import Floats
from standout.evaluate.series import evaluation_window
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._tables import Tell, detector_of


@dataclass(frozen=True)
class Series:
    """Values (n, d), the rows of the training part, labels (n,), and the first and last row of each window, both inclusive."""

    name: str
    values: Floats
    train: int
    labels: NDArray[np.int8]
    windows: NDArray[np.int64]


Scorer = Callable[[Series, int], Floats]
Measure = Callable[[Series, Floats], tuple[float, ...]]


def scaled(values: Floats, rows: int) -> Matrix:
    """Columns in standard deviations of their first `rows` rows; one that is constant there keeps its unit."""
    centre, spread = values[:rows].mean(axis=0), values[:rows].std(axis=0)
    spread = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
    return Matrix.of(np.clip((values - centre) / spread, -LIMIT, LIMIT))


def on_whole(detector: Detector) -> Scorer:
    """Learned from the series as it is: each row's own score, as if it had not been seen."""

    def scores(series: Series, seed: int) -> Floats:
        matrix, rng = scaled(series.values, len(series.values)), np.random.default_rng(seed)
        return own_scores(detector, detector.fit(matrix, rng), matrix, rng)

    return scores


def on_train(detector: Detector) -> Scorer:
    """Learned from the training part alone."""

    def scores(series: Series, seed: int) -> Floats:
        matrix, rng = scaled(series.values, series.train), np.random.default_rng(seed)
        return detector.score(detector.fit(matrix.take(np.arange(series.train)), rng), matrix)

    return scores


def peers() -> dict[str, Scorer]:
    """A forest on windows, as users of scikit-learn write it, and stumpy's self-join of the first column where it is installed."""
    found: dict[str, Scorer] = {"scikit-learn forest on windows": _forest}
    return found | ({"stumpy self-join": _self_join} if find_spec("stumpy") else {})


def _forest(series: Series, seed: int) -> Floats:
    from sklearn.ensemble import IsolationForest

    window = evaluation_window(series.values[:, 0])
    rows = scaled(series.values, len(series.values)).values
    windows = np.lib.stride_tricks.sliding_window_view(rows, window, axis=0).reshape(len(rows) - window + 1, -1)
    found = -IsolationForest(random_state=seed).fit(windows).score_samples(windows)
    # a window's score goes to its middle row, as TSB-AD has it
    return np.pad(found, (window // 2, window - 1 - window // 2), mode="edge")


def _self_join(series: Series, _: int) -> Floats:
    import importlib

    stumpy: Any = importlib.import_module("stumpy")
    window = evaluation_window(series.values[:, 0])
    found = np.asarray(stumpy.stump(np.ascontiguousarray(series.values[:, 0]), window)[:, 0], dtype=np.float64)
    found[~np.isfinite(found)] = 0.0
    return np.pad(found, (window // 2, window - 1 - window // 2), mode="edge")


def run_series(
    title: str,
    asked: Asked,
    scorers: Mapping[str, Scorer],
    found: Iterator[Series],
    measures: Sequence[str],
    measure: Measure,
    tell: Tell,
) -> Result:
    """Every competitor on every series, in turn on each; a second seed that changes nothing ends the seeds."""
    sets: dict[str, dict[str, tuple[float, ...] | None]] = {}
    seconds, failed = dict.fromkeys(scorers, 0.0), dict[str, str]()
    for series in found:
        tell(f"{series.name}: {len(series.values):,} rows, {series.values.shape[1]} columns")
        row = sets.setdefault(series.name, {})
        for who, scorer in scorers.items():
            began, got = time.perf_counter(), list[tuple[float, ...]]()
            try:
                for seed in range(asked.seeds):
                    got.append(measure(series, scorer(series, seed)))
                    if seed == 1 and got[0] == got[1]:
                        break
                row[who] = tuple(round(float(v), 3) for v in np.mean(got, axis=0))
            except (StandoutError, ValueError, MemoryError) as error:
                row[who], failed[f"{series.name}, {who}"] = None, str(error)
            seconds[who] += time.perf_counter() - began
    facts = {"seeds": asked.seeds, "at_most_rows": asked.cap, "half": asked.half}
    return Result(title, tuple(measures), sets, {w: round(s, 2) for w, s in seconds.items()}, facts, failed)


def ours(asked: Asked, default: Sequence[str], way: Callable[[Detector], Scorer]) -> dict[str, Scorer]:
    """The detectors asked for, or the suite's own, and the peers where they are wanted."""
    found = {f"standout {name}": way(detector_of(name)) for name in asked.detectors or default}
    return found | (peers() if asked.peers else {})
