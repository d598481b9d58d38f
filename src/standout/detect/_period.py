"""How a series repeats itself: the autocorrelation that sequence detectors share, and the season found in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.matrix import Matrix
from standout.core.part import Floats

READ = 20_000
"""Rows of the longest run that a period is read from."""

SHORTEST_SEASON, LONGEST_SEASON = 4, 3_000
CYCLES = 3
"""A season must be seen this often, or it is taken for chance."""

LEAST_HEIGHT, LEAST_RISE = 0.2, 0.15
"""A season's autocorrelation, and how far it stands above the lowest at a shorter lag; noise of 300 rows stays below both."""

AS_HIGH = 0.9
"""Of the highest hill: a shorter lag that comes as near is the season itself, of which the other is a multiple."""

WILD = 4.0
"""Robust standard deviations beyond which a value counts no more: one spike must not hide, or feign, a season."""


def autocorrelation(values: Floats, longest: int) -> Floats:
    """The mean over columns that vary of their autocorrelation at lags 0 to `longest`; values: (n, d). Empty where none varies.

    >>> autocorrelation(np.array([[1.0], [-1], [1], [-1]]), 2).round(2).tolist()
    [1.0, -0.75, 0.5]
    """
    values = values - values.mean(axis=0)
    size = 1 << (2 * len(values)).bit_length()
    power = np.abs(np.fft.rfft(values, size, axis=0)) ** 2
    lagged = np.fft.irfft(power, size, axis=0)[: min(longest + 1, len(values))]
    varying = lagged[0] > 0
    if not varying.any():
        return np.empty(0)
    return np.asarray((lagged[:, varying] / lagged[0, varying]).mean(axis=1))


def longest_run(matrix: Matrix) -> NDArray[np.float64]:
    """The first `READ` rows of the longest run, as float64."""
    run = max(matrix.runs, key=lambda r: r.stop - r.start)
    return matrix.values[run][:READ].astype(np.float64)


def season(matrix: Matrix, longest: int = LONGEST_SEASON) -> int:
    """The season in rows, 4 to `longest`, seen at least three times in the longest run; 0 where the series has none.

    It is read from the autocorrelation of the columns without their linear trend, wild values clipped.

    >>> t = np.arange(2000)
    >>> season(Matrix.of(np.sin(t * 2 * np.pi / 144) + t / 500)), season(Matrix.of(np.random.default_rng(0).normal(size=2000)))
    (144, 0)
    """
    values: Floats = longest_run(matrix)
    longest = min(longest, len(values) // CYCLES)
    if longest < SHORTEST_SEASON:
        return 0
    # a hill is one only when it falls again on its far side
    values = _without_trend(_tamed(_without_trend(values)))
    alike = autocorrelation(values, longest + longest // 4)
    if not len(alike):
        return 0
    alike = alike * len(values) / (len(values) - np.arange(len(alike)))  # long lags have fewer pairs, which is no unlikeness
    lags = np.array([lag for lag in range(SHORTEST_SEASON, longest + 1) if _is_hill(alike, lag)], dtype=np.int64)
    rise = alike[lags] - np.minimum.accumulate(alike)[lags]
    lags = lags[(alike[lags] >= LEAST_HEIGHT) & (rise >= LEAST_RISE)]
    return int(lags[np.argmax(alike[lags] >= AS_HIGH * alike[lags].max())]) if len(lags) else 0


def _is_hill(alike: Floats, lag: int) -> bool:
    """Whether no lag within a quarter of this one is higher."""
    near = max(1, lag // 4)
    around = alike[lag - near : lag + near + 1]
    return bool(alike[lag] >= around.max() and alike[lag] > around.min())


def _tamed(values: Floats) -> Floats:
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0)
    reach = np.where(spread > 0, WILD * spread, np.inf)
    return np.clip(values, middle - reach, middle + reach)


def _without_trend(values: Floats) -> Floats:
    t = np.arange(len(values)) - (len(values) - 1) / 2
    slope = t @ values / (t @ t)
    return values - values.mean(axis=0) - t[:, None] * slope
