"""The share of false alerts that each policy promises and keeps over the ADBench sets, and how much it finds, beside an oracle.

One-class: shuffle with the seed, learn from half of the normal rows, score the rest in random order. Contaminated: learn from
all rows, anomalies among them, and judge these by their own scores. The p-values come from own scores of the training rows.
power: anomalies raised, of all. oracle: the most that a threshold on the same scores finds with at most that share of false
alerts, labels seen. pyod's rule: everything above the 90th percentile of the training scores, which is what contamination = 0.1
means. Run from the repository root:

    STANDOUT_DATA=... python bench/fdr.py [--seeds 5] [--cap 5000] [--protocol one-class|contaminated] [--detector nearest-in-samples] \
        [--calibrator conformal ...] [--half even|odd|all]

PyThresh's rules stand beside where it is installed: each is given the scores alone, as its users do.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from standout.core.detector import own_scores
from standout.core.registry import find
from standout.evaluate.suites._tables import Task, table_of

RATES = (0.01, 0.05, 0.1, 0.2)
POLICIES = ("false-discovery-rate", "storey", "lord-plus-plus", "saffron", "addis")


def oracle(scores: np.ndarray, strange: np.ndarray, rate: float) -> float:
    order = np.argsort(-scores, kind="stable")
    last = np.r_[np.diff(scores[order]) != 0, True]
    false = np.cumsum(~strange[order]) / np.arange(1, len(order) + 1)
    found = np.cumsum(strange[order]) / strange.sum()
    return float(found[last & (false <= rate)].max(initial=0.0))


def thresholders() -> dict[str, Any]:
    """PyThresh's rules that need no search of minutes, or none where it is not installed."""
    try:
        from pythresh.thresholds.filter import FILTER
        from pythresh.thresholds.iqr import IQR
        from pythresh.thresholds.karch import KARCH
        from pythresh.thresholds.mad import MAD
        from pythresh.thresholds.mtt import MTT
        from pythresh.thresholds.wind import WIND
    except ImportError:
        return {}
    return {f"PyThresh {cls.__name__}": cls for cls in (IQR, MAD, FILTER, KARCH, MTT, WIND)}


def called(cls: Any, scores: np.ndarray) -> np.ndarray | None:
    """What a rule calls outliers; None where it fails on these scores."""
    try:
        return np.asarray(cls().eval(scores)).astype(bool)
    except Exception as error:  # a peer's failure is told and counts for nothing
        print(f"{cls.__name__}: {type(error).__name__}: {error}"[:120], flush=True)
        return None


def tasks(path: Path, told: argparse.Namespace) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Own scores of the rows learned from, scores of the rows judged (the same rows where contaminated), which are strange."""
    detector: Any = find("detector", told.detector)()
    with np.load(path) as file:
        values, labels = file["X"].astype(np.float64), file["y"].astype(np.int8).ravel()
    for seed in range(told.seeds):
        rng = np.random.default_rng(seed)
        at = rng.permutation(len(values))[: told.cap]
        normal = at[labels[at] == 0]
        known, rest = at, at
        if told.protocol == "one-class":
            known = normal[: len(normal) // 2]
            rest = rng.permutation(np.r_[normal[len(normal) // 2 :], at[labels[at] == 1]])
        if not (labels[rest] == 1).any():
            continue
        contaminated = told.protocol == "contaminated"
        task = Task(path.stem, seed, table_of(values[known]), table_of(values[rest]), labels[rest], contaminated=contaminated)
        train, test = task.prepared
        state = detector.fit(train, rng)
        own = np.asarray(own_scores(detector, state, train, rng), dtype=np.float64)
        scores = own if contaminated else np.asarray(detector.score(state, test), dtype=np.float64)
        yield own, scores, labels[rest] == 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STANDOUT_DATA", "../shared/data")))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cap", type=int, default=5_000)
    parser.add_argument("--protocol", choices=("one-class", "contaminated"), default="one-class")
    parser.add_argument("--detector", default="nearest-in-samples")
    parser.add_argument("--calibrator", action="append", default=[])
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    told = parser.parse_args()
    if not told.data.is_dir():
        parser.exit(0, f"skipped: no public data sets at {told.data}; set STANDOUT_DATA\n")
    nulls: dict[str, Any] = {name: find("calibrator", name)() for name in told.calibrator or ["conformal"]}
    cells: dict[tuple[str, float], list[tuple[str, float, float]]] = defaultdict(list)
    files = sorted((told.data / "adbench").glob("*.npz"))
    rules = thresholders()
    for path in {"all": files, "even": files[0::2], "odd": files[1::2]}[told.half]:
        for own, scores, strange in tasks(path, told):

            def add(who: str, rate: float, raised: np.ndarray, name: str = path.stem, y: np.ndarray = strange) -> None:
                cells[who, rate].append((name, (raised & ~y).sum() / max(1, raised.sum()), (raised & y).sum() / y.sum()))

            for null, part in nulls.items():
                p = part.p_values(part.fit(own, np.random.default_rng(0)), scores)
                for rate in RATES:
                    for name in POLICIES:
                        add(f"{name}, {null}", rate, find("policy", name).make({"rate": rate}).alarms(p, scores, None))
            for name, cls in rules.items():
                raised = called(cls, scores)
                if raised is not None:
                    for rate in RATES:
                        add(name, rate, raised)
            for rate in RATES:
                cells["oracle", rate].append((path.stem, rate, oracle(scores, strange, rate)))
                add("contamination 0.1, PyOD's rule", rate, scores > np.quantile(own, 0.9))
    show(told, cells)


def show(told: argparse.Namespace, cells: dict[tuple[str, float], list[tuple[str, float, float]]]) -> None:
    sets = len({name for name, _, _ in cells["oracle", 0.1]})
    print(
        f"{told.detector}, {told.protocol}, {sets} sets, {told.seeds} seeds, at most {told.cap:,} rows: share false / power, percent\n"
    )
    print("| rule | " + " | ".join(f"promised {100 * r:g}%" for r in RATES) + " | sets over (at 10%) |")
    print("|---" * (len(RATES) + 2) + "|")
    for who in dict.fromkeys(who for who, _ in cells):
        row = [
            f"{100 * np.mean([c[1] for c in cells[who, r]]):.1f} / {100 * np.mean([c[2] for c in cells[who, r]]):.1f}"
            for r in RATES
        ]
        by_set: dict[str, list[float]] = defaultdict(list)
        for name, false, _ in cells[who, 0.1]:
            by_set[name].append(false)
        over = sum(np.mean(v) > 0.1 + 2 * np.std(v) / np.sqrt(len(v)) for v in by_set.values())
        print(f"| {who} | " + " | ".join(row) + f" | {over if who != 'oracle' else '-'} |")


if __name__ == "__main__":
    main()
