"""How unlike its own past each moment of a series is, in value and in shape: no look-ahead, nothing to train."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.rolling import nearest_before, steps, surprises

WARM = (30, 40)
"""Earlier rows before a surprise and the surprise of the sum are told."""

FLOOR = 0.02
"""Added to distances, in standard deviations of the training rows: below it windows count as equal."""

RECENT, BEFORE, SPREAD = 5, 50, 0.05
"""Rows on either side of a step, and the least spread that it is measured in, in standard deviations of the training rows."""


@dataclass(frozen=True)
class LeftProfile(Detector):
    """The surprise, among those before, of a sum of surprises: of windows that end now, of several lengths, and of a step.

    The surprise of a quantity is -log10 of how often it was as high before, with an extrapolated tail. A window's quantity is
    its distance to the nearest earlier window (the left matrix profile), the step's how far the mean of the last five rows lies
    from that of the fifty before. The surprise of the sum is counted in events: a row that stood out alone weighs among the past as
    much as a stretch of `event` rows, so that one score means one rate of events, whether they come as spikes or as stretches. As
    each row is only compared with what came before it, training rows are scored as any others. Every run begins anew.

    fit: shape (n, d), n >= 1, learns each feature's spread. score: (n,), unit: -log10 of a share, 0 and up; the first 40 rows
    score 0, and a few hundred are told by fewer windows. It needs the whole past and therefore does not go live.

    >>> t = np.arange(900)
    >>> wave = np.sin(t * 2 * np.pi / 30) + np.random.default_rng(0).normal(0, 0.1, 900)
    >>> wave[600:606] = 0.5
    >>> state = LeftProfile().fit(Matrix.of(wave), np.random.default_rng(0))
    >>> 600 <= int(np.argmax(LeftProfile().score(state, Matrix.of(wave)))) < 610
    True
    """

    card = Card(
        "Left matrix profile at several lengths",
        "Yeh et al. 2016, doi:10.1109/ICDM.2016.0179; tails by Hill 1975, doi:10.1214/aos/1176343247",
        "the first moment of something new in a stream: values, levels and shapes not seen so far",
        "rows times memory, for each length; 16,000 rows take seconds",
    )
    kind = "sequence"
    examples = ({}, {"shortest": 2, "lengths": 2}, {"memory": 75}, {"event": 10})
    layout = {"spread": Holds("float64", "d")}

    shortest: int = param(4, low=1, high=1_000, help="Rows in the shortest window.", unit="rows")
    lengths: int = param(5, low=1, high=10, help="How many windows are compared, each twice as long as the one before.")
    memory: int = param(8_000, low=50, high=100_000, help="How many earlier rows are looked back on.", unit="rows")
    event: int = param(50, low=1, high=10_000, help="How many rows one event takes, in which its rarity is counted.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Each feature's standard deviation; 1 where it is constant. `rng` and labels are not used."""
        spread = matrix.values.std(axis=0, dtype=np.float64)
        return {"spread": np.where(spread > 0, spread, 1.0)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Each run on its own, from its beginning."""
        parts = [self._of_run(state, matrix.values[run]) for run in matrix.runs]
        return np.concatenate(parts) if parts else np.empty(0)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The score shared out by what each channel would score if it were the only one."""
        whole = self.score(state, matrix)
        if matrix.width == 1:
            return whole[:, None]
        alone = np.empty(matrix.values.shape)
        for channel in range(matrix.width):
            own = {"spread": state["spread"][channel : channel + 1]}
            rows = np.ascontiguousarray(matrix.values[:, channel : channel + 1])
            alone[:, channel] = self.score(own, Matrix(rows, matrix.features[channel : channel + 1], matrix.starts))
        return alone * (whole / np.maximum(alone.sum(axis=1), 1e-300))[:, None]

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The same: no row is compared with itself or with what comes after."""
        return self.score(state, matrix)

    def _of_run(self, state: State, rows: NDArray[np.float32]) -> Floats:
        values = rows / np.maximum(state["spread"], 1e-12)
        total = np.zeros(len(values))
        begun = RECENT + BEFORE  # rows without a past say nothing of how usual a quantity of 0 is, and are left out
        for channel in range(values.shape[1]):
            step = steps(np.ascontiguousarray(values[:, channel]), RECENT, BEFORE, SPREAD)[begun:]
            np.maximum(total[begun:], surprises(step, self.memory, WARM[0]), out=total[begun:])
        for window in (self.shortest * 2**k for k in range(self.lengths)):
            near = nearest_before(values, window, self.memory)[2 * window - 1 :]
            total[2 * window - 1 :] += surprises(near + FLOOR * np.sqrt(window), self.memory, WARM[0])
        return surprises(total, self.memory, WARM[1], self.event)
