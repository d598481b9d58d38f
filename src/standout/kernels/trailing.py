"""Windows that end at each row compared with windows of another series, their latest rows weighing most.

The squared distance of two windows is a weighted sum over spans that end where they end: all of the window, its last quarter, its
last sixteenth. Along a diagonal (equal lag between the two windows) each span's sum follows from the one before by the term that
enters and the term that leaves. Values are whole numbers, small enough that no sum is ever rounded: a distance does not depend on
where its diagonal was begun, so that a row scores the same to the last bit behind any past that is long enough. Sixteen neighbouring
diagonals are walked at once, which a processor does in a few registers.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.beside import CORES
from standout.core.part import Floats
from standout.kernels import kernel

Found = tuple[Floats, NDArray[np.int64], NDArray[np.int64]]
"""Of each row the squared distance to the nearest window, and the rows at which the first and the last of equally near ones end."""

LANES = 16
BEYOND = 16.0
"""Standard deviations beyond which a value counts as no further out."""

FINEST, EXACT = 16, 53
"""Bits behind the point of a value, at most, and those of a double's whole numbers."""


def on_grid(values: Floats, window: int, beyond: float = BEYOND) -> tuple[Floats, float]:
    """Values in standard deviations, (n, d), as whole numbers, and what one of them is worth.

    The grid is as fine as sums over a window of all columns allow: 2 to the minus 16 for most, and coarser for very long windows of
    very many columns. beyond: from where values count as no further out.

    >>> on_grid(np.array([[0.5], [99.0]]), 64)
    (array([[  32768.],
           [1048576.]]), 1.52587890625e-05)
    """
    reach = 2 * math.log2(2 * beyond) + math.log2(max(2, window * values.shape[1]))
    bits = min(FINEST, int((EXACT - reach) // 2))
    return np.rint(np.clip(values, -beyond, beyond) * 2.0**bits), 2.0**-bits


@kernel
def _walk(
    values: Any,
    references: Any,
    spans: Any,
    weights: Any,
    place: int,
    apart: int,
    first: int,
    step: int,
    nearest: Any,
    match: Any,
    last: Any,
) -> None:
    """values: (d, n); references: (d, m) backwards, with LANES columns of anything before and LANES + spans[0] behind."""
    width, n = values.shape
    window, count = spans[0], len(spans)
    m = references.shape[1] - window - 2 * LANES
    square, total = np.zeros((count, LANES)), np.zeros((count * width, LANES))
    gap, distance, level = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    begun, full = np.zeros(LANES), np.zeros((count, LANES))
    share = weights / spans
    whole = weights.sum()
    for block in range(first * LANES, n + m - 1, step * LANES):
        low = block - (m - 1)  # lane l has the lag low + l: value i beside reference i - low - l
        high = low + LANES - 1
        if apart > 0 and low - place > -apart and high - place < apart:
            continue
        square[:] = 0.0
        total[:] = 0.0
        settled = max(0, high) + window  # from here on every lane has a whole window behind it
        near = apart > 0 and low - place < apart and high - place > -apart
        for i in range(max(0, low), min(n, m + high)):
            if i <= settled:
                for lane in range(LANES):
                    since = i - max(0, low + lane)
                    begun[lane] = 1.0 if since >= 0 else 0.0
                    for k in range(count):
                        full[k, lane] = 1.0 if since >= spans[k] else 0.0
            at = LANES + m - 1 - (i - low)
            for lane in range(LANES):
                distance[lane] = 0.0
            for c in range(width):
                here, beside = values[c, i], references[c, at : at + LANES]
                for lane in range(LANES):
                    gap[lane] = (here - beside[lane]) * begun[lane]
                    level[lane] = 0.0
                for k in range(count):
                    back = spans[k]
                    past, behind = values[c, max(0, i - back)], references[c, at + back : at + back + LANES]
                    whose, sums, squares = full[k], total[k * width + c], square[k]
                    for lane in range(LANES):
                        left = (past - behind[lane]) * whose[lane]
                        squares[lane] += gap[lane] * gap[lane] - left * left
                        sums[lane] += gap[lane] - left
                        level[lane] += share[k] * sums[lane]
                for lane in range(LANES):
                    distance[lane] -= level[lane] * level[lane] / whole
            for k in range(count):
                squares = square[k]
                for lane in range(LANES):
                    distance[lane] += share[k] * squares[lane]
            if near or i < settled or i >= m + low:
                for lane in range(LANES):
                    lag = low + lane
                    outside = i - max(0, lag) < window - 1 or i - lag >= m
                    if outside or (apart > 0 and abs(lag - place) < apart):
                        distance[lane] = np.inf
            least, closer = nearest[i], 0
            for lane in range(LANES):
                closer += distance[lane] <= least
            if closer:
                for lane in range(LANES):
                    j = i - low - lane
                    if distance[lane] < nearest[i]:
                        nearest[i], match[i], last[i] = distance[lane], j, j
                    elif distance[lane] == nearest[i] and distance[lane] < np.inf:
                        match[i], last[i] = min(match[i], j), max(last[i], j)


def nearest_trailing(
    values: Floats, references: Floats, spans: NDArray[np.int64], weights: Floats, place: int = 0, apart: int = 0
) -> Found:
    """The squared distance of the window that ends at each row to the nearest of a reference series, and where that one ends.

    Of several that are equally near, the first and the last: of one alone both are the same.

    values: (n, d), references: (m, d), whole numbers as `on_grid` makes them. spans: (k,), rows of each span, the longest first: it
    is the window. weights: (k,), of the mean square of each span. The windows' own weighted mean is taken off, column by column.
    apart: when above 0, the references are rows `place` to `place + m` of the series itself, and windows that end fewer than
    `apart` rows from a row's own are left out. Returns (n,) each: infinity and -1 twice where no window was left or the row's is not whole.

    >>> line = np.array([[0.0], [1], [5], [0], [1], [6]])
    >>> squares, ends, _ = nearest_trailing(line, line, np.array([2]), np.ones(1), apart=2)
    >>> squares.tolist(), ends.tolist()
    ([inf, 0.0, 0.25, 9.0, 0.0, 0.25], [-1, 4, 5, 1, 1, 2])
    """
    n, m, window = len(values), len(references), int(spans[0])
    columns = np.ascontiguousarray(np.pad(references[::-1], ((LANES, LANES + window), (0, 0))).T)
    series = np.ascontiguousarray(values.T)
    threads = max(1, min(CORES, n * m // 250_000))
    nearest = np.full((threads, n), np.inf)
    match, last = np.full((2, threads, n), -1, dtype=np.int64)
    weights = np.asarray(weights, dtype=np.float64)

    def work(thread: int) -> None:
        found = nearest[thread], match[thread], last[thread]
        _walk(series, columns, spans, weights, place, apart, thread, threads, *found)

    if threads == 1:
        work(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
    best = nearest[0], match[0], last[0]
    for found in zip(nearest[1:], match[1:], last[1:], strict=True):
        best = nearer(best, found)
    return best


def nearer(one: Found, other: Found) -> Found:
    """Of two searches the nearer windows; of equally near ones the first and the last.

    >>> nearer((np.array([2.0]), np.array([5]), np.array([5])), (np.array([2.0]), np.array([3]), np.array([4])))
    (array([2.]), array([3]), array([5]))
    """
    less, equal = other[0] < one[0], (other[0] == one[0]) & (other[1] >= 0)
    match = np.where(less, other[1], np.where(equal, np.minimum(one[1], other[1]), one[1]))
    return (
        np.where(less, other[0], one[0]),
        match,
        np.where(less, other[2], np.where(equal, np.maximum(one[2], other[2]), one[2])),
    )
