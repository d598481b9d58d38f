"""How unlike every window seen before the window is that ends at each row: the default for a series, and fit to go live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels, Moments
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._series import blocks, measured, narrowed, run_of, usual_window, widened
from standout.kernels.quadratic import centre_and_scale
from standout.kernels.trailing import Found, nearer, nearest_trailing, on_grid

SPANS = (1.0, 0.25, 0.0625)
"""Shares of the window, each of equal weight, so that its latest rows weigh most; why: docs/decisions/0013-series.md."""


@dataclass(frozen=True)
class TrailingProfile(Detector):
    """The distance of the window that ends at each row to the nearest of the training windows, its latest rows weighing most; causal.

    A window's mean square distance is taken over all of it, over its last quarter and over its last sixteenth, and these are
    averaged: what is odd shows as soon as it begins, and is over soon after it ends, while the whole of the window says where in its
    course the series is. A window that was seen exactly so, and once only, is taken for that training window itself and compared
    with the others: a training row that is scored again does not find itself. The window's own mean, weighed likewise, is taken
    off, so that a slow drift is no anomaly. Values count in standard deviations of the training rows, to 16 of them.

    fit: runs of shape (n, d) in order of time, the longest of at least one row more than a window. score: (n,), root mean square in
    standard deviations, 0 and up. A run's first rows, behind which a span is not full yet, are
    judged by the shorter ones, and the very first score 0. Training rows
    (`own_scores`) are compared with windows that end at least a window away. Of more rows than `most`, eight blocks are kept.

    >>> t = np.arange(900)
    >>> wave = np.sin(t * 2 * np.pi / 30) + np.random.default_rng(0).normal(0, 0.1, 900)
    >>> wave[600:606] = 0.5
    >>> series = Matrix.of(wave)
    >>> detector = TrailingProfile()
    >>> state = detector.fit(series, np.random.default_rng(0))
    >>> 600 <= int(np.argmax(detector.own_scores(state, series))) < 610
    True
    """

    card = Card(
        "Matrix profile of trailing windows",
        "Yeh et al. 2016, doi:10.1109/ICDM.2016.0179, the left join, with weights that fade into the past",
        "shapes, levels and moments unlike all seen, as soon as they begin",
        "rows times training rows times columns, a few nanoseconds each",
    )
    kind = "sequence"
    examples = ({}, {"window": 16}, {"window": 16, "most": 160})
    layout = {
        "compared": Holds("int64", "columns", below="d"),
        "center": Holds("float64", "columns"),
        "scale": Holds("float64", "columns"),
        "series": Holds("float64", "rows", "columns"),
        "block": Holds("int64", "blocks", 2),
        "window": Holds("int64", 1, below="rows", low=1),
    }

    window: int = param(
        0, low=0, high=10_000, help="How many rows a window has; 0 takes two periods of the data and 64 at least.", unit="rows"
    )
    most: int = param(20_000, low=64, help="At most how many training rows are kept to compare with.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Keep the rows, or blocks of them; TooFewRowsError when no run has a window and one row more."""
        compared = measured(matrix)
        matrix = narrowed(matrix, compared)
        longest = max(run.stop - run.start for run in matrix.runs)
        window = self.window or usual_window(matrix)
        if longest <= window:
            raise TooFewRowsError.needed(f"{self.name} with window={window}", longest, window + 1)
        center, scale, _ = centre_and_scale(matrix.values)
        spans = blocks(matrix, window, self.most)
        state: State = {"compared": compared, "center": center, "scale": scale, "block": np.array(spans, dtype=np.int64)}
        state["window"] = np.array([window])
        return state | {"series": np.concatenate([self._gridded(state, matrix.values[a:b])[0] for a, b in spans])}

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return int(state["window"][0]) - 1

    def compared(self, state: State) -> NDArray[np.int64]:
        """All features but those of switches."""
        return state["compared"]

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Against all windows that were kept."""
        return self._scores(state, matrix, own=False)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Against windows that end at least one window away from a training row's own."""
        return self._scores(state, matrix, own=True)

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """Each entry's part of the distance to the window that counted; a row's parts sum to its score."""
        window, width = int(state["window"][0]), matrix.width
        matrix = narrowed(matrix, state["compared"])
        parts = np.zeros((len(at), window, matrix.width))
        for i, row in enumerate(at.tolist()):
            first = max(run_of(matrix, row).start, row - window + 1)
            values, worth = self._gridded(state, matrix.values[first : row + 1])
            squares, used, match = self._nearest(state, values, None)
            if match[-1] >= 0 and squares[-1] > 0:
                entries = self._entries(state, values, int(used[-1]), int(match[-1]))
                score = np.sqrt(squares[-1] / (used[-1] * max(1, matrix.width))) * worth
                parts[i, window - len(entries) :] = entries * score / max(float(entries.sum()), 1e-300)
        return widened(Moments(np.arange(1 - window, 1), parts), state["compared"], width)

    def _scores(self, state: State, matrix: Matrix, own: bool) -> Floats:
        scores, matrix = np.zeros(len(matrix)), narrowed(matrix, state["compared"])
        for run in matrix.runs:
            values, worth = self._gridded(state, matrix.values[run])
            squares, spans, _ = self._nearest(state, values, run.start if own else None)
            scores[run] = np.sqrt(np.maximum(squares, 0.0) / (spans * max(1, matrix.width))) * worth
        return scores

    def _nearest(self, state: State, values: Floats, start: int | None) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
        """For each row of a run the squared distance to the window that counts, the spans it is the sum of, and where that one ends.

        start: where the run begins among the training rows, or None for one that is not of them.
        """
        spans, n = self._spans(state), len(values)
        # a short series leaves fewer rows between: some other window must remain for each
        apart = 0 if start is None else int(spans[0]) if len(state["block"]) > 1 else max(1, min(int(spans[0]), n // 3))
        squares, used, match = np.zeros(n), np.ones(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        for k in range(len(spans)):  # the first rows of a run, of which the longer spans are not full, have the shorter ones
            rows = slice(int(spans[k]) - 1, n if k == 0 else min(n, int(spans[k - 1]) - 1))
            if rows.start >= rows.stop:
                continue
            places = state["block"][:, 0] - (start or 0)
            found = _search(state, values[: rows.stop], spans[k:], places, apart)
            if start is None:
                found = _without_copies(state, values[: rows.stop], spans[k:], found, int(spans[0]))
            used[rows], match[rows] = len(spans) - k, found[1][rows]
            squares[rows] = np.where(found[1] < 0, 0.0, found[0])[rows]  # without any other window it is not strange
        return squares, used, match

    def _entries(self, state: State, values: Floats, used: int, end: int) -> Floats:
        """The squares that make up the distance of the last window of some values, of `used` spans, to the one that ends at `end`."""
        spans = self._spans(state)[-used:]
        window = int(spans[0])
        weigh = np.zeros(window)
        for span in spans:
            weigh[window - span :] += 1.0 / span
        gap = values[-window:] - state["series"][end - window + 1 : end + 1]
        level = weigh @ gap / used
        return np.asarray(weigh[:, None] * (gap - level) ** 2)

    def _spans(self, state: State) -> NDArray[np.int64]:
        window = int(state["window"][0])
        return np.array([max(1, round(share * window)) for share in SPANS], dtype=np.int64)

    def _gridded(self, state: State, rows: NDArray[np.float32]) -> tuple[Floats, float]:
        return on_grid((rows - state["center"]) / state["scale"], int(state["window"][0]))


def _search(state: State, values: Floats, spans: NDArray[np.int64], places: NDArray[np.int64], apart: int) -> Found:
    """The nearest windows over all blocks; places: where each block begins in the run, and apart: as for `nearest_trailing`."""
    n, begin = len(values), 0
    best = np.full(n, np.inf), np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for (first, stop), place in zip(state["block"].tolist(), places.tolist(), strict=True):
        block = state["series"][begin : begin + stop - first]
        squares, match, last = nearest_trailing(values, block, spans, np.ones(len(spans)), place, apart)
        best = nearer(best, (squares, np.where(match < 0, -1, match + begin), np.where(last < 0, -1, last + begin)))
        begin += stop - first
    return best


def _without_copies(state: State, values: Floats, spans: NDArray[np.int64], found: Found, apart: int) -> Found:
    """Windows that were seen exactly so, and once only, are searched again without what ends within `apart` rows of that one."""
    squares, match, last = found[0].copy(), found[1].copy(), found[2].copy()
    window = int(spans[0])
    alone = np.flatnonzero((squares == 0) & (match >= 0) & (last - match < apart))
    lags = alone - match[alone]
    begins = np.r_[0, np.cumsum(np.diff(state["block"], axis=1))[:-1]]
    for lag in np.unique(lags).tolist():
        rows = alone[lags == lag]
        first = int(rows[0]) - window + 1
        again = _search(state, values[first : rows[-1] + 1], spans, begins + lag - first, apart)
        squares[rows], match[rows], last[rows] = (part[rows - first] for part in again)
    return squares, match, last
