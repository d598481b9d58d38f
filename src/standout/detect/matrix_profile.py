"""Stretches of a series of which there is no other like them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels, Moments
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._series import at_least, blocks, measured, narrowed, run_of, usual_window, widened
from standout.kernels.windows import nearest_window, over_points

ASKED = 4
"""Windows of those that hold a row, evenly spread, that are looked into to say which channel and moment made it strange."""


@dataclass(frozen=True)
class MatrixProfile(Detector):
    """How far the windows that hold a row lie from the nearest window of the training rows, on average.

    Windows are not scaled to unit spread, as the matrix profile usually does: that makes the flat stretches of a series its
    strangest and hides changes of size (VUS-PR 0.47 against 0.68 in the first trials). Each window's own mean is taken off, unless
    told otherwise: a slow drift is then no anomaly, while the edges of a change of level are. The score of a row looks ahead by
    a window, so this detector reads files and does not go live.

    fit: runs of shape (n, d) in order of time, features on comparable scales, the longest of at least `window` + 1 rows. score:
    (n,), unit: distance in units of the matrix over a window, 0 and up. Training rows (`own_scores`) are compared with windows
    that begin at least one window away. Of more than `most` training rows, eight equal blocks spread over time are kept.

    >>> t = np.arange(600)
    >>> wave = np.sin(t * 2 * np.pi / 30) + np.random.default_rng(0).normal(0, 0.1, 600)
    >>> wave[300:310] = wave[300]
    >>> series = Matrix.of(wave)
    >>> detector = MatrixProfile()
    >>> state = detector.fit(series, np.random.default_rng(0))
    >>> 290 < int(np.argmax(detector.own_scores(state, series))) < 320
    True
    """

    card = Card(
        "Matrix profile of windows in their own units",
        "Yeh et al. 2016, doi:10.1109/ICDM.2016.0179",
        "stretches unlike every other stretch of a series: odd shapes, levels and durations",
        "the square of the number of rows, times the number of columns; 20,000 rows take seconds",
    )
    kind = "sequence"
    causal = False
    examples = ({}, {"window": 16}, {"window": 16, "most": 160, "centred": False})
    layout = {
        "compared": Holds("int64", "columns", below="d"),
        "series": Holds("float64", "rows", "columns"),
        "block": Holds("int64", "blocks", 2),
        "window": Holds("int64", 1, below="rows", low=1),
    }

    window: int = param(
        0, low=0, high=10_000, help="How many rows a window has; 0 takes two periods of the data and 64 at least.", unit="rows"
    )
    centred: bool = param(True, help="Whether each window's own mean is taken off first, so that levels do not count.")
    most: int = param(40_000, low=64, help="At most how many training rows are kept to compare with.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Keep the rows, or blocks of them; TooFewRowsError when no run has a window and one row more."""
        compared = measured(matrix)
        matrix = narrowed(matrix, compared)
        longest = max(run.stop - run.start for run in matrix.runs)
        window = self.window or usual_window(matrix)
        if longest <= window:
            raise TooFewRowsError.needed(f"{self.name} with window={window}", longest, window + 1)
        spans = blocks(matrix, window, self.most)
        series = np.concatenate([matrix.values[a:b] for a, b in spans]).astype(np.float64)
        return {
            "compared": compared,
            "series": series,
            "block": np.array(spans, dtype=np.int64),
            "window": np.array([window]),
        }

    def reach(self, state: State) -> int:
        """One odd row makes those within a window of it strange."""
        return int(state["window"][0])

    def compared(self, state: State) -> NDArray[np.int64]:
        """All features but those of switches."""
        return state["compared"]

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Against all windows that were kept."""
        return self._scores(state, matrix, own=False)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Against windows that begin at least one window away from a training row's own."""
        return self._scores(state, matrix, own=True)

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """Each entry's part of the distance to the nearest window, the mean over some of the windows that hold each row."""
        window, width = int(state["window"][0]), matrix.width
        matrix = narrowed(matrix, state["compared"])
        parts = np.zeros((len(at), 2 * window - 1, matrix.width))
        for i, row in enumerate(at.tolist()):
            run = run_of(matrix, row)
            first, last = max(run.start, row - window + 1), max(run.start, min(row, run.stop - window))
            begins = np.unique(np.linspace(first, last, max(1, ASKED // matrix.width)).round().astype(np.intp)).tolist()
            for begin in begins:
                rows = at_least(matrix.values[begin : min(begin + window, run.stop)], window)
                place = begin - row + min(0, run.stop - begin - window) + window - 1
                parts[i, place : place + window] += self._parts(state, rows) / len(begins)
        return widened(Moments(np.arange(1 - window, window), parts), state["compared"], width)

    def _parts(self, state: State, rows: Floats) -> Floats:
        """Of one window (window, d): the squared differences from the nearest kept one over their distance."""
        rows = rows - rows.mean(axis=0) if self.centred else rows
        best, parts, begin = np.inf, np.zeros(rows.shape), 0
        for first, stop in state["block"].tolist():
            block = state["series"][begin : begin + stop - first]
            begin += stop - first
            windows = sliding_window_view(block, len(rows), axis=0)  # (m, d, window)
            crossed = sum(np.correlate(block[:, c], rows[:, c], "valid") for c in range(rows.shape[1]))
            squares = np.einsum("mdw,mdw->m", windows, windows) - 2 * np.asarray(crossed)
            if self.centred:
                squares = squares - len(rows) * np.einsum("md->m", windows.mean(axis=2) ** 2)
            at = int(squares.argmin())
            if squares[at] < best:
                nearest = windows[at].T
                apart = (rows - (nearest - nearest.mean(axis=0) if self.centred else nearest)) ** 2
                best, parts = float(squares[at]), apart / max(float(np.sqrt(apart.sum())), 1e-300)
        return parts

    def _scores(self, state: State, matrix: Matrix, own: bool) -> Floats:
        if not len(matrix):
            return np.empty(0)
        window, matrix = int(state["window"][0]), narrowed(matrix, state["compared"])
        return np.concatenate([self._of_run(state, matrix.values[run], run.start, window, own) for run in matrix.runs])

    def _of_run(self, state: State, rows: NDArray[np.float32], start: int, window: int, own: bool) -> Floats:
        values = at_least(rows, window)
        nearest = np.full(len(values) - window + 1, np.inf)
        begin = 0
        blocks = state["block"].tolist()
        for first, stop in blocks:
            block = state["series"][begin : begin + stop - first]
            begin += stop - first
            apart = 0
            if own:
                # a short series leaves fewer rows between: some other window must remain for each
                apart = window if len(blocks) > 1 else max(1, min(window, len(nearest) // 2))
            np.minimum(nearest, nearest_window(values, block, window, first - start, apart, self.centred), out=nearest)
        # the difference of two windows is at most a few of the greatest numbers; without any other window it is not strange
        nearest[np.isinf(nearest)] = 0.0
        return over_points(nearest, window)[-len(rows) :]
