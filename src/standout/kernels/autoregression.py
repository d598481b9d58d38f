"""Linear forecasts of each column from its own past and from the others' latest values, in one order of summation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread


@kernel
def _forecasts(rows: Any, lags: Any, own: Any, others: Any, bias: Any, start: int, stop: int, out: Any) -> None:
    width, first = rows.shape[1], lags.max()
    for t in range(max(start, first), stop):
        for column in range(width):
            total = bias[column]
            for i in range(len(lags)):
                total += own[column, i] * rows[t - lags[i], column]
            for other in range(others.shape[1]):
                total += others[column, other] * rows[t - 1, other]
            out[t, column] = total


def linear_forecasts(rows: Floats, lags: NDArray[np.int64], own: Floats, others: Floats, bias: Floats) -> Floats:
    """Each row's forecast, (n, d); the first max(lags) rows, which have too short a past, are forecast as themselves.

    rows: (n, d). lags: (k,), 1 and up. own: (d, k), weights of a column's own past. others: (d, d), weights of the row before
    across columns, or (d, 0). bias: (d,).

    >>> rows = np.array([[1.0], [2], [3]])
    >>> linear_forecasts(rows, np.array([1]), np.array([[2.0]]), np.empty((1, 0)), np.array([0.5])).ravel().tolist()
    [1.0, 2.5, 4.5]
    """
    out = rows.copy()
    spread(lambda a, b: _forecasts(rows, lags, own, others, bias, a, b, out), len(rows), least=1024)
    return out
