"""How unusual each value of a series is among those before it: rolling order statistics, one insertion and one removal a step."""

from __future__ import annotations

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
def _surprises(values: Floats, past: Floats, memory: int, warm: int, out: Floats) -> None:
    kept = np.empty(memory + 1)
    for t in range(len(values)):
        count = min(t, memory)
        if count >= warm:
            first = int(TAIL * count)
            limit = kept[first]
            if values[t] <= limit or limit <= 0:
                lower = np.searchsorted(kept[:count], values[t])
                out[t] = np.log10((1.0 + count) / (1.0 + count - lower))
            else:
                index = 0.0
                for i in range(first, count):
                    index += np.log(kept[i] / limit)
                index = (index + BELIEF * USUAL_INDEX) / (count - first + BELIEF)
                out[t] = np.log10(count / (count - first)) + np.log10(values[t] / limit) / index
        _move(kept, count, past[max(0, t - memory)], past[t], t >= memory)


@kernel
def _highest(values: Floats, rows: int, out: Floats) -> None:
    for t in range(len(values)):
        out[t] = values[max(0, t - rows + 1) : t + 1].max()


def surprises(values: Floats, memory: int, warm: int, event: int = 1) -> Floats:
    """-log10 of the share of earlier values as high as each one, (n,) to (n,), 0 and up.

    Below the 95th percentile the values are counted; above it their tail is taken to fall as a power, whose index is Hill's
    estimate (doi:10.1214/aos/1176343247), so that a new record is told from a slight one. values: 0 and up.

    event: in place of earlier values, the highest of so many that end there are counted. One that stood alone then counts as often
    as a stretch of so many rows, so that the share is of how much of the past was within reach of one as high.

    >>> surprises(np.array([1.0, 2, 3, 4, 4, 0]), 100, 4).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.4, 0.0]
    """
    out, past = np.zeros(len(values)), values
    if event > 1:
        past = np.empty(len(values))
        _highest(values, event, past)
    _surprises(values, past, memory, max(1, warm), out)
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
def _nearest_before(values: Floats, window: int, memory: int, nearest: Floats) -> None:
    n, channels = values.shape
    for lag in range(window, min(memory, n - window) + 1):
        total = 0.0
        for end in range(window - 1 + lag, n):
            left = 0.0
            if end > window - 1 + lag:
                for channel in range(channels):
                    come = values[end, channel] - values[end - lag, channel]
                    gone = values[end - window, channel] - values[end - window - lag, channel]
                    total += come * come - gone * gone
                    left += gone * gone
            if end == window - 1 + lag or total < 1e-6 * left:
                total = 0.0
                for row in range(end - window + 1, end + 1):
                    for channel in range(channels):
                        gap = values[row, channel] - values[row - lag, channel]
                        total += gap * gap
            if total < nearest[end]:
                nearest[end] = total


def nearest_before(values: NDArray[np.float64], window: int, memory: int) -> Floats:
    """The distance of the window that ends at each row to the nearest that ended `window` to `memory` rows before.

    values: (n, d). Returns (n,), 0 where no window came before.

    >>> nearest_before(np.array([[0.0], [1], [0], [2], [0], [1]]), 2, 100).tolist()
    [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    """
    nearest = np.full(len(values), np.inf)
    _nearest_before(values, window, memory, nearest)
    nearest[np.isinf(nearest)] = 0.0
    return np.sqrt(nearest)
