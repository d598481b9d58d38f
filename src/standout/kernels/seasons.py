"""A series taken apart as it goes by: its level of late, what it did at the same moment of earlier seasons, and what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel


@kernel
def _insert(kept: Floats, count: int, value: float) -> None:
    at = np.searchsorted(kept[:count], value)
    for i in range(count, at, -1):
        kept[i] = kept[i - 1]
    kept[at] = value


@kernel
def _remove(kept: Floats, count: int, value: float) -> None:
    at = np.searchsorted(kept[:count], value)
    for i in range(at, count - 1):
        kept[i] = kept[i + 1]


@kernel
def _levels(values: Floats, window: int, out: Floats) -> None:
    kept = np.empty(window + 1)
    for t in range(len(values)):
        count = min(t, window)
        if t >= window:
            _remove(kept, count, values[t - window])
            count -= 1
        _insert(kept, count, values[t])
        out[t] = 0.5 * (kept[count // 2] + kept[(count + 1) // 2])


def levels(values: Floats, window: int) -> Floats:
    """The median of the `window` values that end at each one, (n,) to (n,); of the fewer there are at the start.

    >>> levels(np.array([1.0, 9.0, 2.0, 3.0]), 3).tolist()
    [1.0, 5.0, 2.0, 3.0]
    """
    out = np.empty(len(values))
    _levels(values, max(1, window), out)
    return out


@kernel
def _left_over(values: Floats, level: Floats, season: int, cycles: int, out: Floats) -> None:
    seen = np.empty(cycles)
    for t in range(len(values)):
        out[t] = values[t] - level[t]
        count = 0
        # the level of an earlier season's row counts only once its window is whole
        while count < cycles and t - (count + 1) * season >= season - 1:
            earlier = t - (count + 1) * season
            _insert(seen, count, values[earlier] - level[earlier])
            count += 1
        if count > 0:
            out[t] -= 0.5 * (seen[(count - 1) // 2] + seen[count // 2])


def left_over(values: NDArray[np.float64], window: int, season: int, cycles: int) -> Floats:
    """Each value less the level of the `window` values that end there, and less what the same moment of up to `cycles` earlier
    seasons lay above theirs (their median), column by column; (n, d) to (n, d).

    season: rows; 0 where there is none. A value needs no more than cycles * season + window - 1 earlier ones.

    >>> wave = np.tile([0.0, 0, 5, 0], 4)
    >>> wave[14] = 9
    >>> left_over(wave[:, None], 4, 4, 3)[:, 0].tolist()[8:]
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0]
    """
    out = np.empty(values.shape)
    for column in range(values.shape[1]):
        series, part = np.ascontiguousarray(values[:, column]), np.empty(len(values))
        level = levels(series, window)
        _left_over(series, level, season, cycles if season else 0, part)
        out[:, column] = part
    return out
