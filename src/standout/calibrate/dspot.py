"""DSPOT: SPOT on how far a score lies above the mean of those before it, for streams whose level drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._peaks import LAYOUT, p_values_of, reach, rows_needed, started, take_in
from standout.core.calibrator import Calibrator, finite
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param
from standout.kernels.moving_mean import next_above


@dataclass(frozen=True)
class Dspot(Calibrator):
    """Peaks of a score's height above the mean of the `depth` scores before it, with a tail that learns from each peak.

    For a stream whose level drifts while its spread stays. What is rarer than `anomalous` enters neither the mean nor the tail. A
    batch is judged by the mean as it stood before it, so that small batches follow a drift more closely.

    >>> scores = np.random.default_rng(0).exponential(size=1000) + np.linspace(0, 50, 1000)
    >>> part = Dspot()
    >>> null = part.fit(scores, np.random.default_rng(0))
    >>> part.p_values(null, np.array([50.0, 90.0])).round(2).tolist()
    [0.96, 0.0]
    """

    card = Card(
        "DSPOT: streaming peaks over threshold with drift",
        "Siffer et al. 2017, doi:10.1145/3097983.3098144; Zhang & Stephens 2009, doi:10.1198/tech.2009.08017",
        "how rare a score's height above the latest mean is, far beyond what was seen",
        "a sum over the depth a row, a tenth of a millisecond a peak",
    )
    examples = ({}, {"share": 0.1, "kept": 60, "anomalous": 0.001, "depth": 20})
    layout = LAYOUT | {"recent": Holds("float64", "depth"), "next": Holds("int64", 1, below="depth")}

    share: float = param(0.05, low=0.005, high=0.5, help="The share of the first scores that are peaks.")
    kept: int = param(500, low=20, high=10_000, help="How many of the latest peaks the tail is fitted to.", unit="peaks")
    anomalous: float = param(1e-4, above=0.0, high=0.1, help="The p-value below which a score is not learned from.")
    depth: int = param(100, low=1, high=10_000, help="Over how many scores before it the mean is taken.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Learn from the first scores in their order; TooFewRowsError below 10 peaks, NotFiniteError for one that is no number."""
        values = finite(self.name, scores)
        if len(values) <= self.depth:
            raise TooFewRowsError.needed(self.name, len(values), self.depth + rows_needed(1.0, self.share))
        before = np.lib.stride_tricks.sliding_window_view(values, self.depth)[:-1].sum(axis=1) / self.depth
        state = started(self.name, values[self.depth :] - before, self.share, self.kept)
        return state | {"recent": values[-self.depth :].copy(), "next": np.zeros(1, dtype=np.int64)}

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Of each score's height above the latest mean."""
        return p_values_of(state, finite(self.name, scores) - _mean(state))

    def move(self, state: State, scores: Floats) -> None:
        """Take in scores one after the other, in place; anomalies only go by."""
        values = np.ascontiguousarray(finite(self.name, scores))
        recent, limit = state["recent"], float(state["threshold"][0])
        at, start = int(state["next"][0]), 0
        while start < len(values):
            found, at, height = next_above(values, start, recent, at, limit)
            state["seen"][0] += found - start
            if found < len(values) and take_in(state, height - limit, self.anomalous):
                recent[at] = values[found]
                at = (at + 1) % len(recent)
            start = found + 1
        state["next"][0] = at

    def smallest_level(self, state: State) -> float:
        """1 / (n + 1) for the n rows taken in so far; the peaks' share where they tie and have no tail."""
        return reach(state)

    def rows_for(self, level: float) -> int:
        """What counting takes, and no fewer than the first ten peaks, behind the first mean."""
        return self.depth + rows_needed(level, self.share)


def _mean(state: State) -> NDArray[np.float64]:
    return np.asarray(np.add.reduce(state["recent"]) / len(state["recent"]))
