"""How likely a value is as one that is wrong: it may come from any other row, or from anywhere.

A swapped field holds what its column usually holds, a broken sensor may hold anything. So the density of a wrong value is a share of
the column's own, counted in training rows and smoothed, and of a Cauchy distribution for the rest; decision 6 has what each brings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel

SPREAD = 3.0
"""Of the Cauchy distribution, in the unit of the features."""

HELD = 0.3
"""The share of wrong values that other rows hold."""

REACH, STEP = 8.0, 0.1
"""The features whose density is counted go from -REACH to REACH, and how far apart the points are at which it is kept."""

SMOOTH = 0.4
"""The standard deviation of the Gaussian that smooths the counts."""


def densities(rows: NDArray[np.float32]) -> Floats:
    """The density of each feature of usual rows (n, d) at the points from -REACH to REACH, shape (d, points).

    >>> rows = np.random.default_rng(0).normal(size=(5000, 1)).astype(np.float32)
    >>> density = densities(rows)
    >>> round(float(density.sum() * STEP), 2), round(float(density[0, 80]), 2)  # wider than the rows by the smoothing
    (1.0, 0.36)
    """
    points = np.arange(-REACH, REACH + STEP / 2, STEP)
    counts = np.zeros((rows.shape[1], len(points)))
    nearest = np.clip(np.round((rows.astype(np.float64) + REACH) / STEP), 0, len(points) - 1).astype(np.intp)
    for f, places in enumerate(nearest.T):
        counts[f] = np.bincount(places, minlength=len(points))
    smooth = np.exp(-0.5 * ((points[:, None] - points[None]) / SMOOTH) ** 2) / (SMOOTH * np.sqrt(2 * np.pi))
    return counts @ smooth / max(len(rows), 1)


@kernel
def log_wrong(value: float, density: Floats) -> float:
    """The log density of a feature as a wrong one; density: (points,), its own among usual rows."""
    at = (value + REACH) / STEP
    held = 0.0
    if 0 <= at < len(density) - 1:
        low = int(at)
        held = density[low] + (at - low) * (density[low + 1] - density[low])
    anywhere = 1.0 / (np.pi * SPREAD * (1.0 + (value / SPREAD) ** 2))
    return np.log((1 - HELD) * anywhere + HELD * held)
