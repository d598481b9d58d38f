"""What suites of tables share: preparation as in a run, the detectors and their peers on the same rows, the measures."""

from __future__ import annotations

import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels, own_scores
from standout.core.errors import ParameterError, StandoutError
from standout.core.matrix import Matrix
from standout.core.part import Floats
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find, part_from_dict
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.evaluate.ranking import Ladder
from standout.evaluate.suites._asked import Asked, Result

Tell = Callable[[str], None]
MEASURES = ("AUROC", "AP")


@dataclass(frozen=True)
class Task:
    """Rows to learn from, rows to score (the same ones in a contaminated fit), and which of these are anomalies."""

    name: str
    seed: int
    train: Table
    test: Table
    labels: Labels
    contaminated: bool

    @cached_property
    def prepared(self) -> tuple[Matrix, Matrix]:
        """What the preparers, with their defaults, make of both tables; fitted on the training rows."""
        fitted = fit_all(self.train, {}, self.seed)
        return assemble(fitted, self.train), assemble(fitted, self.test)

    @cached_property
    def plain(self) -> tuple[Floats, Floats]:
        """What users of other libraries make of them: categories as indicators, then standard scores by the training rows."""
        train, test = _indicators(self.train, self.test)
        centre, spread = train.mean(axis=0), train.std(axis=0)
        spread[spread == 0] = 1.0
        return (train - centre) / spread, (test - centre) / spread


Scorer = Callable[[Task], Floats]


def table_of(values: NDArray[Any]) -> Table:
    """A table of number columns from an array, shape (n, d)."""
    schema = Schema(tuple(Field(f"x{j}", Kind.NUMBER) for j in range(values.shape[1])))
    return Table.of(schema, [Column(Kind.NUMBER, np.ascontiguousarray(c, dtype=np.float64)) for c in values.T])


def _indicators(train: Table, test: Table) -> tuple[Floats, Floats]:
    """Numbers as they are, categories as one column each of those that the training rows hold."""
    blocks: list[tuple[Floats, Floats]] = []
    for a, b in zip(train.columns, test.columns, strict=True):
        if a.kind is not Kind.CATEGORY:
            blocks.append((a.values[:, None], b.values[:, None]))
            continue
        known = sorted({t for t in a.texts() if t is not None})
        one, other = (np.array(c.texts(), dtype=object)[:, None] == np.array(known, dtype=object)[None] for c in (a, b))
        blocks.append((one.astype(np.float64), other.astype(np.float64)))
    return np.concatenate([a for a, _ in blocks], axis=1), np.concatenate([b for _, b in blocks], axis=1)


def detector_of(asked: str) -> Detector:
    """A detector from its name, the path of a class to wrap, or JSON such as {"part": "cleaned", "drop": 0.2}."""
    if asked.startswith("{"):
        try:
            return cast("Detector", part_from_dict("detector", json.loads(asked)))
        except ValueError as error:
            raise ParameterError(
                f"{asked} describes no detector: {error}", 'Write {"part": "name", "parameter": value}.'
            ) from error
    if "." in asked:
        return cast("Detector", find("detector", "wrapped").make({"estimator": asked}))
    return cast("Detector", find("detector", asked)())


def ours(detector: Detector) -> Scorer:
    """A detector as in a run; of a contaminated fit, the scores in which no row is judged by itself."""

    def scores(task: Task) -> Floats:
        train, test = task.prepared
        rng = np.random.default_rng(task.seed)
        state = detector.fit(train, rng)
        return own_scores(detector, state, train, rng) if task.contaminated else detector.score(state, test)

    return scores


def run_tables(
    title: str, asked: Asked, default: Sequence[str], peers: Mapping[str, Scorer], tasks: Iterator[Task], tell: Tell
) -> Result:
    """Every competitor on every task, in turn on each, so that all see the same machine; `tell` hears of each task."""
    scorers: dict[str, Scorer] = {f"standout {name}": ours(detector_of(name)) for name in asked.detectors or default}
    scorers |= peers if asked.peers else {}
    cells: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    seconds = dict.fromkeys(scorers, 0.0)
    failed: dict[str, str] = {}
    for task in tasks:
        tell(f"{task.name}, seed {task.seed}: {len(task.train):,} rows to learn from, {len(task.test):,} to score")
        anomaly = task.labels == 1
        _ = task.prepared, task.plain  # so that preparation counts for nobody
        for who, scorer in scorers.items():
            began = time.perf_counter()
            try:
                ladder = Ladder.of(_scored(scorer, task), anomaly)
                cells[task.name][who].append((100 * ladder.auroc().value, 100 * ladder.average_precision().value))
            except (StandoutError, ValueError, MemoryError) as error:
                failed[f"{task.name}, seed {task.seed}, {who}"] = str(error)
            seconds[who] += time.perf_counter() - began
    sets = {name: {w: _mean(cells[name][w]) for w in scorers} for name in sorted(cells)}
    facts = {"seeds": asked.seeds, "at_most_rows": asked.cap, "half": asked.half, "versions": _versions()}
    return Result(title, MEASURES, sets, {w: round(s, 2) for w, s in seconds.items()}, facts, failed)


def _scored(scorer: Scorer, task: Task) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers warn of duplicates and of thread counts, which changes no figure
        scores = np.asarray(scorer(task), dtype=np.float64)
    if np.isnan(scores).any():
        raise ParameterError(f"{int(np.isnan(scores).sum())} of {len(scores)} scores are NaN.")
    return scores


def _mean(pairs: list[tuple[float, float]]) -> tuple[float, ...] | None:
    return tuple(round(float(v), 3) for v in np.mean(pairs, axis=0)) if pairs else None


def _versions() -> dict[str, str]:
    found = {}
    for package in ("standout", "scikit-learn", "pyod", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
