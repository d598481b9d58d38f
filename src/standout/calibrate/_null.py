"""Counting among the scores of normal rows, and the tail beyond the highest: what several calibrators share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._tail import Tail, find_tail
from standout.core.calibrator import Calibrator, finite
from standout.core.errors import TooFewRowsError
from standout.core.part import Floats, State
from standout.kernels.counting import count_below

REACH = 100.0
"""How far below 1 / (n + 1) a fitted tail keeps its promise: the realised rates are in decision 0010."""

MANY = 100_000
"""From so many scores on a compiled search on all cores is quicker than numpy's."""

TAIL_ROWS = 500
"""Fewer rows have too few peaks for a tail."""


def learned(who: str, scores: Floats, most: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Finite scores, ascending, a seeded sample where there are more than `most`; TooFewRowsError where there are none."""
    if not len(scores):
        raise TooFewRowsError.needed(who, 0, 1)
    kept = finite(who, scores)
    if len(kept) > most:
        kept = kept[rng.choice(len(kept), most, replace=False)]
    return np.sort(kept)


def counted(null: Floats, scores: Floats) -> NDArray[np.float64]:
    """(1 + how many of the ascending null are at least as high) / (1 + n), shape (n,): ties count against the row."""
    few = len(scores) < MANY or not len(null)
    as_high = len(null) - (np.searchsorted(null, scores, side="left") if few else count_below(null, scores))
    return np.asarray((1.0 + as_high) / (1.0 + len(null)), dtype=np.float64)


def counted_with_tail(null: Floats, tail: Tail | None, scores: Floats) -> NDArray[np.float64]:
    """Counted up to the highest score of the null; beyond, its p-value times the tail's share of yet higher ones.

    Of n + 1 exchangeable scores a new one is the highest with chance 1 / (n + 1). The ratio of the two highest scores' tail
    probabilities is uniform, so that the product is too, wherever the tail is right; above 1 / (n + 1) nothing is assumed.
    """
    p = counted(null, scores)
    if tail is not None:
        beyond = scores > tail.start
        p[beyond] = tail.beyond(scores[beyond]) / (1.0 + len(null))
    return p


def pack(tail: Tail | None) -> NDArray[np.float64]:
    """A tail as an array for a state, shape (1, 3); no tail has shape (0, 3)."""
    return np.empty((0, 3)) if tail is None else np.array([[tail.start, tail.shape, tail.scale]])


def unpack(array: Floats) -> Tail | None:
    """The inverse of `pack`."""
    return Tail(*map(float, array[0])) if len(array) else None


def null_with_tail(null: NDArray[np.float64]) -> State:
    """A state of ascending scores and the tail beyond them."""
    return {"null": null, "tail": pack(find_tail(null))}


def counted_level(rows: int) -> float:
    """The smallest p-value that counting among so many rows can give."""
    return 1.0 / (1.0 + rows)


def counted_rows(level: float) -> int:
    """The rows that counting needs to reach a level; as many as a float can tell where the level is next to nothing."""
    return max(1, math.ceil(round(1.0 / level, 6)) - 1)


class KeepsTail(Calibrator):
    """A calibrator whose state is `null_with_tail`: how it reads one, whatever scores it keeps."""

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Counted to the highest score of the null and extrapolated beyond; ties count against the row."""
        return counted_with_tail(state["null"], unpack(state["tail"]), finite(self.name, scores))

    def smallest_level(self, state: State) -> float:
        """1 / (n + 1) for n scores of the null, or a hundredth of it where a tail was fitted."""
        return counted_level(len(state["null"])) / (REACH if len(state["tail"]) else 1.0)

    def rows_for(self, level: float) -> int:
        """A hundredth of what counting takes, and no fewer than a tail needs unless counting needs less."""
        return min(counted_rows(level), max(TAIL_ROWS, counted_rows(min(1.0, level * REACH))))
