"""Peers on series: scikit-learn's detectors on windows, as its users write them; PyOD's and stumpy's self-joins where installed.

Every window has the length that TSB-AD hands to its own peers: the period of the first channel. A window's score goes to its middle row,
as there, unless the name says that it is averaged over the rows of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from standout.core.part import Floats
from standout.evaluate.series import evaluation_window
from standout.evaluate.suites._series import Scorer, Series, scaled

Judge = Callable[[Floats, np.random.Generator], Floats]
"""Windows (n, width) to scores (n,), higher is stranger."""

LEARNED = 10_000
"""Windows that neighbours, components and centres are looked for among; more take the square of the rows in time and memory."""


def series_peers() -> dict[str, Scorer]:
    """Competitors by name; those of PyOD and stumpy are missing where these are not installed."""
    found: dict[str, Scorer] = {
        "scikit-learn forest on windows": _on_windows(_forest),
        "scikit-learn kNN(10) on windows": _on_windows(_neighbours),
        "scikit-learn LOF(30) on windows": _on_windows(_local_outlier_factor),
        "scikit-learn PCA on windows": _on_windows(_components),
        "scikit-learn k-means(20), averaged": _on_windows(_centres, averaged=True),
    }
    return found | pyod_peers() | stumpy_peers()


def pyod_peers() -> dict[str, Scorer]:
    """Detectors of PyOD on windows that take as many columns as windows of many channels have."""
    if not find_spec("pyod"):
        return {}
    return {
        "PyOD HBOS on windows": _on_windows(_pyod("pyod.models.hbos", "HBOS")),
        "PyOD INNE on windows": _on_windows(_pyod("pyod.models.inne", "INNE", chance=True)),
    }


def stumpy_peers() -> dict[str, Scorer]:
    """stumpy's self-join of the first channel: of windows on one scale, and of windows in their own units."""
    if not find_spec("stumpy"):
        return {}
    return {
        "stumpy self-join": _self_join(normalised=True),
        "stumpy self-join, own units, averaged": _self_join(normalised=False),
    }


def _on_windows(judge: Judge, *, averaged: bool = False) -> Scorer:
    def scores(series: Series, seed: int) -> Floats:
        window = evaluation_window(series.values[:, 0])
        rows = scaled(series.values, len(series.values)).values
        windows = sliding_window_view(rows, window, axis=0).reshape(len(rows) - window + 1, -1)
        found = judge(windows, np.random.default_rng(seed))
        return _averaged(found, window) if averaged else _in_the_middle(found, window)

    return scores


def _in_the_middle(found: Floats, window: int) -> Floats:
    return np.pad(found, (window // 2, window - 1 - window // 2), mode="edge")


def _averaged(found: Floats, window: int) -> Floats:
    """The mean over the windows that hold each row."""
    sums = np.cumsum(np.concatenate([[0.0], found]))
    rows = np.arange(len(found) + window - 1)
    first, stop = np.maximum(0, rows - window + 1), np.minimum(len(found), rows + 1)
    return np.asarray((sums[stop] - sums[first]) / (stop - first))


def _some(windows: Floats, rng: np.random.Generator) -> Floats:
    return windows if len(windows) <= LEARNED else windows[np.sort(rng.choice(len(windows), LEARNED, replace=False))]


def _forest(windows: Floats, rng: np.random.Generator) -> Floats:
    from sklearn.ensemble import IsolationForest

    return np.asarray(-IsolationForest(random_state=int(rng.integers(2**31))).fit(windows).score_samples(windows))


def _neighbours(windows: Floats, rng: np.random.Generator) -> Floats:
    from sklearn.neighbors import NearestNeighbors

    some = _some(windows, rng)
    found = NearestNeighbors(n_neighbors=min(11, len(some))).fit(some)
    return np.asarray(found.kneighbors(windows)[0][:, -1])  # the eleventh: the first is most often the window itself


def _local_outlier_factor(windows: Floats, rng: np.random.Generator) -> Floats:
    from sklearn.neighbors import LocalOutlierFactor

    some = _some(windows, rng)
    found = LocalOutlierFactor(n_neighbors=min(30, len(some) - 1), novelty=True).fit(some)
    return np.asarray(-found.score_samples(windows))


def _components(windows: Floats, rng: np.random.Generator) -> Floats:
    from sklearn.decomposition import PCA

    some = _some(windows, rng)
    made = PCA(n_components=min(10, *some.shape), random_state=int(rng.integers(2**31))).fit(some)
    return np.asarray(((windows - made.inverse_transform(made.transform(windows))) ** 2).mean(axis=1))


def _centres(windows: Floats, rng: np.random.Generator) -> Floats:
    from sklearn.cluster import MiniBatchKMeans

    found = MiniBatchKMeans(min(20, len(windows)), n_init=3, random_state=int(rng.integers(2**31))).fit(_some(windows, rng))
    return np.asarray(found.transform(windows).min(axis=1))


def _pyod(module: str, name: str, *, chance: bool = False) -> Judge:
    def judge(windows: Floats, rng: np.random.Generator) -> Floats:
        seed = {"random_state": int(rng.integers(2**31))} if chance else {}
        made: Any = getattr(import_module(module), name)(**seed)
        return np.asarray(made.fit(_some(windows, rng)).decision_function(windows))

    return judge


def _self_join(*, normalised: bool) -> Scorer:
    def scores(series: Series, _: int) -> Floats:
        stumpy: Any = import_module("stumpy")
        window = evaluation_window(series.values[:, 0])
        first = np.ascontiguousarray(series.values[:, 0])
        found = np.asarray(stumpy.stump(first, window, normalize=normalised)[:, 0], dtype=np.float64)
        found[~np.isfinite(found)] = 0.0
        return _in_the_middle(found, window) if normalised else _averaged(found, window)

    return scores
