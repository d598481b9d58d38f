"""Values that do not follow from the latest ones, from those a season ago, and from the other columns, by linear weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._period import season
from standout.detect._residuals import NORMAL, root_mean_square, usual_size
from standout.kernels.autoregression import linear_forecasts
from standout.kernels.quadratic import centre_and_scale

LEARNED_FROM = 20_000
"""Rows that the weights are learned from, at most."""

ROUNDS, BEND = 4, 2.0
"""How often rows are weighed anew, and the standard deviations beyond which a row weighs less (Huber's)."""

WIDEST = 64
"""Columns beyond which each is forecast from its own past alone: the weights of all pairs would outnumber the rows."""

SEASONS = 5
"""A season enters when the longest run holds so many: before it is known once, nothing can be forecast."""


@dataclass(frozen=True)
class Autoregression(Detector):
    """Each column's error of a linear forecast, in units of its usual error; causal.

    Forecast are a column's value from its own last `lags` values, from the three around one season ago where there is a season,
    and from the last value of every other column. The weights are a ridge regression in which rows that fit badly weigh less, so
    that anomalies among the training rows bend it little.

    fit: runs of shape (n, d) in order of time, one of ten rows more than the longest lag. score: (n,), root mean square over
    columns, 0 and up. A training row's own score is that of the regression without it, by its leverage. A run's first rows, as
    many as the longest lag, score 0.

    >>> t = np.arange(800)
    >>> wave = Matrix.of(np.sin(t / 5) + np.random.default_rng(0).normal(0, 0.05, 800))
    >>> detector = Autoregression()
    >>> state = detector.fit(wave, np.random.default_rng(0))
    >>> values = wave.values.copy()
    >>> values[500] += 0.7  # well within the range of the series
    >>> int(np.argmax(detector.score(state, Matrix.of(values))))
    500
    """

    card = Card(
        "Ridge autoregression",
        "Box and Jenkins 1970, Time series analysis; weights robust by Huber 1964, doi:10.1214/aoms/1177703732",
        "values that do not follow from the recent past: spikes, breaks, and columns that part from each other",
        "a few regressions of lags and columns; scoring takes a product a lag and column",
    )
    kind = "sequence"
    examples = ({}, {"lags": 4, "season": 25}, {"lags": 4, "across": False}, {"lags": 4, "ridge": 100.0})
    layout = {
        "center": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "usual": Holds("float64", "d"),
        "lag": Holds("int64", "k", below=100_002, low=1),
        "own": Holds("float64", "d", "k"),
        "others": Holds("float64", "d", "across"),
        "bias": Holds("float64", "d"),
    }

    lags: int = param(16, low=1, high=1_000, help="How many of its latest values a column is forecast from.", unit="rows")
    season: int = param(0, low=0, high=100_000, help="Rows of a season; 0 finds it in the data, if there is one.", unit="rows")
    across: bool = param(True, help="Whether the other columns' latest values count, in up to 64 columns.")
    ridge: float = param(1.0, low=0.0, high=1e9, help="How strongly weights are held near 0, in rows.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the weights; TooFewRowsError when no run is ten rows longer than the longest lag."""
        longest = max(run.stop - run.start for run in matrix.runs)
        lag = self._lags(matrix, longest)
        if longest < lag[-1] + 10:
            raise TooFewRowsError.needed(f"{self.name} with lags={self.lags}", longest, int(lag[-1]) + 10)
        center, scale, _ = centre_and_scale(matrix.values)
        d = matrix.width
        state: State = {
            "center": center,
            "scale": scale,
            "usual": np.ones(d),
            "lag": lag,
            "own": np.zeros((d, len(lag))),
            "others": np.zeros((d, d if self.across and 1 < d <= WIDEST else 0)),
            "bias": np.zeros(d),
        }
        rows = _standardised(state, matrix)
        told = _told(matrix, int(lag[-1]))
        if len(told) > LEARNED_FROM:
            told = np.sort(rng.choice(told, LEARNED_FROM, replace=False))
        for column, design in _designs(state, rows, told):
            weights, _ = self._regression(design, rows[told, column])
            state["bias"][column], k = weights[0], len(lag)
            state["own"][column] = weights[1 : k + 1]
            state["others"][column] = weights[k + 1 :]
        return state | {"usual": usual_size(self._errors(state, matrix), rows.astype(np.float32))}

    def context(self, state: State) -> int:
        """A score needs the rows back to the longest lag."""
        return int(state["lag"].max())

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The root mean square over columns of the errors in units of the usual ones."""
        return root_mean_square(self.attribute(state, matrix))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Errors as if each row had been left out of the regression: its error over one less its leverage."""
        rows, errors = _standardised(state, matrix), self._errors(state, matrix)
        told = _told(matrix, int(state["lag"].max()))
        if len(told):
            for column, design in _designs(state, rows, told):
                errors[told, column] /= 1.0 - self._regression(design, rows[told, column], rounds=1)[1]
        return root_mean_square((errors / state["usual"]) ** 2)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The square of each column's error in units of the usual one."""
        return (self._errors(state, matrix) / state["usual"]) ** 2

    def _lags(self, matrix: Matrix, longest: int) -> NDArray[np.int64]:
        found = self.season or season(matrix, max(1, longest // SEASONS))
        recent = np.arange(1, self.lags + 1)
        return np.union1d(recent, [found - 1, found, found + 1]) if found > self.lags else recent

    def _errors(self, state: State, matrix: Matrix) -> Floats:
        rows = _standardised(state, matrix)
        weights = (state["lag"], state["own"], state["others"], state["bias"])
        parts = [rows[run] - linear_forecasts(rows[run], *weights) for run in matrix.runs]
        return np.concatenate(parts) if parts else np.empty(rows.shape)

    def _regression(self, design: Floats, target: Floats, rounds: int = ROUNDS) -> tuple[Floats, Floats]:
        """Weights, and each row's leverage, at most a half."""
        weigh = np.ones(len(target))
        held = self.ridge * np.eye(design.shape[1]) + 1e-9 * len(target) * np.eye(design.shape[1])
        held[0, 0] = 1e-9 * len(target)  # the constant is free
        for _ in range(rounds):
            heavy = design * weigh[:, None]
            gram = heavy.T @ design + held
            weights = np.linalg.solve(gram, heavy.T @ target)
            error = np.abs(target - design @ weights)
            usual = NORMAL * np.median(error)
            weigh = np.minimum(1.0, BEND * usual / np.maximum(error, 1e-12)) if usual > 0 else weigh
        leverage = np.einsum("nk,nk->n", heavy, np.linalg.solve(gram, design.T).T)
        return weights, np.clip(leverage, 0.0, 0.5)


def _standardised(state: State, matrix: Matrix) -> Floats:
    return np.ascontiguousarray(np.clip((matrix.values - state["center"]) / state["scale"], -LIMIT, LIMIT), dtype=np.float64)


def _told(matrix: Matrix, lag: int) -> NDArray[np.intp]:
    """The rows that have a past long enough to be forecast."""
    return np.concatenate([np.arange(min(run.start + lag, run.stop), run.stop) for run in matrix.runs])


def _designs(state: State, rows: Floats, told: NDArray[np.intp]) -> Iterator[tuple[int, Floats]]:
    """For each column what its rows are forecast from: 1, its own past, the row before."""
    before = rows[told - 1][:, : state["others"].shape[1]]
    for column in range(rows.shape[1]):
        past = rows[told[:, None] - state["lag"], column]
        yield column, np.column_stack([np.ones(len(told)), past, before])
