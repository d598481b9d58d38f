"""The lowest point of a smooth convex function: limited-memory BFGS in plain numpy.

scipy has the same, but importing its optimisers takes a fifth of a second of every run that compares detectors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from standout.core.part import Floats

KEPT = 10
"""Pairs of steps and changes of the slope that stand for the curvature."""

FLAT, SLOW = 1e-5, 1e-9
"""It ends where no slope is above FLAT, or a step gains less than this share of the value."""

DECREASE, CURVATURE = 1e-4, 0.9
HALVINGS = 40


def lowest(function: Callable[[Floats], tuple[float, Floats]], start: Floats, *, turns: int = 300) -> Floats:
    """Where `function`, which gives its value and its slope at a point (n,), is lowest, from `start` (n,) on.

    Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7, with a step found by bisection that meets the weak Wolfe conditions.

    >>> lowest(lambda x: (float(((x - 3.0) ** 2 * [1.0, 9.0]).sum()), 2.0 * (x - 3.0) * [1.0, 9.0]), np.zeros(2)).round(4).tolist()
    [3.0, 3.0]
    """
    point: Floats = start.astype(np.float64)
    value, slope = function(point)
    pairs: deque[tuple[Floats, Floats, float]] = deque(maxlen=KEPT)
    for _ in range(turns):
        if np.abs(slope).max(initial=0.0) <= FLAT:
            break
        way = _downhill(slope, pairs)
        found = _step(function, point, value, slope, way, 1.0 if pairs else min(1.0, 1.0 / float(np.abs(slope).sum())))
        if found is None:
            break
        following, lower, after = found
        moved, turned = following - point, after - slope
        if float(moved @ turned) > 1e-10 * float(turned @ turned):
            pairs.append((moved, turned, 1.0 / float(moved @ turned)))
        gained, value = value - lower, lower
        point, slope = following, after
        if gained <= SLOW * max(abs(value), 1.0):
            break
    return point


def _downhill(slope: Floats, pairs: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The quasi-Newton direction by the two loops over the kept pairs."""
    way, shares = slope.copy(), []
    for moved, turned, inverse in reversed(pairs):
        shares.append(inverse * float(moved @ way))
        way -= shares[-1] * turned
    if pairs:
        moved, turned, inverse = pairs[-1]
        way /= inverse * float(turned @ turned)
    for (moved, turned, inverse), share in zip(pairs, reversed(shares), strict=True):
        way += (share - inverse * float(turned @ way)) * moved
    return -way


def _step(
    function: Callable[[Floats], tuple[float, Floats]], point: Floats, value: float, slope: Floats, way: Floats, first: float
) -> tuple[Floats, float, Floats] | None:
    """A point along the way that is lower, and where the slope has flattened; None where rounding leaves none."""
    steep = float(slope @ way)
    low, high, step = 0.0, np.inf, first
    for _ in range(HALVINGS):
        there = point + step * way
        lower, after = function(there)
        if not lower <= value + DECREASE * step * steep:
            high = step
        elif float(after @ way) < CURVATURE * steep:
            low = step
        else:
            return there, lower, after
        step = (low + high) / 2 if np.isfinite(high) else 2 * low
    return None
