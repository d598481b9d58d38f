"""What the quality benchmarks share: preparation as in a run, our detectors and the peers in the same run, and tables.

Each cell is the mean over seeds. Ours see what the preparers make of the raw columns; peers see standard-scaled columns, fitted
on the training rows, which is what their users do. AUROC and average precision in percent.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler

from standout.core.detector import own_scores
from standout.core.matrix import Matrix
from standout.core.preparer import assemble, select
from standout.core.registry import find, names, part_from_dict
from standout.core.table import Column, Field, Kind, Schema, Table

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Rows to learn from, rows to score (the same ones in a contaminated fit) and which of these are anomalies."""

    name: str
    train: Rows
    test: Rows
    labels: NDArray[np.int8]
    contaminated: bool


Scorer = Callable[[Task, int], Rows]


def prepared(task: Task) -> tuple[Matrix, Matrix]:
    """The matrices that the preparers, with their defaults, make of columns taken as numbers; fitted on the training rows."""
    schema = Schema(tuple(Field(f"x{j}", Kind.NUMBER) for j in range(task.train.shape[1])))
    tables = [
        Table.of(schema, [Column(Kind.NUMBER, np.ascontiguousarray(c, dtype=np.float64)) for c in rows.T])
        for rows in (task.train, task.test)
    ]
    fitted = []
    for name in names("preparer"):
        part: Any = find("preparer", name)()
        chosen = select(part, tables[0])
        if chosen.columns:
            fitted.append((part, part.fit(chosen, np.random.default_rng(0))))
    train, test = (assemble(fitted, table) for table in tables)
    return train, test


def ours(spec: str) -> Scorer:
    """A detector of Standout, by name or as JSON such as {"part": "cleaned", "drop": 0.2}."""
    detector: Any = part_from_dict("detector", json.loads(spec) if spec.startswith("{") else {"part": spec})

    def scores(task: Task, seed: int) -> Rows:
        train, test = prepared(task)
        rng = np.random.default_rng(seed)
        state = detector.fit(train, rng)
        return own_scores(detector, state, train, rng) if task.contaminated else detector.score(state, test)

    return scores


def scaled(task: Task) -> tuple[Rows, Rows]:
    scaler = StandardScaler().fit(task.train)
    return scaler.transform(task.train), scaler.transform(task.test)


def forest(task: Task, seed: int) -> Rows:
    train, test = scaled(task)
    return -IsolationForest(random_state=seed).fit(train).score_samples(test)


def local_outlier_factor(task: Task, _: int) -> Rows:
    train, test = scaled(task)
    found = LocalOutlierFactor(n_neighbors=min(20, len(train) - 1), novelty=not task.contaminated).fit(train)
    return -found.negative_outlier_factor_ if task.contaminated else -found.score_samples(test)


def neighbours(k: int) -> Scorer:
    def scores(task: Task, _: int) -> Rows:
        train, test = scaled(task)
        found = NearestNeighbors(n_neighbors=min(k, len(train) - 1)).fit(train)
        return found.kneighbors(None if task.contaminated else test)[0].mean(axis=1)

    return scores


def peers() -> dict[str, Scorer]:
    """scikit-learn always; PyOD's forest, ECOD and kNN where it is installed."""
    found: dict[str, Scorer] = {
        "scikit-learn forest": forest,
        "scikit-learn LOF(20)": local_outlier_factor,
        "scikit-learn kNN(5) mean": neighbours(5),
        "scikit-learn kNN(50) mean": neighbours(50),
    }
    try:
        from pyod.models.ecod import ECOD
        from pyod.models.knn import KNN
    except ImportError:
        return found

    def wrap(make: Callable[[], Any]) -> Scorer:
        def scores(task: Task, _: int) -> Rows:
            train, test = scaled(task)
            model = make().fit(train)
            return model.decision_scores_ if task.contaminated else model.decision_function(test)

        return scores

    return found | {"PyOD ECOD": wrap(ECOD), "PyOD KNN": wrap(KNN)}


def arguments(about: str, *, protocols: bool = False) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("STANDOUT_DATA", "../shared/data"), help="folder of public sets"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cap", type=int, default=50_000, help="at most how many rows of a set, a seeded sample")
    parser.add_argument("--quick", action="store_true", help="one seed, at most 3,000 rows, every other set")
    parser.add_argument("--detectors", nargs="*", default=None, help="of Standout, names or JSON; the defaults otherwise")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--out", type=Path, default=None, help="folder for NAME.json and NAME.md; printed anyway")
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all", help="every other set, to keep sets apart")
    if protocols:
        parser.add_argument("--protocol", choices=("contaminated", "one-class", "both"), default="both")
    told = parser.parse_args()
    if told.quick:
        told.seeds, told.cap = 1, min(told.cap, 3_000)
        told.half = "even" if told.half == "all" else told.half
    if not told.data.is_dir():
        parser.exit(0, f"skipped: no public data sets at {told.data}; set STANDOUT_DATA\n")
    return told


def chosen_files(folder: Path, half: str) -> list[Path]:
    files = sorted(folder.glob("*.npz"))
    return files if half == "all" else files[0 if half == "even" else 1 :: 2]


def run(title: str, told: argparse.Namespace, default: list[str], tasks: Iterator[tuple[Task, int]]) -> dict[str, Any]:
    """Every scorer on every task; prints and writes the tables. `tasks` yields a task and its seed."""
    specs = told.detectors or default
    scorers = {f"standout {s}": ours(s) for s in specs} | ({} if told.no_peers else peers())
    cells: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, float] = defaultdict(float)
    for task, seed in tasks:
        for who, scorer in scorers.items():
            began = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peers warn of duplicates and of thread counts, which changes no figure
                scores = scorer(task, seed)
            seconds[who] += time.perf_counter() - began
            pair = [100 * roc_auc_score(task.labels, scores), 100 * average_precision_score(task.labels, scores)]
            cells[task.name][who].append(pair)
    result = summary(cells, list(scorers), seconds)
    result |= {"title": title, "seeds": told.seeds, "cap": told.cap, "half": told.half}
    text = markdown(result)
    print(text)
    if told.out:
        told.out.mkdir(parents=True, exist_ok=True)
        stem = title.split(",")[0].lower().replace(" ", "-")
        (told.out / f"{stem}.json").write_text(json.dumps(result, indent=1) + "\n")
        (told.out / f"{stem}.md").write_text(text + "\n")
    return result


def summary(cells: Any, who: list[str], seconds: dict[str, float]) -> dict[str, Any]:
    table = {name: {w: np.mean(cells[name][w], axis=0).round(2).tolist() for w in who} for name in sorted(cells)}
    mean = {w: np.mean([table[name][w] for name in table], axis=0).round(2).tolist() for w in who}
    return {"sets": table, "mean": mean, "seconds": {w: round(seconds[w], 1) for w in who}}


def markdown(result: dict[str, Any]) -> str:
    who = list(result["mean"])
    lines = [
        f"## {result['title']}: {len(result['sets'])} sets, {result['seeds']} seeds, at most {result['cap']:,} rows, AUROC / AP",
        "",
        "| set | " + " | ".join(who) + " |",
        "|---" * (len(who) + 1) + "|",
    ]
    for name, row in [*result["sets"].items(), ("**mean**", result["mean"])]:
        lines.append(f"| {name} | " + " | ".join(f"{row[w][0]:.1f} / {row[w][1]:.1f}" for w in who) + " |")
    lines.append("| seconds in all | " + " | ".join(f"{result['seconds'][w]:.0f}" for w in who) + " |")
    return "\n".join(lines)
