"""Quality and time on NSL-KDD: one-class and supervised, KDDTest+, peers in the same run. Run from the repository root:

STANDOUT_DATA=... python bench/nsl_kdd.py [--rows 20000] [--seeds 3] [--only one-class|supervised] [--holding autoencoder] [--pyod]

One-class: fit on `--rows` normal training rows drawn by the seed, all of KDDTest+ scored. Supervised: fit on a sample of KDDTrain+
of 2.5 times as many rows with their labels. Ours see what our survey and preparers make of the columns; peers see one-hot
categories and standard-scaled numbers, which is what their users do. Accuracy calls anomalous what scores above the level that
2 in 100 normal training rows exceed in their own scores (ours), or the estimator's own rule (peers). Seconds are fit and score,
without preparation and without own scores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import IsolationForest
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from standout.core.detector import own_scores
from standout.core.matrix import Matrix
from standout.core.preparer import assemble, fit_all
from standout.core.registry import part_from_dict
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.data.survey import survey
from standout.flow import Goal, hints_of

ANSWERS = ["Subclass", "Difficulty.Level"]
ALLOWED = 0.02
ONE_CLASS = [{"part": "autoencoder"}, {"part": "ensemble"}, {"part": "isolation-forest"}]
SUPERVISED = [
    {"part": "xgboost"},
    {"part": "svm"},
    {"part": "boosted-scores"},
    {"part": "boosted-scores", "base": {"part": "autoencoder"}},
    {"part": "boosted-scores", "base": {"part": "ensemble", "members": [{"part": "autoencoder"}, {"part": "ensemble"}]}},
]


def frames(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    train = pd.read_csv(folder / "KDDTrain+_from_RDS.csv.gz")
    return train, pd.read_csv(folder / "KDDTest+.txt", header=None, names=list(train.columns))


def ours(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Matrix, Matrix]:
    """The matrices that a run would make, the preparers fitted on the training rows."""
    surveyed = survey(open_source(train), hints_of(Goal()), np.random.default_rng([0, 0]))
    assert len(surveyed.sample) == len(train), "more rows than a run learns from"
    fitted = fit_all(surveyed.sample, {"side": "both"}, 0)
    pieces = [assemble(fitted, piece) for piece, _ in tables(open_source(test), surveyed.schema)]
    return assemble(fitted, surveyed.sample), Matrix(np.concatenate([p.values for p in pieces]), pieces[0].features)


def theirs(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Any, Any]:
    text = [c for c in train if train[c].dtype == object or str(train[c].dtype) == "str"]
    numbers = [c for c in train if c not in text]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    change = make_column_transformer((one_hot, text), (StandardScaler(), numbers))
    return change.fit_transform(train), change.transform(test)


def one_class_peers(pyod: bool) -> dict[str, Callable[[Any, Any], Any]]:
    found: dict[str, Callable[[Any, Any], Any]] = {
        "scikit-learn forest": lambda a, b: -IsolationForest(random_state=0).fit(a).score_samples(b),
        "scikit-learn LOF(20)": lambda a, b: -LocalOutlierFactor(novelty=True).fit(a).score_samples(b),
    }
    if pyod:
        from pyod.models.auto_encoder import AutoEncoder

        found["PyOD autoencoder"] = lambda a, b: AutoEncoder(verbose=0).fit(a).decision_function(b)
    return found


def booster(a: Any, y: Any, b: Any) -> Any:
    import xgboost

    return xgboost.XGBClassifier(n_jobs=-1).fit(a, y).predict_proba(b)[:, 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("STANDOUT_DATA", "../shared/data")))
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=("one-class", "supervised"), default=None)
    parser.add_argument("--holding", default="", help="only ours whose description holds this text, such as boosted")
    parser.add_argument("--pyod", action="store_true", help="PyOD's autoencoder too, which takes minutes and needs torch")
    told = parser.parse_args()
    if not (told.data / "nsl-kdd").is_dir():
        parser.exit(0, f"skipped: no public data sets at {told.data}; set STANDOUT_DATA\n")
    train, test = frames(told.data / "nsl-kdd")
    truth = (test["Subclass"] != "normal").to_numpy().astype(np.int8)
    cells: dict[tuple[str, str], list[list[float]]] = defaultdict(list)

    def note(kind: str, who: str, began: float, scores: Any, calls: Any = None) -> None:
        accuracy = float("nan") if calls is None else accuracy_score(truth, calls)
        cells[kind, who].append([time.perf_counter() - began, roc_auc_score(truth, scores), accuracy])
        print(kind, who, np.round(cells[kind, who][-1], 4), file=sys.stderr, flush=True)

    for seed in range(told.seeds):
        rng = np.random.default_rng(seed)
        for kind, specs in (("one-class", ONE_CLASS), ("supervised", SUPERVISED)):
            if told.only not in (None, kind):
                continue
            pool = train[train["Subclass"] == "normal"] if kind == "one-class" else train
            many = told.rows if kind == "one-class" else int(2.5 * told.rows)
            rows = pool.iloc[np.sort(rng.permutation(len(pool))[:many])].reset_index(drop=True)
            labels = (rows["Subclass"] != "normal").to_numpy().astype(np.int8)
            learned, asked = rows.drop(columns=ANSWERS), test.drop(columns=ANSWERS)
            a, b = ours(learned, asked)
            for spec in [s for s in specs if told.holding in json.dumps(s)]:
                detector: Any = part_from_dict("detector", spec)
                known = labels if detector.learns_from != "unlabelled" else None
                began = time.perf_counter()
                state = detector.fit(a, np.random.default_rng(seed), known)
                scores = detector.score(state, b)
                taken = time.perf_counter() - began
                calls = None
                if kind == "supervised":
                    own = own_scores(detector, state, a, np.random.default_rng(seed), known)
                    calls = scores > np.quantile(own[labels == 0], 1 - ALLOWED)
                note(kind, f"standout {json.dumps(spec)}", time.perf_counter() - taken, scores, calls)
            a_theirs, b_theirs = theirs(learned, asked)
            if kind == "one-class":
                for who, score in one_class_peers(told.pyod and seed == 0).items():
                    began = time.perf_counter()
                    note(kind, who, began, score(a_theirs, b_theirs))
            else:
                began = time.perf_counter()
                chance = booster(a_theirs, labels, b_theirs)
                note(kind, "XGBClassifier", began, chance, chance > 0.5)
    print(f"KDDTest+, {told.rows:,} normal rows one-class, {int(2.5 * told.rows):,} supervised, {told.seeds} seeds\n")
    print("| protocol | detector | AUROC | accuracy | seconds |\n|---|---|---|---|---|")
    for (kind, who), found in cells.items():
        seconds, area, accuracy = np.mean(found, axis=0)
        print(f"| {kind} | {who} | {area:.4f} | {'' if np.isnan(accuracy) else f'{accuracy:.3f}'} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
