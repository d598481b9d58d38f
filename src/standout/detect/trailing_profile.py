"""How unlike every window seen before the window is that ends at each row: the default for a series, and fit to go live."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._series import blocks, usual_window
from standout.kernels.quadratic import centre_and_scale
from standout.kernels.trailing import nearest_trailing, on_grid

BLOCKS, LEAST_BLOCK = 8, 2
"""Stretches of a run that are compared with one by one, and the windows that each has at least."""

SPANS = (1.0, 0.25, 0.0625)
"""Shares of the window, each of equal weight, so that its latest rows weigh most; why: docs/decisions/0013-series.md."""


@dataclass(frozen=True)
class TrailingProfile(Detector):
    """The distance of the window that ends at each row to the nearest training windows, its latest rows weighing most; causal.

    A window's mean square distance is taken over all of it, over its last quarter and over its last sixteenth, and these are
    averaged: what is odd shows as soon as it begins, and is over soon after it ends, while the whole of the window says where in its
    course the series is. The training rows are cut into up to eight stretches, and the nearest window of each is found: what counts is
    the second nearest of these, so that an anomaly that came once before is still one, and a training row that is scored again does not
    find itself. The window's own mean, weighed likewise, is taken off, so that a slow drift is no anomaly. Values count in standard
    deviations of the training rows, to 16 of them.

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
        "center": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "series": Holds("float64", "rows", "d"),
        "block": Holds("int64", "blocks", 2),
        "window": Holds("int64", 1, below="rows", low=1),
    }

    window: int = param(
        0, low=0, high=10_000, help="How many rows a window has; 0 takes two periods of the data and 64 at least.", unit="rows"
    )
    most: int = param(20_000, low=64, help="At most how many training rows are kept to compare with.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Keep the rows, or blocks of them; TooFewRowsError when no run has a window and one row more."""
        longest = max(run.stop - run.start for run in matrix.runs)
        window = self.window or usual_window(matrix)
        if longest <= window:
            raise TooFewRowsError.needed(f"{self.name} with window={window}", longest, window + 1)
        center, scale, _ = centre_and_scale(matrix.values)
        spans = self._blocks(matrix, window)
        state: State = {"center": center, "scale": scale, "block": np.array(spans, dtype=np.int64), "window": np.array([window])}
        return state | {"series": np.concatenate([self._gridded(state, matrix.values[a:b])[0] for a, b in spans])}

    def _blocks(self, matrix: Matrix, window: int) -> list[tuple[int, int]]:
        """First row and end of the stretches to compare with: each begins a window early, so that no window is lost between them."""
        found = []
        for first, stop in blocks(matrix, window, self.most):
            count = max(1, min(BLOCKS, (stop - first) // (LEAST_BLOCK * window)))
            edges = np.linspace(first + window, stop, count + 1).astype(np.int64).tolist()
            found += [(a - window, b) for a, b in pairwise(edges)]
        return found

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return int(state["window"][0]) - 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Against all windows that were kept."""
        return self._scores(state, matrix, own=False)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Against windows that end at least one window away from a training row's own."""
        return self._scores(state, matrix, own=True)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's part of the squared distance to the nearest window, as a mean square in standard deviations."""
        parts = [self._parts(state, matrix.values[run]) for run in matrix.runs]
        return np.concatenate(parts) if parts else np.empty(matrix.values.shape)

    def _scores(self, state: State, matrix: Matrix, own: bool) -> Floats:
        scores = np.zeros(len(matrix))
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
        between = max(1, min(int(spans[0]), n // 3))
        squares, used, match = np.zeros(n), np.ones(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        for k in range(len(spans)):  # the first rows of a run, of which the longer spans are not full, have the shorter ones
            rows = slice(int(spans[k]) - 1, n if k == 0 else min(n, int(spans[k - 1]) - 1))
            if rows.start >= rows.stop:
                continue
            best = np.full((2, rows.stop), np.inf)
            end = np.full((2, rows.stop), -1, dtype=np.int64)
            begin = 0
            for first, stop in state["block"].tolist():
                block = state["series"][begin : begin + stop - first]
                place, apart = (0, 0) if start is None else (first - start, between)
                near, ends = nearest_trailing(values[: rows.stop], block, spans[k:], np.ones(len(spans) - k), place, apart)
                ends = np.where(ends < 0, -1, begin + ends)
                for rank in range(2):  # the nearest of this block takes its place among the nearest two of all blocks
                    closer = near < best[rank]
                    best[rank], near = np.where(closer, near, best[rank]), np.where(closer, best[rank], near)
                    end[rank], ends = np.where(closer, ends, end[rank]), np.where(closer, end[rank], ends)
                begin += stop - first
            rank = np.minimum(np.count_nonzero(end >= 0, axis=0), 2) - 1
            chosen, at = np.maximum(rank, 0), np.arange(rows.stop)
            used[rows], match[rows] = len(spans) - k, end[chosen, at][rows]
            squares[rows] = np.where(rank < 0, 0.0, best[chosen, at])[rows]  # without any other window it is not strange
        return squares, used, match

    def _parts(self, state: State, rows: NDArray[np.float32]) -> Floats:
        spans, parts = self._spans(state), np.zeros(rows.shape)
        values, worth = self._gridded(state, rows)
        _, used, match = self._nearest(state, values, None)
        for row, (count, end) in enumerate(zip(used.tolist(), match.tolist(), strict=True)):
            if end < 0:
                continue
            window = int(spans[-count])
            weigh = np.zeros(window)
            for span in spans[-count:]:
                weigh[window - span :] += 1.0 / span
            gap = values[row - window + 1 : row + 1] - state["series"][end - window + 1 : end + 1]
            level = np.einsum("w,wd->d", weigh, gap) / count
            parts[row] = np.einsum("w,wd->d", weigh, (gap - level) ** 2) / count
        return parts * worth**2

    def _spans(self, state: State) -> NDArray[np.int64]:
        window = int(state["window"][0])
        return np.array([max(1, round(share * window)) for share in SPANS], dtype=np.int64)

    def _gridded(self, state: State, rows: NDArray[np.float32]) -> tuple[Floats, float]:
        return on_grid((rows - state["center"]) / state["scale"], int(state["window"][0]))
