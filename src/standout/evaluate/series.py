"""How well the scores of a series point at its anomalous stretches: VUS-PR, the NAB score, the archive's right place, events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ParameterError, SchemaError
from standout.core.part import Floats

Stretches = NDArray[np.int64]
"""First and last row of each stretch, both inclusive, shape (k, 2), in order and apart."""

THRESHOLDS = 250
LONGEST_PERIOD = 300
NO_PERIOD = 125
FEWEST_LAGS = 3
MOST_LAGS = 400
READ_FOR_PERIOD = 20_000


def stretches(marked: NDArray[np.bool_], gap: int = 0) -> Stretches:
    """The stretches of marked points, shape (n,); those at most `gap` unmarked rows apart count as one event.

    >>> stretches(np.array([0, 1, 1, 0, 0, 1, 0], dtype=bool)).tolist()
    [[1, 2], [5, 5]]
    >>> stretches(np.array([0, 1, 1, 0, 0, 1, 0], dtype=bool), gap=2).tolist()
    [[1, 5]]
    """
    at = np.flatnonzero(marked)
    if not len(at):
        return np.empty((0, 2), dtype=np.int64)
    cuts = np.flatnonzero(np.diff(at) > gap + 1)
    return np.column_stack([at[np.r_[0, cuts + 1]], at[np.r_[cuts, len(at) - 1]]]).astype(np.int64)


def evaluation_window(values: Floats) -> int:
    """The window VUS-PR is measured with: the strongest autocorrelation period of the first 20,000 rows of one channel, (n,).

    125 where there is none, or where it is shorter than 6 or longer than 302 rows, as the TSB-AD benchmark defines it.

    >>> evaluation_window(np.sin(np.arange(1000) * 2 * np.pi / 50))
    50
    """
    x = np.asarray(values[:READ_FOR_PERIOD], dtype=np.float64)
    x = x - x.mean()
    size = 1 << (2 * len(x)).bit_length()
    power = np.abs(np.fft.rfft(x, size)) ** 2
    lagged = np.fft.irfft(power, size)[: min(MOST_LAGS, len(x) - 1) + 1]
    if len(lagged) < FEWEST_LAGS + 3 or not lagged[0] > 0:
        return NO_PERIOD
    lagged = lagged[FEWEST_LAGS:] / lagged[0]
    peaks = 1 + np.flatnonzero((lagged[1:-1] > lagged[:-2]) & (lagged[1:-1] > lagged[2:]))
    if not len(peaks):
        return NO_PERIOD
    best = int(peaks[np.argmax(lagged[peaks])])
    return NO_PERIOD if not FEWEST_LAGS <= best <= LONGEST_PERIOD else best + FEWEST_LAGS


def vus_pr(scores: Floats, labels: NDArray[np.int8], window: int) -> float:
    """The volume under the surface of precision and recall (Paparrizos et al. 2022, doi:10.14778/3551793.3551830).

    scores, labels (1 anomaly, 0 normal): shape (n,), in order of time. For each width w of 0 to `window` rows the labels are
    widened by w // 2 rows on both sides with weights sqrt(1 - distance / w); precision and recall count weights, recall is
    multiplied by the share of widened stretches that were touched, and the area under them is taken over 250 thresholds spaced
    by rank. Returns the mean over all widths, 0 to 1.

    >>> labels = np.array([0] * 50 + [1] * 5 + [0] * 45, dtype=np.int8)
    >>> round(vus_pr(labels.astype(float), labels, 0), 6)
    1.0
    """
    scores = _checked(scores, labels)
    anomalous = labels == 1
    found = stretches(anomalous)
    ranked = np.sort(scores)[::-1]
    limits = ranked[np.linspace(0, len(scores) - 1, THRESHOLDS).astype(np.int64)]
    # a point is predicted from the first threshold that it reaches
    reached = np.searchsorted(-limits, -scores, side="left")
    predicted = np.cumsum(np.bincount(reached, minlength=THRESHOLDS))
    inside = np.cumsum(np.bincount(reached[anomalous], minlength=THRESHOLDS))
    areas = [_area(reached, found, anomalous, predicted, inside, w) for w in range(window + 1)]
    return float(np.mean(areas))


def _checked(scores: Floats, labels: NDArray[np.int8]) -> Floats:
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != np.shape(labels) or scores.ndim != 1:
        raise SchemaError(f"Scores have shape {scores.shape} and labels {np.shape(labels)}.", "Give one of each for every row.")
    if not np.isfinite(scores).all():
        raise ParameterError("A score is not finite.", "Give finite scores.")
    if not 0 < np.count_nonzero(np.asarray(labels) == 1) < len(scores):
        raise ParameterError("The labels hold one class only, so nothing can be ranked.", "Give labels of both kinds.")
    return scores


def _area(
    reached: NDArray[np.int64],
    found: Stretches,
    anomalous: NDArray[np.bool_],
    predicted: NDArray[np.int64],
    inside: NDArray[np.int64],
    width: int,
) -> float:
    """The area under precision over recall with labels widened by one width."""
    at, weights = _widened(found, anomalous, width)
    detected = np.cumsum(np.bincount(reached[at], weights, minlength=THRESHOLDS))
    true = inside + detected
    # half way between the labels as they are and the widened labels, of which only predicted ones count
    mass = len(np.flatnonzero(anomalous)) + detected / 2
    half = width // 2
    joined = _joined(found, half, len(reached))
    first = np.sort([int(reached[a : b + 1].min()) for a, b in joined])
    touched = np.searchsorted(first, np.arange(THRESHOLDS), side="right") / len(joined)
    recall = np.minimum(true / mass, 1.0) * touched
    return float(np.sum(np.diff(recall, prepend=0.0) * true / predicted))


def _widened(found: Stretches, anomalous: NDArray[np.bool_], width: int) -> tuple[NDArray[np.int64], Floats]:
    """The rows around stretches and their weights, at most 1 each, the stretches themselves left out."""
    half, n = width // 2, len(anomalous)
    if not half:
        return np.empty(0, dtype=np.int64), np.empty(0)
    away = np.arange(1, half + 1)
    weight = np.sqrt(1 - away / width)
    at = np.concatenate([(found[:, :1] - away).ravel(), (found[:, 1:] + away).ravel()])
    weights = np.tile(weight, 2 * len(found))
    kept = (at >= 0) & (at < n)
    at, weights = at[kept], weights[kept]
    rows, where = np.unique(at, return_inverse=True)
    total = np.minimum(np.bincount(where, weights), 1.0)
    outside = ~anomalous[rows]
    return rows[outside], total[outside]


def _joined(found: Stretches, half: int, n: int) -> Stretches:
    """The widened stretches, those that meet or overlap as one."""
    ends = found + np.array([-half, half])
    apart = np.flatnonzero(ends[:-1, 1] < ends[1:, 0])
    firsts, lasts = ends[np.r_[0, apart + 1], 0], ends[np.r_[apart, len(ends) - 1], 1]
    return np.column_stack([np.maximum(firsts, 0), np.minimum(lasts, n - 1)])
