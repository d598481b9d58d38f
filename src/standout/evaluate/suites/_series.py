"""What suites of series share: columns on one scale, the detectors and their peers on the same series, seeds where chance matters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, own_scores
from standout.core.errors import StandoutError
from standout.core.matrix import LIMIT, Feature, Matrix
from standout.core.part import Floats
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
    """Columns in standard deviations of their first `rows` rows; one that is constant there keeps its unit.

    Columns of 0 and 1 are told as switches, as a run would.
    """
    centre, spread = values[:rows].mean(axis=0), values[:rows].std(axis=0)
    spread = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
    matrix = Matrix.of(np.clip((values - centre) / spread, -LIMIT, LIMIT))
    switch = ((values[:rows] == 0) | (values[:rows] == 1)).all(axis=0)
    told = zip(matrix.features, switch.tolist(), strict=True)
    return replace(matrix, features=tuple(Feature(f.name, f.column, "flag") if is_one else f for f, is_one in told))


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


def in_a_run(run: Callable[[Floats, int, bool, int], Floats], fit: str, *, hindsight: bool) -> Scorer:
    """What a run gives each row when nobody names a detector."""

    def scores(series: Series, seed: int) -> Floats:
        return run(series.values, len(series.values) if fit == "whole" else series.train, hindsight, seed)

    return scores


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
            got = list[tuple[float, ...]]()
            try:
                for seed in range(asked.seeds):
                    began = time.perf_counter()
                    scores = scorer(series, seed)
                    seconds[who] += time.perf_counter() - began  # measuring counts for nobody's seconds
                    got.append(measure(series, scores))
                    if seed == 1 and got[0] == got[1]:
                        break
                row[who] = tuple(round(float(v), 3) for v in np.mean(got, axis=0))
            except (StandoutError, ValueError, MemoryError) as error:
                row[who], failed[f"{series.name}, {who}"] = None, str(error)
    facts = {"seeds": asked.seeds, "at_most_rows": asked.cap, "half": asked.half, "fit_on": asked.fit}
    return Result(title, tuple(measures), sets, {w: round(s, 2) for w, s in seconds.items()}, facts, failed, halved=True)


def competitors(asked: Asked, default: Sequence[str], peers: Callable[[], Mapping[str, Scorer]]) -> dict[str, Scorer]:
    """The detectors asked for; else what a run would take, and the suite's own choice. The peers, where they are wanted."""
    way = on_whole if asked.fit == "whole" else on_train
    found: dict[str, Scorer] = {}
    if asked.as_run is not None and not asked.detectors:
        found["standout run"] = in_a_run(asked.as_run, asked.fit, hindsight=False)
        found["standout run --hindsight"] = in_a_run(asked.as_run, asked.fit, hindsight=True)
    found |= {f"standout {name}": way(detector_of(name)) for name in asked.detectors or default}
    return found | (dict(peers()) if asked.peers else {})
