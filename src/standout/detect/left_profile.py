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
from standout.kernels.trailing import on_grid

WARM = 30
"""Earlier rows before a surprise is told."""

FLOOR = 0.02
"""Added to distances, in standard deviations of the training rows: below it windows count as equal."""

BEYOND = 1024.0
"""Standard deviations of the training rows beyond which a value counts as no further out."""

RECENT, BEFORE, SPREAD = 5, 50, 0.05
"""Rows on either side of a step, and the least spread that it is measured in, in standard deviations of the training rows."""

NONE = -1.0
"""Stands for the distance of a row without a past to be distant from: that says nothing of how usual a distance of 0 is."""


@dataclass(frozen=True)
class LeftProfile(Detector):
    """How surprising, among the latest rows, windows that end now are, of several lengths, and a step: the length of these surprises.

    The surprise of a quantity is -log10 of how often it was as high before, with an extrapolated tail. A window's quantity is
    its distance to the nearest earlier window (the left matrix profile), the step's how far the mean of the last five rows lies
    from that of the fifty before. Rarity is counted in events: a row that stood out alone weighs among the past as much as a
    stretch of `event` rows, so that one score means one rate of events, whether they come as spikes or as stretches. The score is
    the root of the sum of squares: what one length sees clearly counts more than what all see faintly. As each row is only compared
    with what came before it, training rows are scored as any others. Every run begins anew.

    fit: shape (n, d), n >= 1, learns each feature's spread. score: (n,), unit: -log10 of a share, 0 and up; the first 30 rows
    score 0, and a few hundred are told by fewer windows. Of each entity the latest `memory` rows and their distances are
    remembered, so that it goes live at a cost that never grows; it is not fitted again, as its memory is what it learns by.

    >>> t = np.arange(900)
    >>> wave = np.sin(t * 2 * np.pi / 30) + np.random.default_rng(0).normal(0, 0.1, 900)
    >>> wave[600:612] = 0.0  # a hill is missing
    >>> state = LeftProfile().fit(Matrix.of(wave), np.random.default_rng(0))
    >>> 600 <= int(np.argmax(LeftProfile().score(state, Matrix.of(wave)))) < 650
    True
    """

    card = Card(
        "Left matrix profile at several lengths",
        "Yeh et al. 2016, doi:10.1109/ICDM.2016.0179; tails by Hill 1975, doi:10.1214/aos/1176343247",
        "the first moment of something new in a stream: values, levels and shapes not seen so far",
        "rows times memory, for each length; 16,000 rows take a second. Live, 30 bytes for each row and entity remembered",
    )
    kind = "sequence"
    examples = ({}, {"shortest": 2, "lengths": 2}, {"memory": 50}, {"event": 10})
    layout = {"spread": Holds("float64", "d")}

    shortest: int = param(4, low=1, high=1_000, help="Rows in the shortest window.", unit="rows")
    lengths: int = param(5, low=1, high=10, help="How many windows are compared, each twice as long as the one before.")
    memory: int = param(4_000, low=50, high=100_000, help="How many earlier rows are looked back on.", unit="rows")
    event: int = param(25, low=1, high=10_000, help="How many rows one event takes, in which its rarity is counted.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Each feature's standard deviation; 1 where it is constant. `rng` and labels are not used."""
        spread = matrix.values.std(axis=0, dtype=np.float64)
        return {"spread": np.where(spread > 0, spread, 1.0)}

    def remembers(self, state: State) -> tuple[int, int]:
        """As many rows as are looked back on from the first row of what is looked back on; their values and distances."""
        return self.memory + max(self._windows[-1], self.event, RECENT + BEFORE), 2 * len(state["spread"]) + self.lengths

    def reach(self, state: State) -> int:
        """A row is part of the longest window for so many rows."""
        return self._windows[-1]

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Each run on its own, from its beginning or behind what is remembered of it."""
        parts = [self.follow(state, *piece)[0] for piece in matrix.pieces(self.remembers(state)[1])]
        return np.concatenate(parts) if parts else np.empty(0)

    def follow(self, state: State, memory: NDArray[np.float32], rows: NDArray[np.float32]) -> tuple[Floats, NDArray[np.float32]]:
        """The scores of rows behind a memory, and the memory after them."""
        begin, width = len(memory), rows.shape[1]
        values = np.concatenate([memory[:, :width], rows])
        told = np.concatenate([memory[:, width:], self._distances(state, values, begin).astype(np.float32)])
        each = np.stack([self._surprises(column, begin) for column in np.ascontiguousarray(told.T)], axis=1)
        step = each[:, :width].max(axis=1, initial=0.0)
        score = np.sqrt(step**2 + (each[:, width:] ** 2).sum(axis=1))
        return score, np.concatenate([values, told], axis=1)[-self.remembers(state)[0] :]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The score shared out by what each channel would score if it were the only one.

        Of a run behind a memory that is what it would score had the remembered rows been the first.
        """
        whole = self.score(state, matrix)
        if matrix.width == 1:
            return whole[:, None]
        alone = np.empty(matrix.values.shape)
        for run, (memory, rows) in zip(matrix.runs, matrix.pieces(self.remembers(state)[1]), strict=True):
            for channel in range(matrix.width):
                own, only = {"spread": state["spread"][channel : channel + 1]}, slice(channel, channel + 1)
                both = np.concatenate([memory[:, only], rows[:, only]])
                alone[run, channel] = self.follow(own, np.empty((0, self.remembers(own)[1]), dtype=np.float32), both)[0][
                    len(memory) :
                ]
        return alone * (whole / np.maximum(alone.sum(axis=1), 1e-300))[:, None]

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The same: no row is compared with itself or with what comes after."""
        return self.score(state, matrix)

    @property
    def _windows(self) -> list[int]:
        return [self.shortest * 2**k for k in range(self.lengths)]

    def _distances(self, state: State, values: NDArray[np.float32], begin: int) -> Floats:
        """Each channel's step and the distance of each window, of the rows from `begin` on: (rows, channels + windows)."""
        grid, worth = on_grid(values / np.maximum(state["spread"], 1e-12), self._windows[-1], BEYOND)
        back = min(begin, RECENT + BEFORE - 1)
        channels = np.ascontiguousarray(grid[begin - back :].T) * worth
        step = np.stack([steps(channel, RECENT, BEFORE, SPREAD)[back:] for channel in channels], axis=1)
        step[: max(0, RECENT + BEFORE - 1 - begin)] = NONE
        near = np.sqrt(nearest_before(grid, self._windows, self.memory, begin)) * worth
        near += FLOOR * np.sqrt(self._windows)
        return np.concatenate([step, np.where(np.isinf(near), NONE, near)], axis=1)

    def _surprises(self, told: NDArray[np.float32], begin: int) -> Floats:
        """Of the values from `begin` on, among those before; the first rows of a run have none."""
        some = told >= 0.0
        first = int(np.argmax(some)) if some.any() else len(told)
        found = np.zeros(len(told) - begin)
        values = np.maximum(told[first:].astype(np.float64), 0.0)
        found[max(0, first - begin) :] = surprises(values, self.memory, WARM, self.event, max(0, begin - first))
        return found
