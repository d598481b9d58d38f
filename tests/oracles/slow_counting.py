"""Slow and obvious twins of `kernels/counting.py` and of the open-addressing set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def moments(values: Sequence[float]) -> tuple[int, int, float, float, float, float, bool]:
    finite = [v for v in values if math.isfinite(v)]
    missing = sum(math.isnan(v) for v in values)
    infinite = len(values) - missing - len(finite)
    rising = len(finite) == len(values) and all(a < b for a, b in pairwise(finite))
    if not finite:
        return missing, infinite, math.inf, -math.inf, 0.0, 0.0, rising
    mean = math.fsum(v / len(finite) for v in finite)
    squares = math.fsum((v - mean) ** 2 for v in finite)
    return missing, infinite, min(finite), max(finite), mean, squares, rising


def furthest(values: Sequence[float], sign: float, most: int) -> list[tuple[float, int]]:
    finite = [(v, row) for row, v in enumerate(values) if math.isfinite(v)]
    return sorted(finite, key=lambda item: (-sign * item[0], item[1]))[:most]


def ended_and_open_runs(values: Sequence[float]) -> list[tuple[int, int, float]]:
    """(first row, length, value) of every run of one value, missing values passed over."""
    runs: list[tuple[int, int, float]] = []
    for row, v in enumerate(values):
        if math.isnan(v):
            continue
        if runs and runs[-1][2] == v:
            first, length, _ = runs[-1]
            runs[-1] = (first, length + 1, v)
        else:
            runs.append((row, 1, v))
    return runs
