"""The isolation forest against its peers, in one run on the same processors: `python bench/forest.py [--rows N] [--quick]`.

Each timed thing runs in turn with the others and the median is told, in wall-clock and in processor seconds: the second is
what to compare where other programs run beside. Prints a table and, as the last line, JSON. Accuracy needs the public data sets
(STANDOUT_DATA).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from standout.core.beside import CORES
from standout.core.matrix import Matrix
from standout.detect.isolation_forest import IsolationForest

FRESH = """
import time
import numpy as np
start, used = time.perf_counter(), time.process_time()
from standout.core.matrix import Matrix
from standout.detect.isolation_forest import IsolationForest
imported = time.perf_counter()
rows = Matrix.of(np.random.default_rng(0).normal(size=(5000, 20)))
forest = IsolationForest()
state = forest.fit(rows, np.random.default_rng(0))
forest.score(state, rows), forest.own_scores(state, rows), forest.attribute(state, rows)
print(imported - start, time.perf_counter() - imported, time.process_time() - used)
"""


def in_turn(work: dict[str, Callable[[], object]], times: int) -> dict[str, dict[str, float]]:
    """Median wall-clock and processor seconds of each, run in turn after one warm-up."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for turn in range(times + 1):
        for name, run in work.items():
            wall, used = time.perf_counter(), time.process_time()
            run()
            if turn:
                taken[name].append((time.perf_counter() - wall, time.process_time() - used))
    return {
        name: {"wall": statistics.median(w for w, _ in runs), "cpu": statistics.median(c for _, c in runs)}
        for name, runs in taken.items()
    }


def hundred_times(run: Callable[[], object]) -> Callable[[], object]:
    """What a live service does, without the work of others between two rows."""

    def runs() -> None:
        for _ in range(100):
            run()

    return runs


def peers(
    values: np.ndarray, one: np.ndarray
) -> dict[str, tuple[Callable[[], object], Callable[[], object], Callable[[], object]]]:
    """Fit, score all and score one row, by name; scikit-learn alone and on all cores, others where installed."""
    import joblib
    from sklearn.ensemble import IsolationForest as Sklearn

    def on_all_cores() -> object:
        with joblib.parallel_config(backend="threading", n_jobs=CORES):
            return fitted.score_samples(values)

    def fit() -> object:
        return Sklearn(random_state=0).fit(values)

    fitted = Sklearn(random_state=0).fit(values)
    score, single = (lambda: fitted.score_samples(values)), (lambda: fitted.score_samples(one))
    found = {"scikit-learn": (fit, score, single), "scikit-learn, all cores": (fit, on_all_cores, single)}
    if find_spec("isotree"):
        from isotree import IsolationForest as Isotree

        def make() -> object:
            return Isotree(ntrees=100, sample_size=256, ndim=1, missing_action="fail", nthreads=CORES, random_seed=0)

        tree = make().fit(values)
        found["isotree"] = (lambda: make().fit(values), lambda: tree.predict(values), lambda: tree.predict(one))
    if find_spec("pyod"):
        from pyod.models.iforest import IForest

        pyod = IForest(random_state=0).fit(values)
        found["pyod"] = (
            lambda: IForest(random_state=0).fit(values),
            lambda: pyod.decision_function(values),
            lambda: pyod.decision_function(one),
        )
    return found


def speed(rows: int, times: int) -> dict[str, dict[str, dict[str, float]]]:
    """Fit, score and one-row scoring of `rows` x 20 normal values."""
    values = np.random.default_rng(0).normal(size=(rows, 20)).astype(np.float32)
    matrix, one = Matrix.of(values), Matrix.of(values[:1])
    forest = IsolationForest()
    state = forest.fit(matrix, np.random.default_rng(0))
    ours = (
        lambda: forest.fit(matrix, np.random.default_rng(0)),
        lambda: forest.score(state, matrix),
        lambda: forest.score(state, one),
    )
    everyone = {"standout": ours, **peers(values, one.values)}
    some = Matrix.of(values[:1000])
    return {
        "score": in_turn({name: p[1] for name, p in everyone.items()}, times),
        "fit": in_turn({name: p[0] for name, p in everyone.items() if not name.endswith("cores")}, times),
        "100 single rows": in_turn(
            {name: hundred_times(p[2]) for name, p in everyone.items() if not name.endswith("cores")}, times
        ),
        "reasons of 1,000 rows": in_turn({"standout": lambda: forest.attribute(state, some)}, times),
    }


def fresh_process() -> dict[str, dict[str, float]]:
    """Seconds of a new process: importing, then the first of all verbs; with kernels compiled, then from the cache."""
    home = str(Path(__file__).parents[1] / "src")
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": home}
        told = [subprocess.check_output([sys.executable, "-c", FRESH], env=env, text=True).split() for _ in range(2)]
    return {
        name: dict(zip(("import", "first use", "cpu"), map(float, line), strict=True))
        for name, line in zip(("compiled", "from cache"), told, strict=True)
    }


def accuracy(folder: Path, seeds: int) -> dict[str, dict[str, float]]:
    """AUROC on ADBench sets, at most 8,000 rows each, mean over seeds: ours, ours out of bag, scikit-learn."""
    from sklearn.ensemble import IsolationForest as Sklearn
    from sklearn.metrics import roc_auc_score

    table = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as held:
            values, labels = held["X"], held["y"].ravel()
        kept = np.random.default_rng(0).permutation(len(values))[:8000]
        values, labels = values[kept], labels[kept]
        if labels.sum() < 3 or values.shape[1] > 300:
            continue
        matrix, forest, rows = Matrix.of(values), IsolationForest(), []
        for seed in range(seeds):
            state = forest.fit(matrix, np.random.default_rng(seed))
            theirs = -Sklearn(random_state=seed).fit(values).score_samples(values)
            scores = (forest.score(state, matrix), forest.own_scores(state, matrix), theirs)
            rows.append([roc_auc_score(labels, s) for s in scores])
        table[path.stem] = dict(zip(("standout", "out of bag", "scikit-learn"), np.mean(rows, axis=0).tolist(), strict=True))
    names = ("standout", "out of bag", "scikit-learn")
    table["mean"] = {name: float(np.mean([row[name] for row in table.values()])) for name in names}
    return table


def show(title: str, table: dict[str, dict[str, float]], unit: str) -> None:
    """One table, in figures a person reads."""
    columns = list(next(iter(table.values())))
    print(f"\n{title} ({unit})\n{'':26s}" + "".join(f"{c:>16s}" for c in columns))
    for name, row in table.items():
        print(f"{name:26s}" + "".join(f"{row[c]:16.4g}" for c in columns))


def main() -> None:
    """Run all and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--quick", action="store_true", help="one turn of each, two seeds")
    told = options.parse_args()
    times, seeds = (1, 2) if told.quick else (5, 5)
    result: dict[str, object] = {"rows": told.rows, "cores": CORES}
    for title, table in speed(told.rows, times).items():
        show(f"{title}, {told.rows:,} x 20" if title in ("score", "fit") else title, table, "seconds")
        result[title] = table
    result["new process"] = started = fresh_process()
    show("new process", started, "seconds")
    folder = Path(os.environ.get("STANDOUT_DATA", "")) / "adbench"
    if os.environ.get("STANDOUT_DATA") and folder.is_dir():
        result["AUROC"] = found = accuracy(folder, seeds)
        show("AUROC, contaminated fit", found, "area")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
