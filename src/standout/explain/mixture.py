"""What usual rows look like together: a regularised Gaussian, or several where there are rows enough to tell clouds apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.layout import Holds
from standout.core.part import Floats, State

RIDGE = 0.01
"""The share of the covariance that is taken as independent: keeps collinear columns apart."""

LEAST_VARIANCE = 0.05
"""The least variance of a feature: one that was constant in training and moves is unlikely, and not infinitely so."""

TRIMMED = 0.05
"""The share of the farthest training rows that the final estimate leaves out, since they may be anomalies."""

CLOUDS, ROWS_EACH = 8, 5
"""At most how many clouds, and how many rows a cloud needs for each feature; measured in decision 6."""

WIDEST = 128
"""Matrices with more features have one cloud: the kept precisions grow with the square of the width."""

LEAST_SHARE = 0.05
"""Clouds of fewer rows are left out: they may be the anomalies, which must not be what is expected of each other."""

ROUNDS = 12

LAYOUT = {
    "cloud/weight": Holds("float64", "clouds"),
    "cloud/mean": Holds("float64", "clouds", "d"),
    "cloud/precision": Holds("float64", "clouds", "d", "d"),
}


def learn(values: NDArray[np.float32], rng: np.random.Generator) -> State:
    """Weight, mean and precision of each cloud, from rows (n, d) without the farthest of them; see `LAYOUT`.

    >>> rng = np.random.default_rng(0)
    >>> rows = np.concatenate([rng.normal(0, 1, (500, 2)), rng.normal(9, 1, (500, 2))]).astype(np.float32)
    >>> state = learn(rows, rng)
    >>> round(float(state["cloud/weight"][state["cloud/mean"][:, 0] > 5].sum()), 1)
    0.5
    """
    rows = values.astype(np.float64)
    mean, covariance = _moments(rows, np.ones(len(rows)))
    if len(rows) >= 40:
        far = np.einsum("ij,ij->i", (rows - mean) @ np.linalg.inv(_steady(covariance)), rows - mean)
        rows = rows[far <= np.quantile(far, 1 - TRIMMED)]
        mean, covariance = _moments(rows, np.ones(len(rows)))
    clouds = 1 if rows.shape[1] > WIDEST else int(np.clip(len(rows) // max(1, ROWS_EACH * rows.shape[1]), 1, CLOUDS))
    if clouds == 1:
        return _state(np.ones(1), mean[None], covariance[None])
    weight, mean, covariances = _many(rows, _starts(rows, clouds, rng), covariance)
    usual = weight >= min(LEAST_SHARE, float(weight.max()))
    return _state(weight[usual] / weight[usual].sum(), mean[usual], covariances[usual])


def _state(weight: Floats, mean: Floats, covariance: Floats) -> State:
    precision = np.array([np.linalg.inv(_steady(c)) for c in covariance])
    precision = (precision + precision.transpose(0, 2, 1)) / 2
    return {"cloud/weight": weight, "cloud/mean": mean, "cloud/precision": precision}


def _moments(rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    total = max(float(weights.sum()), 1e-12)
    mean = weights @ rows / total
    away = rows - mean
    return mean, (away * weights[:, None]).T @ away / total


def _steady(covariance: Floats) -> Floats:
    """A covariance that can be inverted: features tell on each other a little less, and none is almost constant."""
    steady = covariance * (1 - RIDGE)
    np.fill_diagonal(steady, np.maximum(np.diag(covariance), LEAST_VARIANCE))
    return steady


def _starts(rows: Floats, clouds: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Which of some rows, drawn far from each other (k-means++), each row is nearest to."""
    chosen = [rows[rng.integers(len(rows))]]
    away = np.full(len(rows), np.inf)
    near = np.zeros(len(rows), dtype=np.intp)
    for k in range(clouds):
        mine = ((rows - chosen[k]) ** 2).sum(axis=1)
        near[mine < away] = k
        away = np.minimum(away, mine)
        share = away if away.sum() > 0 else np.ones(len(rows))
        chosen.append(rows[rng.choice(len(rows), p=share / share.sum())])
    return near


def _many(rows: Floats, near: NDArray[np.intp], pooled: Floats) -> tuple[Any, Any, Any]:
    """Expectation and maximisation from a first division; each cloud's covariance leans on the pooled one where its rows are few."""
    n, d = rows.shape
    clouds = int(near.max()) + 1
    belongs = np.eye(clouds)[near]
    for _ in range(ROUNDS):
        size = belongs.sum(axis=0)
        parts = [_moments(rows, belongs[:, k]) for k in range(clouds)]
        mean = np.array([m for m, _ in parts])
        own = [(size[k] * c + d * pooled) / (size[k] + d) for k, (_, c) in enumerate(parts)]
        level = np.empty((n, clouds))
        for k, covariance in enumerate(own):
            root = np.linalg.cholesky(_steady(covariance))
            away = (rows - mean[k]) @ np.linalg.inv(root).T  # a product takes a fifth of the time of solving for as many rows
            level[:, k] = np.log(max(size[k], 1e-9) / n) - np.log(np.diag(root)).sum() - 0.5 * np.einsum("ij,ij->i", away, away)
        belongs = np.exp(level - level.max(axis=1, keepdims=True))
        belongs /= belongs.sum(axis=1, keepdims=True)
    return np.maximum(belongs.mean(axis=0), 1e-12), mean, np.array(own)
