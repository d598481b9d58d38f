"""Distances and neighbours, slow and obvious: what the kernels are compared with."""

from __future__ import annotations

import numpy as np


def distance(a: np.ndarray, b: np.ndarray, metric: str = "euclidean") -> float:
    gaps = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return float(gaps.sum() if metric == "manhattan" else np.sqrt((gaps**2).sum()))


def nearest_in_draws(values: np.ndarray, draws: np.ndarray, metric: str = "euclidean") -> np.ndarray:
    return np.array([np.mean([min(distance(row, r, metric) for r in draw) for draw in draws]) for row in values])


def neighbours(
    row: np.ndarray, reference: np.ndarray, k: int, leave_out: int = -1, metric: str = "euclidean"
) -> tuple[list[float], list[int]]:
    """Distances and positions of the k nearest, nearest first, the lower position first among equals."""
    found = sorted((distance(row, r, metric), i) for i, r in enumerate(reference) if i != leave_out)[:k]
    return [d for d, _ in found], [i for _, i in found]


def local_outlier_factor(row: np.ndarray, reference: np.ndarray, k: int) -> float:
    """Breunig 2000, of a row that is not among the reference; no duplicates."""

    def k_distance(i: int) -> float:
        return neighbours(reference[i], reference, k, i)[0][-1]

    def density(point: np.ndarray, leave_out: int = -1) -> tuple[float, list[int]]:
        far, who = neighbours(point, reference, k, leave_out)
        return 1 / np.mean([max(d, k_distance(i)) for d, i in zip(far, who, strict=True)]), who

    own, who = density(row)
    return float(np.mean([density(reference[i], i)[0] for i in who]) / own)
