"""Counters that read a column once: moments, the furthest values with their rows, and runs of one value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread


@kernel
def moments(values: Floats) -> tuple[int, int, float, float, float, float, bool]:
    """Of float64 values, shape (n,): missing, infinite, least, greatest, mean, sum of squared deviations, rising.

    The last five are of the finite values only (infinite, -infinite, 0 and 0 where there are none); rising tells whether each
    value is greater than the one before and none is missing or infinite. Two passes, so that no digits are lost.
    """
    missing = infinite = count = 0
    least, greatest, total = np.inf, -np.inf, 0.0
    rising = True
    last = -np.inf
    for v in values:
        if v - v == 0.0:
            count += 1
            total += v
            least = min(least, v)
            greatest = max(greatest, v)
            rising &= v > last
            last = v
        else:
            rising = False
            if np.isnan(v):
                missing += 1
            else:
                infinite += 1
    if count == 0:
        return missing, infinite, least, greatest, 0.0, 0.0, rising
    mean = total / count
    if mean - mean != 0.0:  # the sum overflowed
        mean = 0.0
        for v in values:
            if v - v == 0.0:
                mean += v / count
    squares = 0.0
    for v in values:
        if v - v == 0.0:
            squares += (v - mean) * (v - mean)
    return missing, infinite, least, greatest, mean, squares, rising


@kernel
def furthest(values: Floats, first_row: int, sign: float, kept: Floats, rows: NDArray[np.int64]) -> None:
    """Keep the greatest of sign * value with their rows, in place, greatest first; the earlier row wins a tie.

    kept starts as -infinite, rows as -1. Infinite and missing values are passed over.
    """
    last = len(kept) - 1
    for i in range(len(values)):
        v = sign * values[i]
        if not v > kept[last] or v - v != 0.0:
            continue
        at = last
        while at > 0 and v > kept[at - 1]:
            kept[at] = kept[at - 1]
            rows[at] = rows[at - 1]
            at -= 1
        kept[at] = v
        rows[at] = first_row + i


@kernel
def runs(
    values: Floats, owners: NDArray[np.int64], first_row: int, last: Floats, what: Floats, counts: NDArray[np.int64]
) -> None:
    """Follow runs of one value in each owner's rows, in place, one entry an owner; missing values are passed over.

    last: the last value, NaN at first. what: the value of the longest run that has ended. counts, shape (7, owners): length and
    first row of the run under way; length and first row of the longest run that has ended, and the length of the second longest;
    how often the value changed; how many values there were.
    """
    for i in range(len(values)):
        v, o = values[i], owners[i]
        if np.isnan(v):
            continue
        if v == last[o]:
            counts[0, o] += 1
        else:
            if counts[6, o]:
                counts[5, o] += 1
            length = counts[0, o]
            if length > counts[2, o]:
                counts[4, o] = counts[2, o]
                counts[2, o] = length
                counts[3, o] = counts[1, o]
                what[o] = last[o]
            elif length > counts[4, o]:
                counts[4, o] = length
            last[o] = v
            counts[0, o] = 1
            counts[1, o] = first_row + i
        counts[6, o] += 1


@kernel
def _count_below(ordered: Floats, values: Floats, start: int, stop: int, found: NDArray[np.int64]) -> None:
    for i in range(start, stop):
        at, left, value = 0, len(ordered), values[i]
        while left > 1:  # a step of this form has no branch to guess wrong
            half = left >> 1
            at = at + half if ordered[at + half - 1] < value else at
            left -= half
        found[i] = at + (1 if ordered[at] < value else 0)


def count_below(ordered: Floats, values: Floats) -> NDArray[np.int64]:
    """How many entries of an ascending array, at least one, are smaller than each finite value; shape (n,).

    >>> count_below(np.array([1.0, 2.0, 2.0, 5.0]), np.array([0.0, 2.0, 3.0, 9.0])).tolist()
    [0, 1, 3, 4]
    """
    found = np.empty(len(values), dtype=np.int64)
    spread(lambda a, b: _count_below(ordered, values, a, b, found), len(values), least=65_536)
    return found
