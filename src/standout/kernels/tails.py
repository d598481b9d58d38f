"""How much of each training column lies on either side of a value, and in which bin of a histogram it falls."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread

F64 = NDArray[np.float64]


@kernel
def count_below(ordered: Any, value: Any) -> int:
    """How many entries of a sorted array are smaller than a value."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def count_up_to(ordered: Any, value: Any) -> int:
    """How many entries of a sorted array are at most a value."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


def tail_terms(
    values: NDArray[np.float32], ordered: NDArray[np.float32], leftward: NDArray[np.bool_], mine: NDArray[np.bool_], each: bool
) -> tuple[F64, F64]:
    """Minus the logarithm of each column's tail probabilities, summed over columns in three ways, the largest kept.

    ordered: (d, m), each training column sorted. leftward: (1, d) or (n, d), whether the left tail is the one that matters.
    mine: (n,), whether the row is itself one of the m, and is then judged by the other m - 1.
    each: whether the terms of each column are wanted too.
    Returns the score (n,) and, if wanted, the terms (n, d) that sum to it; else an empty (0, d).
    """
    out = np.empty(len(values))
    terms = np.empty((len(values) if each else 0, values.shape[1]))

    def work(a: int, b: int) -> None:
        tails_kernel(values[a:b], ordered, leftward if len(leftward) == 1 else leftward[a:b], mine[a:b], out[a:b], terms[a:b])

    spread(work, len(values))
    return out, terms


@kernel
def tails_kernel(values: Any, ordered: Any, leftward: Any, mine: Any, out: Any, terms: Any) -> None:
    """Fill `out` and, unless it is empty, `terms`; columns are summed in order, row by row."""
    d, m = ordered.shape
    left, right = np.empty(d), np.empty(d)
    for i in range(len(values)):
        row = i if len(leftward) > 1 else 0
        # the row itself counts once on either side, so that no probability is zero
        add, most = (0, math.log(m)) if mine[i] else (1, math.log(m + 1))
        all_left, all_right, chosen = 0.0, 0.0, 0.0
        for j in range(d):
            left[j] = most - math.log(count_up_to(ordered[j], values[i, j]) + add)
            right[j] = most - math.log(m - count_below(ordered[j], values[i, j]) + add)
            all_left += left[j]
            all_right += right[j]
            chosen += left[j] if leftward[row, j] else right[j]
        out[i] = max(all_left, all_right, chosen)
        if len(terms):
            for j in range(d):
                if chosen == out[i]:
                    terms[i, j] = left[j] if leftward[row, j] else right[j]
                else:
                    terms[i, j] = left[j] if all_left == out[i] else right[j]


def bin_penalties(values: NDArray[np.float32], edges: F64, penalty: F64) -> F64:
    """The penalties of the bins that a row's values fall in, summed over columns, shape (n,).

    edges: (d, k + 1), ascending; penalty: (d, k + 2): below the first edge, each bin, at or above the last edge.
    """
    out = np.empty(len(values))
    spread(lambda a, b: bins_kernel(values[a:b], edges, penalty, out[a:b]), len(values))
    return out


@kernel
def bins_kernel(values: Any, edges: Any, penalty: Any, out: Any) -> None:
    """Fill `out`; columns are summed in order, row by row. The count of edges passed always lies within `penalty`."""
    for i in range(len(values)):
        total = 0.0
        for j in range(len(edges)):
            total += penalty[j, count_up_to(edges[j], values[i, j])]
        out[i] = total
