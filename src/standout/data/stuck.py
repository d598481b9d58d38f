"""Sensors that stand still: the longest run of one value in each entity's series, followed while the file streams by."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels.counting import runs
from standout.kernels.hashing import Hashes

MOST_ENTITIES = 100_000
"""Runs are followed while there are at most so many entities."""

_LEAST_LENGTH = 20
_MOVING = 0.5
_TIMES = 4
_CHANCE = math.log(1e-6)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of one value: its first row in the file, its length in rows of its entity, the value, how often the rest moves."""

    row: int
    length: int
    value: float
    moving: float


class Owners:
    """Numbers the entities of a stream, in order of first appearance."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._known)

    def number(self, hashes: Hashes | None, rows: int) -> NDArray[np.int64]:
        """The number of each row's entity, shape (n,)."""
        if hashes is None:
            self._known.setdefault(0, 0)
            return np.zeros(rows, dtype=np.int64)
        values, inverse = np.unique(hashes, return_inverse=True)
        numbers = np.array([self._known.setdefault(v, len(self._known)) for v in values.tolist()], dtype=np.int64)
        return numbers[inverse]


class Runs:
    """The runs of one column, for each entity."""

    def __init__(self) -> None:
        self._last = np.empty(0)
        self._what = np.empty(0)
        self._counts = np.empty((7, 0), dtype=np.int64)

    def add(self, values: Floats, owners: NDArray[np.int64], known: int, first_row: int) -> None:
        """Take in values, shape (n,), and the numbers of their entities, all below `known`."""
        fresh = known - len(self._last)
        if fresh > 0:
            self._last = np.concatenate([self._last, np.full(fresh, np.nan)])
            self._what = np.concatenate([self._what, np.full(fresh, np.nan)])
            self._counts = np.concatenate([self._counts, np.zeros((7, fresh), dtype=np.int64)], axis=1)
        runs(values, owners, first_row, self._last, self._what, self._counts)

    def stuck(self) -> Run | None:
        """The longest run that chance does not make in a series that otherwise moves; None where there is none.

        It must be many times longer than the series' second longest run: a value that rests now and then is no news.
        """
        under_way, begin, longest, where, second, changes, seen = self._counts
        open_ = under_way > longest
        length = np.where(open_, under_way, longest)
        others = np.where(open_, longest, np.maximum(second, under_way))
        rows = np.where(open_, begin, where)
        value = np.where(open_, self._last, self._what)
        moving = np.minimum(1.0, changes / np.maximum(1, seen - length))
        enough = (
            (length >= np.maximum(_LEAST_LENGTH, _TIMES * others)) & (seen - length >= 2 * _LEAST_LENGTH) & (moving >= _MOVING)
        )
        chance = length * np.log(np.maximum(1.0 - moving, 0.01)) + np.log(np.maximum(seen, 1))
        found = np.flatnonzero(enough & (chance < _CHANCE))
        if not len(found):
            return None
        o = found[np.argmax(length[found])]
        return Run(int(rows[o]), int(length[o]), float(value[o]), float(moving[o]))
