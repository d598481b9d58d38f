"""The share of false alerts that each policy promises and keeps over the ADBench sets, and how much it finds, beside an oracle.

One-class: shuffle with the seed, learn from half of the normal rows, score the rest in random order. The p-values come from own
scores of the training rows. power: anomalies raised, of all. oracle: the most that a threshold on the same scores finds with at
most that share of false alerts, labels seen. pyod's rule: everything above the 90th percentile of the training scores, which is
what contamination = 0.1 means. Run from the repository root:

    STANDOUT_DATA=... python bench/fdr.py [--seeds 5] [--cap 5000] [--detector nearest-in-samples] [--calibrator conformal] \
        [--half even|odd|all]
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STANDOUT_DATA", "../shared/data")))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cap", type=int, default=5_000)
    parser.add_argument("--detector", default="nearest-in-samples")
    parser.add_argument("--calibrator", default="conformal")
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    told = parser.parse_args()
    if not told.data.is_dir():
        parser.exit(0, f"skipped: no public data sets at {told.data}; set STANDOUT_DATA\n")
    detector: Any = find("detector", told.detector)()
    conformal: Any = find("calibrator", told.calibrator)()
    cells: dict[tuple[str, float], list[tuple[str, float, float]]] = defaultdict(list)
    reach = []
    files = sorted((told.data / "adbench").glob("*.npz"))
    for path in {"all": files, "even": files[0::2], "odd": files[1::2]}[told.half]:
        with np.load(path) as file:
            values, labels = file["X"].astype(np.float64), file["y"].astype(np.int8).ravel()
        for seed in range(told.seeds):
            rng = np.random.default_rng(seed)
            at = rng.permutation(len(values))[: told.cap]
            normal = at[labels[at] == 0]
            rest = rng.permutation(np.r_[normal[len(normal) // 2 :], at[labels[at] == 1]])
            strange = labels[rest] == 1
            if not strange.any():
                continue
            known = normal[: len(normal) // 2]
            task = Task(path.stem, seed, table_of(values[known]), table_of(values[rest]), labels[rest], contaminated=False)
            train, test = task.prepared
            state = detector.fit(train, rng)
            own = own_scores(detector, state, train, rng)
            scores = np.asarray(detector.score(state, test), dtype=np.float64)
            p = conformal.p_values(conformal.fit(own, rng), scores)
            reach.append((p <= 1 / (len(own) + 1)).mean())

            def add(who: str, rate: float, raised: np.ndarray, name: str = path.stem, y: np.ndarray = strange) -> None:
                cells[who, rate].append((name, (raised & ~y).sum() / max(1, raised.sum()), (raised & y).sum() / y.sum()))

            for rate in RATES:
                for name in POLICIES:
                    add(name, rate, find("policy", name).make({"rate": rate}).alarms(p, scores, None))
                cells["oracle", rate].append((path.stem, rate, oracle(scores, strange, rate)))
                add("pyod's rule", rate, scores > np.quantile(own, 0.9))
    sets = len({name for name, _, _ in cells["storey", 0.1]})
    print(
        f"{told.detector}, one-class, {sets} sets, {told.seeds} seeds, at most {told.cap:,} rows: share false / power, percent\n"
    )
    print("| policy | " + " | ".join(f"promised {100 * r:g}%" for r in RATES) + " | sets over (at 10%) |")
    print("|---" * (len(RATES) + 2) + "|")
    for who in (*POLICIES, "oracle", "pyod's rule"):
        row = [
            f"{100 * np.mean([c[1] for c in cells[who, r]]):.1f} / {100 * np.mean([c[2] for c in cells[who, r]]):.1f}"
            for r in RATES
        ]
        by_set: dict[str, list[float]] = defaultdict(list)
        for name, false, _ in cells[who, 0.1]:
            by_set[name].append(false)
        over = sum(np.mean(v) > 0.1 + 2 * np.std(v) / np.sqrt(len(v)) for v in by_set.values())
        print(f"| {who} | " + " | ".join(row) + f" | {over if who not in ('oracle',) else '-'} |")
    print(f"\nRows at the least p-value that the null can give: {100 * np.mean(reach):.0f}% of those scored.")


if __name__ == "__main__":
    main()
