"""How unusual each value of a series is among those before it: rolling order statistics, one insertion and one removal a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel

TAIL = 0.95
"""The quantile from which a tail is taken to fall as a power, by Hill's estimate."""

USUAL_INDEX, BELIEF = 0.3, 5
"""The tail's index before anything is seen, and how many values it counts for: few or equal values alone say little of a tail."""


@kernel
def _move(kept: Floats, count: int, old: float, new: float, drop: bool) -> None:
    """Insert a value into the first `count` sorted ones, after taking one away if told."""
    if drop:
        at = np.searchsorted(kept[:count], old)
        for i in range(at, count - 1):
            kept[i] = kept[i + 1]
        count -= 1
    at = np.searchsorted(kept[:count], new)
    for i in range(count, at, -1):
        kept[i] = kept[i - 1]
    kept[at] = new


@kernel
def _surprises(values: Floats, past: Floats, kept: Floats, memory: int, warm: int, first: int, out: Floats) -> None:
    for t in range(first, len(values)):
        count = min(t, memory)
        if count >= warm:
            above = int(TAIL * count)
            limit = kept[above]
            if values[t] <= limit or limit <= 0:
                lower = np.searchsorted(kept[:count], values[t])
                out[t - first] = np.log10((1.0 + count) / (1.0 + count - lower))
            else:
                index = 0.0
                for i in range(above, count):
                    index += np.log(kept[i] / limit)
                index = (index + BELIEF * USUAL_INDEX) / (count - above + BELIEF)
                out[t - first] = np.log10(count / (count - above)) + np.log10(values[t] / limit) / index
        _move(kept, count, past[max(0, t - memory)], past[t], t >= memory)


@kernel
def _highest(values: Floats, rows: int, out: Floats) -> None:
    highest = 0
    for t in range(len(values)):
        if values[t] >= values[highest]:
            highest = t
        elif highest <= t - rows:
            highest = t - rows + 1
            for row in range(highest + 1, t + 1):
                highest = row if values[row] >= values[highest] else highest
        out[t] = values[highest]


def surprises(values: Floats, memory: int, warm: int, event: int = 1, first: int = 0) -> Floats:
    """-log10 of the share of the latest `memory` values that were as high, 0 and up, of each value from `first` on: (n,) to (n - first,).

    Below the 95th percentile the values are counted; above it their tail is taken to fall as a power, whose index is Hill's
    estimate (doi:10.1214/aos/1176343247), so that a new record is told from a slight one. values: 0 and up.

    event: in place of earlier values, the highest of so many that end there are counted. One that stood alone then counts as often
    as a stretch of so many rows, so that the share is of how much of the past was within reach of one as high.

    >>> surprises(np.array([1.0, 2, 3, 4, 4, 0]), 100, 4).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.4, 0.0]
    """
    out, past = np.zeros(len(values) - first), values
    if event > 1:
        past = np.empty(len(values))
        _highest(values, event, past)
    kept = np.empty(memory + 1)
    begun = min(first, memory)
    kept[:begun] = np.sort(past[first - begun : first])
    _surprises(values, past, kept, memory, max(1, warm), first, out)
    return out


@kernel
def _steps(values: Floats, recent: int, before: int, floor: float, out: Floats) -> None:
    for t in range(recent + before - 1, len(values)):
        late, early = values[t - recent + 1 : t + 1], values[t - recent - before + 1 : t - recent + 1]
        spread = np.sqrt((recent * late.var() + before * early.var()) / (recent + before))
        out[t] = abs(late.mean() - early.mean()) / (spread + floor)


def steps(values: Floats, recent: int, before: int, floor: float) -> Floats:
    """How far the mean of the latest `recent` values lies from that of the `before` values before them, in units of the spread of both.

    values: (n,). floor: added to the spread, above 0. Returns (n,), 0 and up, 0 for the first rows, which have no such past. Each row
    is told from its own past alone, so that it is the same to the last bit wherever the series begins.

    >>> steps(np.array([0.0, 0, 0, 0, 1, 1]), 2, 4, 1.0).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """
    out = np.zeros(len(values))
    _steps(np.ascontiguousarray(values, dtype=np.float64), recent, before, floor, out)
    return out


@kernel
def _add_squares(newest: Floats, at: int, lags: int, sign: float, sums: Floats) -> None:
    """To the sum of each lag up to `lags` the squared distance of a row to the one that many rows before it."""
    for channel in range(len(newest)):
        here, past = newest[channel, at], newest[channel, at : at + lags + 1]
        for lag in range(lags + 1):
            gap = here - past[lag]
            sums[lag] += sign * (gap * gap)


@kernel
def _nearest_before(newest: Floats, windows: NDArray[np.int64], memory: int, first: int, nearest: Floats) -> None:
    """newest: (d, n), the last row first, so that growing lags stand side by side, which a processor does many at a time."""
    n = newest.shape[1]
    entering, total = np.empty(memory + 1), np.zeros((len(windows), memory + 1))
    for t in range(first, n):
        at, lags = n - 1 - t, min(memory, t)
        entering[:] = 0.0
        _add_squares(newest, at, lags, 1.0, entering)
        for k in range(len(windows)):
            window, sums = windows[k], total[k]
            if t == first:
                if k > 0:
                    sums[:] = total[k - 1]
                for back in range(windows[k - 1] if k > 0 else 0, min(window, t + 1)):
                    _add_squares(newest, at + back, min(memory, t - back), 1.0, sums)
            else:
                for lag in range(lags + 1):
                    sums[lag] += entering[lag]
                if t >= window:
                    _add_squares(newest, at + window, min(memory, t - window), -1.0, sums)
            for lag in range(window, min(memory, t - window + 1) + 1):
                nearest[t - first, k] = min(nearest[t - first, k], sums[lag])


def nearest_before(values: Floats, windows: Sequence[int], memory: int, first: int = 0) -> Floats:
    """The squared distance of the windows that end at each row to the nearest of their length that ended that long to `memory` rows before.

    values: (n, d), whole numbers so small that no sum over a window is rounded (`kernels.trailing.on_grid`): a distance does not
    depend on where the sums were begun. windows: k lengths, the shortest first. Returns (n - first, k), of the rows from `first` on,
    infinite where no window came before.

    >>> nearest_before(np.array([[0.0], [1], [0], [2], [0], [1]]), [2], 100).ravel().tolist()
    [inf, inf, inf, 1.0, 1.0, 0.0]
    """
    nearest = np.full((len(values) - first, len(windows)), np.inf)
    _nearest_before(np.ascontiguousarray(values[::-1].T), np.array(windows, dtype=np.int64), memory, first, nearest)
    return nearest
