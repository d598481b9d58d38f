"""What detectors that expect a value share: residuals in units of their usual size, and one number a row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats

NORMAL = 1.4826
"""Turns a median absolute deviation into the standard deviation of a normal sample."""

LEAST = 1e-2
"""Of a column's standard deviation: what is expected more closely than this is not held to more."""


def usual_size(residuals: Floats, values: NDArray[np.float32]) -> Floats:
    """The robust standard deviation of each column's residuals that are not 0, (n, d) to (d,), above 0.

    At least a hundredth of the column's own standard deviation, and of its size where it is constant.

    >>> usual_size(np.array([[0.0], [-1], [1], [1], [-50]]), np.array([[0], [1], [2], [3]], dtype=np.float32)).round(2).tolist()
    [1.48]
    """
    spread = values.std(axis=0, dtype=np.float64)
    size = np.maximum(np.abs(values.mean(axis=0, dtype=np.float64)), 1.0)
    least = LEAST * np.where(spread > 1e-9 * size, spread, size)
    usual = np.zeros(residuals.shape[1])
    for column, part in enumerate(np.abs(residuals.T)):
        told = part[part > 0]
        usual[column] = NORMAL * np.median(told) if len(told) else 0.0
    return np.maximum(usual, least)


def root_mean_square(squares: Floats) -> Floats:
    """The root of the mean over columns of squares, (n, d) to (n,), each row's sum in one order whatever the number of rows."""
    return np.sqrt(np.einsum("nd->n", squares) / max(1, squares.shape[1]))
