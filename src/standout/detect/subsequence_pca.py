"""Stretches of a series that its principal components cannot rebuild."""

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
from standout.detect._series import stretch


@dataclass(frozen=True)
class SubsequencePCA(Detector):
    """Reconstruction error of the window that ends at each row, over all channels; causal.

    fit: runs of shape (n, d) in order of time, at least one of `window` rows. score: (n,), unit: root mean squared error of
    the window in units of the matrix, 0 and up. A run's first rows are judged as if its first row had always been there.

    >>> t = np.arange(400)
    >>> wave = Matrix.of(np.sin(t / 5))
    >>> state = SubsequencePCA(window=20).fit(wave, np.random.default_rng(0))
    >>> bump = wave.values.copy()
    >>> bump[200] += 2
    >>> int(np.argmax(SubsequencePCA(window=20).score(state, Matrix.of(bump)))) in range(200, 220)
    True
    """

    card = Card(
        "Principal components of subsequences",
        "Shyu et al. 2003, a novel anomaly detection scheme based on principal component classifier",
        "shapes that the series does not usually take",
        "one singular value decomposition of sampled windows; scoring is two matrix products a window",
    )
    kind = "sequence"
    examples = ({"window": 16}, {"window": 8, "components": 2, "sample": 500})
    layout = {"mean": Holds("float64", "wd"), "basis": Holds("float64", "k", "wd")}

    window: int = param(64, low=2, high=10_000, help="How many rows a subsequence has.", unit="rows")
    components: int = param(5, low=1, high=200, help="How many principal components are kept.")
    sample: int = param(5_000, low=10, help="At most how many windows are learned from.", unit="windows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the components from windows drawn at random; TooFewRowsError when no run is one window long."""
        longest = max(run.stop - run.start for run in matrix.runs)
        if longest < self.window:
            raise TooFewRowsError.needed(f"{self.name} with window={self.window}", longest, self.window)
        windows = np.concatenate([self._windows(matrix.values[run])[self.window - 1 :] for run in matrix.runs])
        if len(windows) > self.sample:
            windows = windows[np.sort(rng.choice(len(windows), self.sample, replace=False))]
        mean = windows.mean(axis=0, dtype=np.float64)
        basis = np.linalg.svd(windows - mean, full_matrices=False)[2][: self.components]
        return {"mean": mean, "basis": np.ascontiguousarray(basis)}

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return self.window - 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The error of rebuilding each row's window."""
        return np.concatenate([self._errors(state, matrix.values[run]) for run in matrix.runs])

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """Each entry's part of the error, in proportion to its square; a row's parts sum to its score."""
        parts = np.empty((len(at), self.window, matrix.width))
        for i, row in enumerate(at.tolist()):
            centred = self._windows(stretch(matrix, row, self.window))[-1] - state["mean"]
            squares = (centred - state["basis"].T @ (state["basis"] @ centred)) ** 2
            error = np.sqrt(squares.mean())
            parts[i] = (squares / (len(squares) * max(float(error), 1e-300))).reshape(matrix.width, self.window).T
        return Moments(np.arange(1 - self.window, 1), parts)

    def _errors(self, state: State, rows: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Floats:
        centred = self._windows(rows) - state["mean"]
        # einsum keeps one order of summation whatever the number of windows, as a matrix product does not
        weights = np.einsum("nw,kw->nk", centred, state["basis"])
        rebuilt = np.einsum("nk,kw->nw", weights, state["basis"])
        return np.sqrt(np.mean((centred - rebuilt) ** 2, axis=1))

    def _windows(self, rows: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Floats:
        """One window a row, flattened to (n, window * d); the first ones are padded with the first row."""
        if not len(rows):
            return np.empty((0, self.window * rows.shape[1]))
        padded = np.concatenate([np.repeat(rows[:1], self.window - 1, axis=0), rows])
        return sliding_window_view(padded, self.window, axis=0).reshape(len(rows), -1).astype(np.float64)
