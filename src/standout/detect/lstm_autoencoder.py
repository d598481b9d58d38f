"""Windows of a series that a recurrent memory cannot hold and tell again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Labels, Moments
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State
from standout.detect._recurrent import LEAST_ERROR, Recurrent, learn, memory_arrays, output_arrays, standardised, torch_for
from standout.kernels.recurrent import F32, Reader, Teller, rebuilt

READER = ("reader/input", "reader/state", "reader/bias")
TELLER = ("teller/state", "teller/bias", "teller/weight", "teller/constant")

AT_ONCE = 1 << 22
"""Numbers of rebuilt windows that are held at a time."""


@dataclass(frozen=True)
class LSTMAutoencoder(Recurrent):
    """The error of telling the window that ends at each row again from one memory of it, in units of the usual error; causal.

    One long short-term memory reads the window's rows; another goes on from what the first holds at the end and says the rows again,
    the last one first. What does not go together as it usually does, over channels or over time, is told wrongly. The memory is empty
    before each window, so that a score depends on a bounded past and is the same live as in a batch. Trained by torch (extra `deep`)
    on windows drawn from all entities; scored without it.

    fit: runs of shape (n, d) in order of time, at least one longer than `window`. score: (n,), 0 and up, about 1 on average for
    usual rows. A run's first rows, before a window is full, score 0.

    >>> import pytest
    >>> _ = pytest.importorskip("torch")
    >>> wave = np.sin(np.arange(400) / 5)
    >>> detector = LSTMAutoencoder(window=12, units=8, steps=150)
    >>> state = detector.fit(Matrix.of(wave), np.random.default_rng(0))
    >>> wave[200] += 2
    >>> int(np.argmax(detector.score(state, Matrix.of(wave)))) in range(200, 212)
    True
    """

    card = Card(
        "Long short-term memory autoencoder",
        "Malhotra et al. 2016, LSTM-based encoder-decoder for multi-sensor anomaly detection, arXiv:1607.00148; Srivastava et al. 2015, "
        "arXiv:1502.04681, for a decoder that is not shown what it said",
        "windows whose channels or moments do not go together as usual",
        "2 * steps * batch * window cell updates in torch; scoring takes window * 8 * units² multiplications a row",
    )
    layout = {
        "center": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "usual": Holds("float64", "window", "d"),
        "reader/input": Holds("float32", "d", "gates"),
        "reader/state": Holds("float32", "units", "gates"),
        "reader/bias": Holds("float32", "gates"),
        "teller/state": Holds("float32", "units", "gates"),
        "teller/bias": Holds("float32", "gates"),
        "teller/weight": Holds("float32", "units", "d"),
        "teller/constant": Holds("float32", "d"),
    }

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Train the networks; TooFewRowsError when no run is longer than a window, MissingExtraError without torch."""
        state, rows = self._begun(matrix)
        ends = np.concatenate([np.arange(run.start + self.window - 1, run.stop) for run in matrix.runs])
        state |= dict(zip((*READER, *TELLER), _train(self, rows, ends, rng), strict=True))
        total = np.zeros((self.window, matrix.width))
        for _, errors in self._errors(state, rows, ends):
            total += errors.sum(axis=0)
        return state | {"usual": np.maximum(total / len(ends), LEAST_ERROR)}

    def context(self, state: State) -> int:
        """A score needs the window's earlier rows."""
        return self.window - 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over the window's rows and channels of the error in units of the usual one."""
        scores, rows = np.zeros(len(matrix)), standardised(state, matrix)
        ends = [np.arange(run.start + self.window - 1, run.stop) for run in matrix.runs]
        for at, errors in self._errors(state, rows, np.concatenate(ends) if ends else np.empty(0, dtype=np.int64)):
            # einsum keeps one order of summation for each row, whatever the number of rows
            scores[at] = np.einsum("nwd->n", errors / state["usual"]) / max(1, self.window * matrix.width)
        return scores

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """Each entry's part of the error of telling the window again; a row's parts sum to its score."""
        first = matrix.starts[np.searchsorted(matrix.starts, at, side="right") - 1]
        full = np.flatnonzero(at - first >= self.window - 1)
        parts, done = np.zeros((len(at), self.window, matrix.width)), 0
        for ends, errors in self._errors(state, standardised(state, matrix), np.asarray(at, dtype=np.int64)[full]):
            parts[full[done : done + len(ends)]] = errors / state["usual"] / max(1, self.window * matrix.width)
            done += len(ends)
        return Moments(np.arange(1 - self.window, 1), parts)

    def _errors(self, state: State, rows: F32, ends: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Piece by piece, the windows' ends and the absolute errors (m, window, d) of telling them again."""
        reader = cast("Reader", tuple(np.ascontiguousarray(state[key]) for key in READER))
        teller = cast("Teller", tuple(np.ascontiguousarray(state[key]) for key in TELLER))
        step = max(1, AT_ONCE // (self.window * max(1, rows.shape[1])))
        for begin in range(0, len(ends), step):
            at = ends[begin : begin + step]
            windows = rows[at[:, None] + np.arange(1 - self.window, 1)].astype(np.float64)
            yield at, np.abs(windows - rebuilt(rows, at, reader, teller, self.window))


def _train(detector: LSTMAutoencoder, rows: F32, ends: NDArray[np.int64], rng: np.random.Generator) -> tuple[F32, ...]:
    """The arrays of both networks, by a loss that outliers pull little."""
    window, d, h = detector.window, rows.shape[1], detector.units

    def draw() -> F32:
        at = ends[rng.integers(0, len(ends), size=detector.batch)]
        return rows[at[:, None] + np.arange(1 - window, 1)]

    with torch_for(detector.name) as torch:
        reader, teller = torch.nn.LSTM(d, h, batch_first=True), torch.nn.LSTM(1, h, batch_first=True)
        output, nothing = torch.nn.Linear(h, d), torch.zeros(detector.batch, window, 1)

        def loss(seen: Any) -> Any:
            said = output(teller(nothing, reader(seen)[1])[0])
            return torch.nn.functional.smooth_l1_loss(said, seen.flip(1))

        learn(torch, (reader, teller, output), loss, draw, steps=detector.steps, units=h, rng=rng)
        return *memory_arrays(reader), *memory_arrays(teller)[1:], *output_arrays(output)
