"""How far the window that ends at a row lies from the nearest of a few random windows, over many such draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels, Moments
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._series import measured, narrowed, run_of, usual_window, widened
from standout.detect._stretches import unseen_levels
from standout.kernels.windows import nearest_in_draws_apart, project_windows

FAINT = 1e-8
"""Of the greatest variance: a component that carries less is left out."""

LEARNED_FROM = 1_000
"""Windows that the principal components are learned from."""


@dataclass(frozen=True)
class NearestWindows(Detector):
    """Mean, over random draws of a few training windows, of the distance to the nearest window of the draw; causal.

    A small draw seldom holds an anomaly, so that anomalies in the training rows do not vouch for each other. Windows over all
    channels are compared by their principal components, which keeps wide series cheap, and by how far they lie from these altogether.

    fit: runs of shape (n, d) in order of time, features on comparable scales. score: (n,), unit: distance in units of the matrix
    over a window, 0 and up. A run's first rows, before a window is full, score 0.

    >>> t = np.arange(600)
    >>> wave = np.sin(t * 2 * np.pi / 30)
    >>> state = NearestWindows().fit(Matrix.of(wave), np.random.default_rng(0))
    >>> wave[300:310] += 2
    >>> 300 <= int(np.argmax(NearestWindows().score(state, Matrix.of(wave)))) < 310 + 64
    True
    """

    card = Card(
        "Nearest of random windows",
        "Sugiyama and Borgwardt 2013, Rapid distance-based outlier detection via sampling, over windows of a series",
        "stretches unlike those seen, also where the training rows hold anomalies, and in series of many columns",
        "a row costs window times columns times components, and draws times size distances, whatever the training rows",
    )
    kind = "sequence"
    examples = (
        {"window": 16},
        {"window": 8, "draws": 10, "size": 32, "components": 5},
        {},
        {"window": 16, "centred": True},
    )
    layout = {
        "compared": Holds("int64", "columns", below="d"),
        "mean": Holds("float64", "wd"),
        "basis": Holds("float64", "k", "wd"),
        "reference": Holds("float64", "draws", "size", "k and rest"),
        "place": Holds("int64", "draws", "size"),
        "window": Holds("int64", 1, below=10_001, low=1),
    }

    window: int = param(
        0, low=0, high=10_000, help="How many rows a window has; 0 takes two periods of the data and 64 at least.", unit="rows"
    )
    components: int = param(30, low=1, high=1_000, help="How many principal components of the windows are compared.")
    draws: int = param(20, low=1, high=1_000, help="How many draws are made.")
    size: int = param(64, low=1, high=10_000, help="How many training windows a draw has.", unit="windows")
    centred: bool = param(False, help="Whether each window's own mean is taken off first, so that levels do not count.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Draw the windows and learn their components; TooFewRowsError when no run is one window and a row long."""
        compared = measured(matrix)
        matrix = narrowed(matrix, compared)
        longest = max(run.stop - run.start for run in matrix.runs)
        window = self.window or usual_window(matrix)
        if longest <= window:
            raise TooFewRowsError.needed(f"{self.name} with window={window}", longest, window + 1)
        ends = np.concatenate([np.arange(run.start + window - 1, run.stop) for run in matrix.runs])
        drawn = rng.choice(ends, min(LEARNED_FROM, len(ends)), replace=False)
        sample = self._at(matrix, drawn, window)
        mean = sample.mean(axis=0)
        basis = _components(sample - mean, self.components)
        place = np.stack([rng.choice(ends, min(self.size, len(ends)), replace=False) for _ in range(self.draws)])
        windows = [matrix.values[end - window + 1 : end + 1].astype(np.float64) for end in place.ravel().tolist()]
        reference = np.concatenate([project_windows(w, window, mean, basis, self.centred) for w in windows]).reshape(
            *place.shape, -1
        )
        state = {"mean": mean, "basis": basis, "reference": reference, "place": place, "window": np.array([window])}
        return {"compared": compared} | state

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return int(state["window"][0]) - 1

    def compared(self, state: State) -> NDArray[np.int64]:
        """All features but those of switches."""
        return state["compared"]

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean distance to the nearest window of each draw."""
        return self._scores(state, matrix, 0)

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """Each entry's part of the distances to the nearest windows; a row's parts sum to its score.

        A distance is that of two points of the components' space and of what the components leave over: the first is turned back
        into the window, entry by entry, and the second shared out by the squares of what is left over.
        """
        window, width = int(state["window"][0]), matrix.width
        matrix = narrowed(matrix, state["compared"])
        parts = np.zeros((len(at), window, matrix.width))
        for i, row in enumerate(at.tolist()):
            if row - run_of(matrix, row).start >= window - 1:
                parts[i] = self._parts(state, matrix, row, window).reshape(matrix.width, window).T
        return widened(Moments(np.arange(1 - window, 1), parts), state["compared"], width)

    def _parts(self, state: State, matrix: Matrix, row: int, window: int) -> Floats:
        """The parts of the window that ends at a row, channel by channel, shape (d * window,)."""
        rows = matrix.values[row - window + 1 : row + 1].astype(np.float64)
        made = project_windows(rows, window, state["mean"], state["basis"], self.centred)
        apart = made - state["reference"]
        squares = (apart**2).sum(axis=2)
        nearest = squares.argmin(axis=1)
        drawn = np.arange(len(squares))
        apart, far = apart[drawn, nearest], np.sqrt(squares[drawn, nearest])
        left = (self._at(matrix, np.array([row]), window) - state["mean"])[0] - made[0, :-1] @ state["basis"]
        rest = left**2 / max(float((left**2).sum()), 1e-300)
        entries = (apart[:, :-1] @ state["basis"]) ** 2 + apart[:, -1:] ** 2 * rest
        return (entries / np.maximum(far, 1e-300)[:, None]).mean(axis=0)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """In the order of `score` without the drawn windows that overlap a training row's own, at the levels of stretches left out."""
        window = int(state["window"][0])
        ranked = self._scores(state, matrix, window)
        return unseen_levels(replace(self, window=window), matrix, ranked, window)

    def _scores(self, state: State, matrix: Matrix, apart: int) -> Floats:
        scores, matrix = np.zeros(len(matrix)), narrowed(matrix, state["compared"])
        window = int(state["window"][0])
        for run in matrix.runs:
            first = run.start + window - 1
            if first < run.stop:
                rows = np.ascontiguousarray(matrix.values[run], dtype=np.float64)
                made = project_windows(rows, window, state["mean"], state["basis"], self.centred)
                scores[first : run.stop] = nearest_in_draws_apart(made, state["reference"], state["place"], first, apart)
        return scores

    def _at(self, matrix: Matrix, ends: NDArray[np.int64], window: int) -> Floats:
        """The windows that end at given rows of the matrix, one a row, flattened to (n, d * window)."""
        values = sliding_window_view(matrix.values, window, axis=0)[ends - window + 1].astype(np.float64)
        if self.centred:
            values = values - values.mean(axis=2, keepdims=True)
        return values.reshape(len(values), -1)


def _components(windows: Floats, most: int) -> Floats:
    """The principal components of centred windows (n, wd), at most so many, orthonormal rows (k, wd)."""
    n, width = windows.shape
    if width > n:
        # of few but long windows the products with each other are a far smaller matrix; faint components would not come out square
        squares, turns = np.linalg.eigh(windows @ windows.T)
        kept = np.flatnonzero(squares > FAINT * squares[-1])[::-1][:most]
        if len(kept):
            return np.ascontiguousarray((turns[:, kept] / np.sqrt(squares[kept])).T @ windows)
    return np.linalg.svd(windows, full_matrices=False)[2][:most].copy()
