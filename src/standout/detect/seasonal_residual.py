"""Values that are neither the level of late nor what the season usually brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._period import season
from standout.detect._residuals import root_mean_square, usual_size
from standout.kernels.seasons import left_over

LEVEL = 64
"""Rows of the level where no season was found."""


@dataclass(frozen=True)
class SeasonalResidual(Detector):
    """What is left of each value without its level and its season, in units of what is usually left; causal.

    The level is the median of the last season's rows. The season's part is the median, over up to `cycles` earlier seasons, of how
    far the same moment lay above the level of its time. Both are medians of the past alone, so that an anomaly neither bends what
    came before it nor, seen once, becomes the custom. The season is found in the data unless told.

    fit: runs of shape (n, d) in order of time, the longest of two seasons at least. score: (n,), root mean square over columns,
    0 and up, about 1.5 where residuals are normal. The rows of a run before its level (and, with a season, the first one after)
    is known score 0.

    >>> t = np.arange(1200)
    >>> wave = Matrix.of(np.sin(t * 2 * np.pi / 48) + np.random.default_rng(0).normal(0, 0.05, 1200))
    >>> detector = SeasonalResidual()
    >>> state = detector.fit(wave, np.random.default_rng(0))
    >>> values = wave.values.copy()
    >>> values[900] = 0.5  # an ordinary value at the wrong moment
    >>> int(state["season"][0]), int(np.argmax(detector.score(state, Matrix.of(values))))
    (48, 900)
    """

    card = Card(
        "Seasonal-trend residual",
        "Cleveland et al. 1990, STL: a seasonal-trend decomposition procedure based on loess; with running medians of the past, as "
        "in Vallis et al. 2014, A novel technique for long-term anomaly detection in the cloud",
        "values at the wrong hour: what is ordinary at another moment of the season",
        "one insertion and one removal in a sorted season a value",
    )
    kind = "sequence"
    examples = ({}, {"season": 25}, {"season": 25, "cycles": 2})
    layout = {
        "season": Holds("int64", 1, below=100_001),
        "window": Holds("int64", 1, below=100_001, low=1),
        "usual": Holds("float64", "d"),
    }

    season: int = param(0, low=0, high=100_000, help="Rows of a season; 0 finds it in the data.", unit="rows")
    cycles: int = param(4, low=1, high=50, help="At most how many earlier seasons are compared with.", unit="seasons")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Find the season and what is usually left over; TooFewRowsError when no run holds two seasons."""
        longest = max(run.stop - run.start for run in matrix.runs)
        found = self.season or season(matrix)
        if found and longest < 2 * found:
            raise TooFewRowsError.needed(f"{self.name} with season={found}", longest, 2 * found)
        state: State = {"season": np.array([found]), "window": np.array([found or max(1, min(LEVEL, longest // 2))])}
        left = [self._left(state, matrix.values[run]) for run in matrix.runs]
        return state | {"usual": usual_size(np.concatenate(left), matrix.values)}

    def context(self, state: State) -> int:
        """A score needs the seasons that it compares with, and the level of the earliest of them."""
        return int(state["season"][0]) * self.cycles + int(state["window"][0]) - 1

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The root mean square over columns of what is left, in units of what is usually left."""
        return root_mean_square(self.attribute(state, matrix))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The same: a row is compared with what came before it, and of itself only the usual size knows."""
        return self.score(state, matrix)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The square of each column's residual in units of the usual one."""
        left = [self._left(state, matrix.values[run]) for run in matrix.runs]
        return (np.concatenate(left) / state["usual"]) ** 2 if left else np.empty(matrix.values.shape)

    def _left(self, state: State, rows: NDArray[np.float32]) -> Floats:
        season, window = int(state["season"][0]), int(state["window"][0])
        left = left_over(rows.astype(np.float64), window, season, self.cycles)
        left[: 2 * season - 1 if season else window - 1] = 0.0
        return left
