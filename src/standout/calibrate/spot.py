"""SPOT: the tail of a stream's scores, fitted anew with each peak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.calibrate._peaks import LAYOUT, p_values_of, reach, rows_needed, started, take_in
from standout.core.calibrator import Calibrator, finite
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class Spot(Calibrator):
    """Peaks over a threshold that stays, with a generalised-Pareto tail that learns from each new peak.

    For a stream whose level and spread stay. What is rarer than `anomalous` is taken for an anomaly and not learned from.
    Unlike the published method the tail is estimated without a search and of a bounded number of peaks. Its promise rests on the
    form of the tail alone: on data that drift it is broken often, and `moving-null` is the one to take.

    >>> scores = np.random.default_rng(0).exponential(size=1000)
    >>> part = Spot()
    >>> null = part.fit(scores, np.random.default_rng(0))
    >>> part.p_values(null, np.array([4.6, 30.0])).round(2).tolist()
    [0.01, 0.0]
    """

    card = Card(
        "SPOT: streaming peaks over threshold",
        "Siffer et al. 2017, doi:10.1145/3097983.3098144; Zhang & Stephens 2009, doi:10.1198/tech.2009.08017",
        "how rare a score is in a stream that stays as it is, far beyond what was seen",
        "a comparison a row, a tenth of a millisecond a peak",
    )
    examples = ({}, {"share": 0.1, "kept": 60, "anomalous": 0.001})
    layout = LAYOUT

    share: float = param(0.05, low=0.005, high=0.5, help="The share of the first scores that are peaks.")
    kept: int = param(500, low=20, high=10_000, help="How many of the latest peaks the tail is fitted to.", unit="peaks")
    anomalous: float = param(1e-4, above=0.0, high=0.1, help="The p-value below which a score is not learned from.")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Learn from the first scores; TooFewRowsError below 10 peaks, NotFiniteError for one that is no number."""
        return started(self.name, finite(self.name, scores), self.share, self.kept)

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Along the tail above the threshold, counted among the first scores below it."""
        return p_values_of(state, finite(self.name, scores))

    def move(self, state: State, scores: Floats) -> None:
        """Take in scores one after the other, in place; anomalies only go by."""
        values, passed = finite(self.name, scores), 0
        threshold = float(state["threshold"][0])
        for at in np.flatnonzero(values > threshold).tolist():
            state["seen"][0] += at - passed
            passed = at + 1
            take_in(state, float(values[at]) - threshold, self.anomalous)
        state["seen"][0] += len(values) - passed

    def smallest_level(self, state: State) -> float:
        """1 / (n + 1) for the n rows taken in so far; the peaks' share where they tie and have no tail."""
        return reach(state)

    def rows_for(self, level: float) -> int:
        """What counting takes, and no fewer than the first ten peaks."""
        return rows_needed(level, self.share)
