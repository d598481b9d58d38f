"""Rows of a series that are not what the rows before them let expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from standout.core.detector import Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State
from standout.detect._recurrent import LEAST_ERROR, Recurrent, learn, memory_arrays, output_arrays, standardised, torch_for
from standout.kernels.recurrent import F32, Cell, forecasts

CELL = ("input/weight", "state/weight", "gate/bias", "output/weight", "output/bias")


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Each channel's forecast error in units of its usual error, averaged over channels; causal.

    A long short-term memory reads the `window` rows before each row, with its memory empty before them, and forecasts the row.
    So a score depends on a bounded past and is the same live as in a batch. Trained by torch (extra `deep`) on windows drawn from
    all entities; scored without it.

    fit: runs of shape (n, d) in order of time, at least one longer than `window`. score: (n,), 0 and up, about 1 on average for
    usual rows. A run's first rows, half a window and one, have too short a past to be forecast from and score 0.

    >>> import pytest
    >>> _ = pytest.importorskip("torch")
    >>> wave = np.sin(np.arange(400) / 5)
    >>> detector = LSTM(window=12, units=8, steps=100)
    >>> state = detector.fit(Matrix.of(wave), np.random.default_rng(0))
    >>> wave[200] += 2
    >>> int(np.argmax(detector.score(state, Matrix.of(wave)))) in range(200, 213)
    True
    """

    name = "lstm"
    card = Card(
        "Long short-term memory forecaster",
        "Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; Malhotra et al. 2015, Long short term memory networks for "
        "anomaly detection in time series",
        "values that do not follow from the recent past, in one channel or against the others",
        "steps * batch * window cell updates in torch; scoring takes window * 4 * units² multiplications a row",
    )
    layout = {
        "center": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "usual": Holds("float64", "d"),
        "input/weight": Holds("float32", "d", "gates"),
        "state/weight": Holds("float32", "units", "gates"),
        "gate/bias": Holds("float32", "gates"),
        "output/weight": Holds("float32", "units", "d"),
        "output/bias": Holds("float32", "d"),
    }

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Train the network; TooFewRowsError when no run is longer than a window, MissingExtraError without torch."""
        state, rows = self._begun(matrix)
        begins = [np.arange(run.start, run.stop - self.window) for run in matrix.runs]
        cell = _train(self, rows, np.concatenate(begins), rng)
        state |= dict(zip(CELL, cell, strict=True))
        usual = np.concatenate([self._errors(rows[run], cell)[self._blind :] for run in matrix.runs]).mean(axis=0)
        return state | {"usual": np.maximum(usual, LEAST_ERROR)}

    def context(self, state: State) -> int:
        """A score needs the rows of its window."""
        return self.window

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over channels of the forecast error in units of the usual one."""
        # einsum keeps one order of summation for each row, whatever the number of rows
        return np.einsum("nd->n", self.attribute(state, matrix)) / max(1, matrix.width)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each channel's forecast error in units of its usual one; the mean of a row's is its score."""
        rows = standardised(state, matrix)
        cell = cast("Cell", tuple(np.ascontiguousarray(state[key]) for key in CELL))
        parts = [self._errors(rows[run], cell) for run in matrix.runs]
        return np.concatenate(parts) / state["usual"]

    @property
    def _blind(self) -> int:
        """How many rows a run's forecasts must have seen."""
        return self.window // 2 + 1

    def _errors(self, rows: F32, cell: Cell) -> Floats:
        errors = np.abs(rows.astype(np.float64) - forecasts(rows, cell, self.window))
        errors[: self._blind] = 0.0
        return errors


def _train(detector: LSTM, rows: F32, begins: np.ndarray[Any, Any], rng: np.random.Generator) -> Cell:
    """The cell that forecasts each row of a window's second half and the row after it, by a loss that outliers pull little."""
    window, half = detector.window, detector.window // 2

    def draw() -> F32:
        at = begins[rng.integers(0, len(begins), size=detector.batch)]
        return rows[at[:, None] + np.arange(window + 1)]

    with torch_for(detector.name) as torch:
        memory = torch.nn.LSTM(rows.shape[1], detector.units, batch_first=True)
        output = torch.nn.Linear(detector.units, rows.shape[1])

        def loss(seen: Any) -> Any:
            said = output(memory(seen[:, :-1])[0])[:, half:]
            return torch.nn.functional.smooth_l1_loss(said, seen[:, 1 + half :])

        learn(torch, (memory, output), loss, draw, steps=detector.steps, units=detector.units, rng=rng)
        return *memory_arrays(memory), *output_arrays(output)
