"""Windows of a series compared with windows of another, or of its own past and future: the loops of the matrix profile.

Along a diagonal (equal lag between the two windows) a squared distance follows from the one before by the term that enters and
the term that leaves, so that all pairs of n windows cost n squared steps whatever the window's length (Zhu et al. 2016,
doi:10.1109/ICDM.2016.0085, without the normalisation). Each cell depends on its diagonal alone, and a minimum on no order: the
result is the same on any number of threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from standout.core.beside import CORES
from standout.core.part import Floats
from standout.kernels import kernel, spread

LOST = 1e-6
"""A running sum that fell below this share of the term just taken off has lost its digits and is summed afresh."""


@kernel
def _whole(values: Floats, references: Floats, i: int, j: int, window: int, sums: Floats) -> float:
    """The squared distance of two windows; `sums` becomes the sum of the differences, channel by channel."""
    total = 0.0
    for channel in range(values.shape[1]):
        sums[channel] = 0.0
        for row in range(window):
            gap = values[i + row, channel] - references[j + row, channel]
            total += gap * gap
            sums[channel] += gap
    return total


@kernel
def _walk(
    values: Floats, references: Floats, window: int, place: int, apart: int, centred: bool, first: int, step: int, nearest: Floats
) -> None:
    windows, others, channels = len(values) - window + 1, len(references) - window + 1, values.shape[1]
    sums = np.zeros(channels)
    for diagonal in range(first, windows + others - 1, step):
        lag = diagonal - (others - 1)
        # the reference's window j stands at row `place + j` of the series itself: too near ones do not count
        if apart > 0 and abs(lag - place) < apart:
            continue
        start, stop = max(0, lag), min(windows, others + lag)
        total = 0.0
        for i in range(start, stop):
            j = i - lag
            if i == start:
                total = _whole(values, references, i, j, window, sums)
            else:
                entered, left = 0.0, 0.0
                for channel in range(channels):
                    come = values[i + window - 1, channel] - references[j + window - 1, channel]
                    gone = values[i - 1, channel] - references[j - 1, channel]
                    entered += come * come
                    left += gone * gone
                    sums[channel] += come - gone
                total += entered - left
                if total < LOST * left:
                    total = _whole(values, references, i, j, window, sums)
            distance = total
            if centred:
                for channel in range(channels):
                    distance -= sums[channel] * sums[channel] / window
            if distance < nearest[i]:
                nearest[i] = distance


def nearest_window(
    values: Floats, references: Floats, window: int, place: int = 0, apart: int = 0, centred: bool = False
) -> Floats:
    """The Euclidean distance of each window of a series to the nearest window of a reference series.

    values: float64 (n, d), references: float64 (m, d), both at least `window` rows. apart: when above 0, the references are rows
    `place` to `place + m` of the series itself, and windows that begin fewer than `apart` rows from a window's own are left out.
    centred: each window's own mean is taken off first, channel by channel.
    Returns (n - window + 1,); infinity where no window was left.

    >>> line = np.array([[0.0], [1], [5], [0], [1], [6]])
    >>> nearest_window(line, line, 2, apart=2).tolist()
    [0.0, 1.0, 5.0990195135927845, 0.0, 1.0]
    """
    windows, others = len(values) - window + 1, len(references) - window + 1
    threads = max(1, min(CORES, windows * others // 250_000))
    nearest = np.full((threads, windows), np.inf)

    def work(thread: int) -> None:
        _walk(values, references, window, place, apart, centred, thread, threads, nearest[thread])

    if threads == 1:
        work(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
    return np.sqrt(np.maximum(nearest.min(axis=0), 0.0))


def over_points(scores: Floats, window: int) -> Floats:
    """Each row's mean over the windows that hold it: (k,) scores of windows to (k + window - 1,) scores of rows.

    >>> over_points(np.array([0.0, 3.0, 0.0]), 2).tolist()
    [0.0, 1.5, 1.5, 0.0]
    """
    if not len(scores):
        return np.empty(0)
    rows = np.arange(len(scores) + window - 1)
    total = np.zeros(len(rows))
    _add_windows(scores, window, total)
    return total / (np.minimum(rows, len(scores) - 1) - np.maximum(rows - window + 1, 0) + 1)


@kernel
def _add_windows(scores: Floats, window: int, total: NDArray[np.float64]) -> None:
    # block sums from the left and from the right: no difference of long sums, so a huge score leaves no trace elsewhere
    k, n = len(scores), len(total)
    left, right = np.zeros(n), np.zeros(n)
    for row in range(n):
        value = scores[row] if row < k else 0.0
        left[row] = value if row % window == 0 else left[row - 1] + value
    for row in range(n - 1, -1, -1):
        value = scores[row] if row < k else 0.0
        right[row] = value if row == n - 1 or (row + 1) % window == 0 else right[row + 1] + value
    for row in range(n):
        first = row - window + 1
        if first <= 0 or first % window == 0:
            total[row] = left[row]
        else:
            total[row] = right[first] + left[row]


@kernel
def _nearest_in_draws(
    values: Floats, references: Floats, places: NDArray[np.int64], first: int, apart: int, start: int, stop: int, scores: Floats
) -> None:
    draws, size, width = references.shape
    for row in range(start, stop):
        total, counted = 0.0, 0
        for draw in range(draws):
            nearest = np.inf
            for member in range(size):
                if apart > 0 and abs(places[draw, member] - first - row) < apart:
                    continue
                distance = 0.0
                for feature in range(width):
                    gap = values[row, feature] - references[draw, member, feature]
                    distance += gap * gap
                    if distance > nearest:
                        break
                nearest = min(nearest, distance)
            if nearest < np.inf:
                total += np.sqrt(nearest)
                counted += 1
        scores[row] = total / counted if counted else 0.0


def nearest_in_draws_apart(
    values: Floats, references: Floats, places: NDArray[np.int64], first: int = 0, apart: int = 0
) -> Floats:
    """Mean over draws of the distance to the draw's nearest reference that stands `apart` or more rows away.

    values: float64 (n, k), of rows `first` and on; references: float64 (draws, size, k), of rows `places` (draws, size).
    apart: 0 leaves none out. A draw of which nothing is left does not count. Returns (n,), 0 where no draw counts.

    >>> nearest_in_draws_apart(np.zeros((1, 1)), np.array([[[3.0], [4.0]]]), np.array([[0, 9]]), 0, 5).tolist()
    [4.0]
    """
    scores = np.empty(len(values))
    spread(lambda a, b: _nearest_in_draws(values, references, places, first, apart, a, b, scores), len(values), least=512)
    return scores


@kernel
def _project(rows: Floats, window: int, centred: bool, mean: Floats, turned: Floats, start: int, stop: int, out: Floats) -> None:
    channels, components = rows.shape[1], turned.shape[1]
    weights = np.empty(components)
    for i in range(start, stop):
        weights[:] = 0.0
        total = 0.0
        for channel in range(channels):
            own = 0.0
            if centred:
                for row in range(window):
                    own += rows[i + row, channel]
                own /= window
            for row in range(window):
                at = channel * window + row
                x = rows[i + row, channel] - own - mean[at]
                total += x * x
                for component in range(components):
                    weights[component] += x * turned[at, component]
        inside = 0.0
        for component in range(components):
            out[i, component] = weights[component]
            inside += weights[component] * weights[component]
        out[i, components] = np.sqrt(max(total - inside, 0.0))


def project_windows(rows: Floats, window: int, mean: Floats, basis: Floats, centred: bool = False) -> Floats:
    """The weights of each window on orthonormal components, and the length of what these leave over.

    rows: float64 (n, d), at least `window` of them. mean: (d * window,) and basis: (k, d * window), channel by channel. centred: each
    window's own mean is taken off first, channel by channel. Returns (n - window + 1, k + 1), each row's sums in one order.

    >>> project_windows(np.array([[3.0], [4], [0]]), 2, np.zeros(2), np.array([[1.0, 0]])).tolist()
    [[3.0, 4.0], [4.0, 0.0]]
    """
    out = np.empty((len(rows) - window + 1, len(basis) + 1))
    turned = np.ascontiguousarray(basis.T)
    spread(lambda a, b: _project(rows, window, centred, mean, turned, a, b, out), len(out), least=64)
    return out
