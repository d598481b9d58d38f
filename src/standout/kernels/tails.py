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


@kernel
def tails(ordered: Any, value: Any, mine: Any) -> tuple[float, float]:
    """Minus the logarithm of the share at most, and of the share at least, a value; the row itself counts once on either side."""
    m = len(ordered)
    below = count_below(ordered, value)
    up_to = count_up_to(ordered, value) if below < m and ordered[below] == value else below
    # among m others and itself; a row of the m is one of them already, so that no probability is zero in either case
    most, add = (math.log(m), 0) if mine else (math.log(m + 1), 1)
    return most - math.log(up_to + add), most - math.log(m - below + add)


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
    d = len(ordered)
    n = len(values)
    all_left, all_right, chosen = np.zeros(n), np.zeros(n), np.zeros(n)
    # column after column, so that one sorted column at a time stays in the cache
    for j in range(d):
        for i in range(n):
            left, right = tails(ordered[j], values[i, j], mine[i])
            all_left[i] += left
            all_right[i] += right
            chosen[i] += left if leftward[i if len(leftward) > 1 else 0, j] else right
    for i in range(n):
        out[i] = max(all_left[i], all_right[i], chosen[i])
    for i in range(len(terms)):
        for j in range(d):
            left, right = tails(ordered[j], values[i, j], mine[i])
            if chosen[i] == out[i]:
                terms[i, j] = left if leftward[i if len(leftward) > 1 else 0, j] else right
            else:
                terms[i, j] = left if all_left[i] == out[i] else right


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
