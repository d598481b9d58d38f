"""Conformal p-values among the latest scores: a null that follows a world that drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._null import REACH, TAIL_ROWS, counted, counted_level, counted_rows, counted_with_tail
from standout.calibrate._tail import find_tail
from standout.core.calibrator import Calibrator, finite
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class MovingNull(Calibrator):
    """p = (1 + latest scores at least as high) / (1 + latest scores), each taken before its row was learned.

    For detectors that adapt, and for a stream that drifts slowly against the window. Alarms take their place among the latest
    too: a state that lasts becomes the new normal after a window. A batch is judged by the null as it stood before it.

    >>> part = MovingNull(window=20)
    >>> null = part.fit(np.arange(20.0), np.random.default_rng(0))
    >>> before = part.p_values(null, np.array([19.0]))
    >>> part.move(null, np.arange(100.0, 120.0))
    >>> before.round(3).tolist(), part.p_values(null, np.array([19.0])).tolist()
    ([0.095], [1.0])
    """

    card = Card(
        "Moving null",
        "Vovk et al. 2003 (testing exchangeability on-line), ICML; Laxhammar & Falkman 2014, doi:10.1007/s10472-013-9381-7",
        "how rare a score is among the latest",
        "one sort of the window for each batch scored",
    )
    examples = ({}, {"window": 500, "tail": False})
    layout = {"ring": Holds("float64", "window"), "next": Holds("int64", 1, below="window"), "filled": Holds("int64", 1)}

    window: int = param(1_000, low=20, high=100_000, help="How many of the latest scores are the null.", unit="scores")
    tail: bool = param(True, help="Whether scores above all of the latest are told apart along a fitted tail, if one fits.")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the last scores in the order given; TooFewRowsError where there are none, NotFiniteError for one that is no number."""
        if not len(scores):
            raise TooFewRowsError.needed(self.name, 0, 1)
        state: State = {"ring": np.zeros(self.window), "next": np.zeros(1, np.int64), "filled": np.zeros(1, np.int64)}
        self.move(state, scores)
        return state

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Counted among the latest, ties against the row; beyond the highest of them along the tail."""
        null, scores = np.sort(_latest(state)), finite(self.name, scores)
        if self.tail and len(null) and len(scores) and float(scores.max()) > float(null[-1]):
            return counted_with_tail(null, find_tail(null), scores)
        return counted(null, scores)

    def move(self, state: State, scores: Floats) -> None:
        """The newest scores take the place of the oldest, in place."""
        ring, size = state["ring"], len(state["ring"])
        values, at = finite(self.name, scores), int(state["next"][0])
        places = np.arange(len(values))[-size:]
        ring[(at + places) % size] = values[places]
        state["next"][0] = (at + len(values)) % size
        state["filled"][0] = min(size, int(state["filled"][0]) + len(values))

    def smallest_level(self, state: State) -> float:
        """1 / (n + 1) for n latest scores, or a hundredth of it where a tail fits them now."""
        null = np.sort(_latest(state))
        return counted_level(len(null)) / (REACH if self.tail and find_tail(null) is not None else 1.0)

    def rows_for(self, level: float) -> int:
        """The rows, and the window, that a level takes."""
        rows = counted_rows(level)
        return min(rows, max(TAIL_ROWS, counted_rows(min(1.0, level * REACH)))) if self.tail else rows


def _latest(state: State) -> NDArray[np.float64]:
    return state["ring"][: max(0, int(state["filled"][0]))]
