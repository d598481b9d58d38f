"""What labels are worth: chances that hold, and what a handful of labels adds. Run from the repository root:

    STANDOUT_DATA=... python bench/supervised.py reliability [--seeds 3]
    STANDOUT_DATA=... python bench/supervised.py few [--seeds 2] [--half even]

reliability: vehicle claims and KDDTrain+ (10,000 rows drawn), 70% to learn from, 30% to judge. Expected calibration error: the mean
gap between the chance told and the share of anomalies in ten groups of as many rows each, by that chance. Peers are XGBClassifier as
it comes and with the class weight that its documentation gives for rare classes.

few: ADBench, at most 2,500 rows a set of which 60% are learned from without labels but for a few, half of them of anomalies, drawn at
random; the other 40% are judged. Sets with fewer than ten anomalies to learn from are left out. "even": every other set, those on which
choices were made; "odd": the others.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from nsl_kdd import frames, ours
from standout.core.matrix import Matrix
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find
from standout.deploy.sklearn import classifier
from standout.evaluate.suites._tables import table_of

GIVEN = (0, 1, 5, 10, 20)
MOST = 2_500


def calibration_error(chance: np.ndarray, strange: np.ndarray) -> float:
    groups = np.array_split(np.argsort(chance, kind="stable"), 10)
    return float(sum(len(g) * abs(chance[g].mean() - strange[g].mean()) for g in groups) / len(chance))


def labelled_tables(data: Path) -> dict[str, tuple[pd.DataFrame, np.ndarray]]:
    claims = pd.read_csv(data / "fraud" / "fraud_oracle.csv")
    kdd = frames(data / "nsl-kdd")[0].sample(10_000, random_state=0).reset_index(drop=True)
    return {
        "claims": (claims.drop(columns=["FraudFound_P", "PolicyNumber"]), claims["FraudFound_P"].to_numpy()),
        "KDDTrain+": (kdd.drop(columns=["Subclass", "Difficulty.Level"]), (kdd["Subclass"] != "normal").to_numpy().astype(int)),
    }


def reliability(options: argparse.Namespace) -> None:
    from xgboost import XGBClassifier

    print("| table | model | calibration error | Brier | AUROC |\n|---|---|---|---|---|")
    for name, (frame, strange) in labelled_tables(options.data).items():
        found: dict[str, list[list[float]]] = defaultdict(list)
        for seed in range(options.seeds):
            at = np.random.default_rng(seed).permutation(len(frame))
            learn, judge = np.sort(at[: int(0.7 * len(at))]), np.sort(at[int(0.7 * len(at)) :])
            a, b = ours(frame.iloc[learn].reset_index(drop=True), frame.iloc[judge].reset_index(drop=True))
            y, truth = strange[learn], strange[judge]
            models: dict[str, Any] = {
                "xgboost (ours)": classifier("xgboost")(random_state=seed),
                "svm (ours)": classifier("svm")(random_state=seed, sample=3000),
                "XGBClassifier as it comes": XGBClassifier(random_state=seed, n_jobs=1),
                "XGBClassifier, classes weighed": XGBClassifier(
                    random_state=seed, n_jobs=1, scale_pos_weight=(y == 0).sum() / y.sum()
                ),
            }
            for who, model in models.items():
                chance = model.fit(a.values, y).predict_proba(b.values)[:, 1].astype(np.float64)
                found[who].append(
                    [calibration_error(chance, truth), brier_score_loss(truth, chance), roc_auc_score(truth, chance)]
                )
        for who, cells in found.items():
            print(f"| {name} | {who} | " + " | ".join(f"{v:.4f}" for v in np.mean(cells, axis=0)) + " |", flush=True)


def few(options: argparse.Namespace) -> None:
    files = sorted((options.data / "adbench").glob("*.npz"))[{"even": 0, "odd": 1}[options.half] :: 2]
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    detector: Any = find("detector", "boosted-scores")()
    for path in files:
        held = np.load(path)
        for seed in range(options.seeds):
            at = np.random.default_rng(seed).permutation(len(held["X"]))[:MOST]
            rows, strange = held["X"][at], held["y"][at].astype(int)
            n = int(0.6 * len(at))
            if strange[:n].sum() < 10 or strange[n:].sum() < 3:
                continue
            learn, judge = table_of(rows[:n]), table_of(rows[n:])
            fitted = fit_all(learn, {}, seed)
            a, b = assemble(fitted, learn), assemble(fitted, judge)
            for given in GIVEN:
                scores = scored(detector, a, b, some_labels(strange[:n], given, seed), seed)
                found[given].append((roc_auc_score(strange[n:], scores), average_precision_score(strange[n:], scores)))
    print(f"ADBench, {options.half} half, {len(found[0])} fits\n\n| labels | AUROC | AP |\n|---|---|---|")
    for given, cells in found.items():
        print(f"| {given} | " + " | ".join(f"{100 * v:.1f}" for v in np.mean(cells, axis=0)) + " |")


def some_labels(strange: np.ndarray, given: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 7])
    labels = np.full(len(strange), -1, dtype=np.int8)
    for kind, many in ((1, (given + 1) // 2), (0, given // 2)):
        labels[rng.permutation(np.flatnonzero(strange == kind))[:many]] = kind
    return labels


def scored(detector: Any, learn: Matrix, judge: Matrix, labels: np.ndarray, seed: int) -> np.ndarray:
    return detector.score(detector.fit(learn, np.random.default_rng(seed), labels), judge)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("reliability", "few"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--half", choices=("even", "odd"), default="even")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STANDOUT_DATA", "../shared/data")))
    told = parser.parse_args()
    (reliability if told.what == "reliability" else few)(told)
