"""The peers: scikit-learn always, PyOD where it is installed; each as its users run it, on standard-scaled columns."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from standout.core.part import Floats
from standout.evaluate.suites._tables import Scorer, Task


def table_peers() -> dict[str, Scorer]:
    """Competitors by name; PyOD's names are missing where it is not installed."""
    found: dict[str, Scorer] = {
        "scikit-learn forest": _forest,
        "scikit-learn LOF(20)": _local_outlier_factor,
        "scikit-learn kNN(5) mean": _neighbours(5),
        "scikit-learn kNN(50) mean": _neighbours(50),
    }
    return found | ({"PyOD ECOD": _pyod("ecod", "ECOD"), "PyOD KNN": _pyod("knn", "KNN")} if find_spec("pyod") else {})


def _forest(task: Task) -> Floats:
    from sklearn.ensemble import IsolationForest

    train, test = task.plain
    return -IsolationForest(random_state=task.seed).fit(train).score_samples(test)


def _local_outlier_factor(task: Task) -> Floats:
    from sklearn.neighbors import LocalOutlierFactor

    train, test = task.plain
    found = LocalOutlierFactor(n_neighbors=min(20, len(train) - 1), novelty=not task.contaminated).fit(train)
    return -found.negative_outlier_factor_ if task.contaminated else -found.score_samples(test)


def _neighbours(k: int) -> Scorer:
    def scores(task: Task) -> Floats:
        from sklearn.neighbors import NearestNeighbors

        train, test = task.plain
        found = NearestNeighbors(n_neighbors=min(k, len(train) - 1)).fit(train)
        return np.asarray(found.kneighbors(None if task.contaminated else test)[0]).mean(axis=1)

    return scores


def _pyod(module: str, name: str) -> Scorer:
    def scores(task: Task) -> Floats:
        import importlib

        make: Callable[[], Any] = getattr(importlib.import_module(f"pyod.models.{module}"), name)
        train, test = task.plain
        model = make().fit(train)
        return model.decision_scores_ if task.contaminated else model.decision_function(test)

    return scores
