"""The latest value of a window whose spectrum, once flattened, makes it stand out: saliency, borrowed from vision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.quadratic import centre_and_scale

AHEAD = 5
"""Estimated values put behind the window, so that the row judged does not stand at its edge; as the authors have it."""

SLOPES = 5
"""Slopes to the row before the one judged, whose mean estimates those values: the row judged has no say in what to expect."""

NEARBY = 21
"""Saliencies, that of the row judged among them, whose mean is what its own is held against."""

FAINT = 0.2
"""Added to amplitudes, per row of the window, in standard deviations of the training rows: less than this is no pattern."""

PIECE = 4_096
"""Windows that are transformed at a time."""


@dataclass(frozen=True)
class SpectralResidual(Detector):
    """How far the saliency of each row exceeds that of the rows just before it, relative to theirs; causal.

    The window that ends at a row is taken to its spectrum, the logarithm of the amplitudes is relieved of its own moving average,
    which flattens what is usual, and taken back: what is left over stands out. As published, this reads a file to its end; here
    each row is judged by a window of its own, which holds nothing that came later.

    fit: shape (n, d) in order of time, a run of at least `window` rows; learns each column's scale, and nothing of shapes. score:
    (n,), the mean over columns of (saliency - mean) / mean, 0 and up. The first rows of a run, before a window is full, score 0.

    >>> t = np.arange(600)
    >>> wave = np.sin(t / 5) + np.random.default_rng(0).normal(0, 0.05, 600)
    >>> detector = SpectralResidual()
    >>> state = detector.fit(Matrix.of(wave), np.random.default_rng(0))
    >>> wave[400] += 2
    >>> int(np.argmax(detector.score(state, Matrix.of(wave))))
    401
    """

    card = Card(
        "Spectral residual",
        "Ren et al. 2019, doi:10.1145/3292500.3330680; Hou and Zhang 2007, doi:10.1109/CVPR.2007.383267",
        "sudden values and breaks in a series of any rhythm, without anything to learn",
        "two Fourier transforms of a window, for each row and column",
    )
    kind = "sequence"
    examples = ({}, {"window": 32}, {"window": 40, "smooth": 7})
    layout = {"scale": Holds("float64", "d"), "middle": Holds("float64", "d")}

    window: int = param(48, low=24, high=10_000, help="How many rows are taken to their spectrum.", unit="rows")
    smooth: int = param(3, low=1, high=100, help="How many amplitudes the moving average has.", unit="frequencies")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Each column's middle and scale; TooFewRowsError when no run is one window long."""
        longest = max(run.stop - run.start for run in matrix.runs)
        if longest < self.window:
            raise TooFewRowsError.needed(f"{self.name} with window={self.window}", longest, self.window)
        middle, scale, _ = centre_and_scale(matrix.values)
        return {"middle": middle, "scale": scale}

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return self.window - 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over columns of how far the saliency exceeds the usual one."""
        return np.einsum("nd->n", self.attribute(state, matrix)) / max(1, matrix.width)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The same: a row is only held against its own window, of which nothing was learned."""
        return self.score(state, matrix)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's excess of saliency; the mean of a row's is its score."""
        out = np.zeros(matrix.values.shape)
        for run in matrix.runs:
            rows = (matrix.values[run] - state["middle"]) / state["scale"]
            if len(rows) >= self.window:
                windows = sliding_window_view(rows, self.window, axis=0)
                for start in range(0, len(windows), PIECE):
                    first = run.start + self.window - 1 + start
                    some = windows[start : start + PIECE]
                    out[first : first + len(some)] = self._excess(some)
        return out

    def _excess(self, windows: NDArray[np.float64]) -> Floats:
        """Of windows (n, d, window), the excess of the last row's saliency, (n, d)."""
        before = windows[..., -2]
        guess = windows[..., -1 - SLOPES].copy()
        for back in range(1, SLOPES + 1):
            guess += (before - windows[..., -2 - back]) / back
        spectrum = np.fft.rfft(np.concatenate([windows, np.repeat(guess[..., None], AHEAD, axis=-1)], axis=-1), axis=-1)
        amplitude = np.abs(spectrum) + FAINT * self.window**0.5
        level = np.log(amplitude)
        flat = np.exp(level - _moving_mean(level, self.smooth))
        saliency = np.abs(np.fft.irfft(spectrum / amplitude * flat, self.window + AHEAD, axis=-1))
        near = saliency[..., self.window - NEARBY : self.window]
        usual = np.zeros(before.shape)
        for i in range(NEARBY):  # one order of summation for any number of windows
            usual += near[..., i] / NEARBY
        return np.maximum(saliency[..., self.window - 1] - usual, 0.0) / (usual + 1e-12)


def _moving_mean(values: Floats, width: int) -> Floats:
    """The mean of up to `width` values that end at each one, along the last axis."""
    total = np.zeros(values.shape)
    for back in range(width):
        total[..., back:] += values[..., : values.shape[-1] - back]
    return total / np.minimum(np.arange(values.shape[-1]) + 1, width)
