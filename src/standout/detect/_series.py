"""What sequence detectors share: the period found from the data, and runs long enough to hold a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Moments
from standout.core.matrix import Matrix
from standout.core.part import Floats

READ = 20_000
SHORTEST, LONGEST = 6, 302
NO_PERIOD = 64
BY_CHANCE = 5.0
BLOCKS = 8
"""Blocks of a long run that are kept to compare with."""

PERIODS, LEAST = 2, 64
"""Periods in a window, and the rows it has at least; what was measured: docs/decisions/0013-series.md."""


def period(matrix: Matrix) -> int:
    """The lag, 6 to 302 rows, at which the longest run is most like itself; 64 where no lag stands out.

    The autocorrelation is the mean over channels that vary, of the first 20,000 rows. The highest of some hundred lags of noise lies up
    to four standard errors high: a period stands above five.

    >>> period(Matrix.of(np.sin(np.arange(1000) * 2 * np.pi / 50)))
    50
    """
    run = max(matrix.runs, key=lambda r: r.stop - r.start)
    values = matrix.values[run][:READ].astype(np.float64)
    if len(values) <= 2 * SHORTEST:
        return NO_PERIOD
    values = values - values.mean(axis=0)
    size = 1 << (2 * len(values)).bit_length()
    power = np.abs(np.fft.rfft(values, size, axis=0)) ** 2
    lagged = np.fft.irfft(power, size, axis=0)[: min(LONGEST + 2, len(values))]
    varying = lagged[0] > 0
    if not varying.any():
        return NO_PERIOD
    alike = (lagged[:, varying] / lagged[0, varying]).mean(axis=1)
    peaks = 1 + np.flatnonzero((alike[1:-1] > alike[:-2]) & (alike[1:-1] > alike[2:]))
    # the strongest hill decides: one too short or too long means that no period was found, and not that the next one is it
    peaks = peaks[peaks > 3]
    if not len(peaks):
        return NO_PERIOD
    best = int(peaks[np.argmax(alike[peaks])])
    return best if SHORTEST <= best <= LONGEST and alike[best] > BY_CHANCE / np.sqrt(len(values)) else NO_PERIOD


def usual_window(matrix: Matrix) -> int:
    """Two periods, 64 rows at least, but no more than a quarter of the longest run."""
    longest = max(run.stop - run.start for run in matrix.runs)
    return max(2, min(max(LEAST, PERIODS * period(matrix)), longest // 4))


def blocks(matrix: Matrix, window: int, most: int) -> list[tuple[int, int]]:
    """First row and end of the stretches to keep: the runs longer than a window, or of more than `most` rows equal blocks of them."""
    spans = [(run.start, run.stop) for run in matrix.runs if run.stop - run.start > window]
    if sum(b - a for a, b in spans) <= most:
        return spans
    return [part for a, b in spans for part in _spread(a, b, max(window + 1, most * (b - a) // len(matrix)), window)]


def _spread(first: int, stop: int, keep: int, window: int) -> list[tuple[int, int]]:
    """Equal blocks of together `keep` rows, each of at least one window and a row, spread evenly over a run."""
    if stop - first <= keep:
        return [(first, stop)]
    count = max(1, min(BLOCKS, keep // (window + 1)))
    length = keep // count
    begins = np.linspace(first, stop - length, count).astype(np.int64).tolist()
    return [(b, b + length) for b in begins]


def at_least(rows: NDArray[np.float32], window: int) -> Floats:
    """A run as float64, (n, d), begun earlier with its first row where it is shorter than a window."""
    missing = window - len(rows)
    if missing > 0 and len(rows):
        rows = np.concatenate([np.repeat(rows[:1], missing, axis=0), rows])
    return np.ascontiguousarray(rows, dtype=np.float64)


def measured(matrix: Matrix) -> NDArray[np.int64]:
    """Where the features stand whose column is no switch (kind flag); all where there is nothing but switches.

    A switch beside a measurement is a command or a mode: that it is thrown now and not then makes a window of many switches unlike
    every other one, whatever was measured (docs/decisions/0013-series.md).

    >>> from standout.core.matrix import Feature
    >>> features = (Feature("load", "load"), Feature("fan", "fan", "flag"), Feature("fan missing", "fan", "missing"))
    >>> measured(Matrix(np.zeros((1, 3), dtype=np.float32), features)).tolist()
    [0]
    """
    switches = {feature.column for feature in matrix.features if feature.what == "flag"}
    found = [i for i, feature in enumerate(matrix.features) if feature.column not in switches]
    return np.array(found or range(matrix.width), dtype=np.int64)


def narrowed(matrix: Matrix, columns: NDArray[np.int64]) -> Matrix:
    """The chosen features alone; the matrix itself where these are all."""
    if len(columns) == matrix.width:
        return matrix
    features = tuple(matrix.features[i] for i in columns.tolist())
    return Matrix(np.ascontiguousarray(matrix.values[:, columns]), features, matrix.starts)


def widened(moments: Moments, columns: NDArray[np.int64], width: int) -> Moments:
    """Parts of the chosen features among those of all: the others have none."""
    if len(columns) == width:
        return moments
    parts = np.zeros((*moments.parts.shape[:2], width))
    parts[:, :, columns] = moments.parts
    return Moments(moments.offsets, parts)


def stretch(matrix: Matrix, row: int, window: int) -> NDArray[np.float32]:
    """The `window` rows of a run that end at a row of the matrix, shape (window, d), begun earlier with the run's first row."""
    run = run_of(matrix, row)
    values = matrix.values[max(run.start, row - window + 1) : row + 1]
    return np.concatenate([np.repeat(matrix.values[run.start : run.start + 1], window - len(values), axis=0), values])


def run_of(matrix: Matrix, row: int) -> slice:
    """The run that a row of the matrix belongs to."""
    return matrix.runs[int(np.searchsorted(matrix.starts, row, side="right")) - 1]
