"""The neighbour family and One-Class SVM beside scikit-learn's and PyOD's (where installed): speed, then AUROC and AP.

    python bench/neighbours.py [--speed] [--accuracy] [--seeds 2] [--rows 5000] [--scaling robust]
        [--data FOLDER]

Speed: medians of alternating runs in one process; ratios say more than seconds. Accuracy: ADBench sets in FOLDER/adbench
(see docs/data.md), scaled by the training rows' means and deviations, or medians and quartiles. "contaminated" fits and
scores the same rows, labels unseen, ours leave-one-out; "one-class" trains on half of the normal rows and scores the rest.
Means over sets and seeds.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from standout.core.detector import Detector, own_scores
from standout.core.matrix import Matrix
from standout.detect.k_nearest_neighbours import KNearestNeighbours
from standout.detect.local_outlier_factor import LocalOutlierFactor
from standout.detect.nearest_in_samples import NearestInSamples
from standout.detect.one_class_svm import OneClassSVM

OURS: dict[str, Detector] = {
    "nearest in samples (manhattan)": NearestInSamples(),
    "nearest in samples (euclidean)": NearestInSamples(metric="euclidean"),
    "kNN mean of 5": KNearestNeighbours(),
    "kNN mean of 5 (manhattan)": KNearestNeighbours(metric="manhattan"),
    "kNN mean of 50": KNearestNeighbours(k=50),
    "LOF 20": LocalOutlierFactor(),
    "One-Class SVM nu=.5": OneClassSVM(),
    "One-Class SVM nu=.1": OneClassSVM(nu=0.1),
    "One-Class SVM nu=.5, Nystroem": OneClassSVM(exact=2),
}


def peers() -> dict[str, Callable[[np.ndarray], tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]]]:
    """Each learns from rows and gives the training rows' scores and a function that scores others."""
    from sklearn.neighbors import LocalOutlierFactor as Lof
    from sklearn.neighbors import NearestNeighbors
    from sklearn.svm import OneClassSVM as Svm

    def knn(rows):
        learned = NearestNeighbors(n_neighbors=5).fit(rows)
        return learned.kneighbors()[0].mean(axis=1), lambda x: learned.kneighbors(x)[0].mean(axis=1)

    def lof(rows):
        learned = Lof(n_neighbors=20, novelty=True).fit(rows)
        return -learned.negative_outlier_factor_, lambda x: -learned.score_samples(x)

    def svm(rows):
        learned = Svm(gamma="scale").fit(rows)
        return -learned.decision_function(rows), lambda x: -learned.decision_function(x)

    return {"scikit-learn kNN mean of 5": knn, "scikit-learn LOF 20": lof, "scikit-learn One-Class SVM": svm}


def median_seconds(*runs: Callable[[], object], times: int = 5) -> list[float]:
    for run in runs:
        run()
    took: list[list[float]] = [[] for _ in runs]
    for _ in range(times):
        for run, seconds in zip(runs, took, strict=True):
            start = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - start)
    return [float(np.median(t)) for t in took]


def speed() -> None:
    rng = np.random.default_rng(0)
    train = Matrix.of(rng.normal(size=(20_000, 20)))
    detector = NearestInSamples()
    state = detector.fit(train, rng)
    for width in (20, 30):
        wide = Matrix.of(rng.normal(size=(1_000_000, width)))
        learned = detector.fit(wide, rng)
        print(
            f"nearest in samples, 1,000,000 x {width}: {median_seconds(lambda m=wide, s=learned: detector.score(s, m))[0]:.2f} s"
        )
    row = train.take(np.arange(1))
    print(f"nearest in samples, one row of 20: {median_seconds(lambda: detector.score(state, row), times=501)[0] * 1e6:.0f} us")
    rows = Matrix.of(rng.normal(size=(20_000, 20)))
    for name, ours, peer in zip(
        ("kNN", "LOF", "One-Class SVM (5,000 training rows)"),
        (KNearestNeighbours(), LocalOutlierFactor(), OneClassSVM(exact=5_000)),
        peers().values(),
        strict=True,
    ):
        fit_on = train if "SVM" not in name else train.take(np.arange(5_000))
        theirs = peer(fit_on.values)[1]
        learned = ours.fit(fit_on, rng)
        a, b = median_seconds(lambda d=ours, s=learned: d.score(s, rows), lambda p=theirs: p(rows.values), times=3)
        print(f"{name}, 20,000 x 20 scored: {a:.2f} s, scikit-learn {b:.2f} s, {b / a:.1f} times")
    if find_spec("pyod"):
        from pyod.models.knn import KNN

        other, ours, learned = KNN(n_neighbors=5, method="mean").fit(train.values), KNearestNeighbours(), None
        learned = ours.fit(train, rng)
        a, b = median_seconds(lambda: ours.score(learned, rows), lambda: other.decision_function(rows.values), times=3)
        print(f"kNN, 20,000 x 20 scored: {a:.2f} s, PyOD {b:.2f} s, {b / a:.1f} times")


def scaled(rows: np.ndarray, train: np.ndarray, how: str) -> Matrix:
    deviation = train.std(axis=0)
    if how == "standard":
        middle, spread = train.mean(axis=0), deviation
    else:
        low, middle, high = np.quantile(train, (0.25, 0.5, 0.75), axis=0)
        spread = np.where(high > low, (high - low) / 1.349, deviation)
    # a spread that is rounding of a huge constant counts as none; what then still is huge is cut so that it is a float32
    spread = np.where(spread > 1e-9 * np.abs(middle), spread, 1)
    return Matrix.of(np.clip((rows - middle) / spread, -1e6, 1e6))


def accuracy(folder: Path, seeds: int, cap: int, how: str) -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for path in sorted((folder / "adbench").glob("*.npz")):
        with np.load(path) as file:
            everything, labels = file["X"].astype(np.float64), file["y"].astype(int)
        for seed in range(seeds):
            at = np.random.default_rng(seed).permutation(len(labels))[:cap]
            rows, y = everything[at], labels[at]
            if not 0 < y.sum() < len(y):
                print(f"{path.stem}, seed {seed}: no anomaly among {len(y)} rows, left out")
                continue
            normal = np.flatnonzero(y == 0)
            train = normal[: len(normal) // 2]
            rest = np.setdiff1d(np.arange(len(y)), train)
            whole = scaled(rows, rows, how)
            half, others = (scaled(rows[part], rows[train], how) for part in (train, rest))

            def note(fit: str, name: str, truth: np.ndarray, scores: np.ndarray) -> None:
                figures = roc_auc_score(truth, scores), average_precision_score(truth, scores)
                found.setdefault((fit, name), []).append(figures)

            for name, detector in OURS.items():
                rng = np.random.default_rng(seed)
                note("contaminated", name, y, own_scores(detector, detector.fit(whole, rng), whole, rng))
                note("one-class", name, y[rest], detector.score(detector.fit(half, rng), others))
            for name, peer in peers().items():
                note("contaminated", name, y, peer(whole.values)[0])
                note("one-class", name, y[rest], peer(half.values)[1](others.values))
    for (fit, name), figures in sorted(found.items()):
        auroc, ap = 100 * np.mean(figures, axis=0)
        print(f"{fit:12} {name:32} AUROC {auroc:.1f}  AP {ap:.1f}  ({len(figures)} fits)")


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--speed", action="store_true")
    told.add_argument("--accuracy", action="store_true")
    told.add_argument("--seeds", type=int, default=2)
    told.add_argument("--rows", type=int, default=5_000)
    told.add_argument("--scaling", choices=("standard", "robust"), default="standard")
    told.add_argument("--data", type=Path, default=Path(os.environ.get("STANDOUT_DATA", "../shared/data")))
    args = told.parse_args()
    if args.speed or not args.accuracy:
        speed()
    if args.accuracy or not args.speed:
        accuracy(args.data, args.seeds, args.rows, args.scaling)


if __name__ == "__main__":
    main()
