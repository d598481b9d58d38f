"""How many distinct values there are, and how many rows repeat one: exact up to a size that is told, then estimated."""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.hashing import MISSING, REGISTER_BITS, Hashes, add_distinct, add_registers

MOST_EXACT = 1 << 17
"""Up to so many distinct values of a column are counted exactly; fewer in tables of more than 128 columns."""

MOST_ROWS = 10_000_000
"""Up to so many rows are compared with each other exactly."""


class Distinct:
    """A count of distinct hashes that does not depend on how they come in pieces; missing ones are passed over.

    >>> seen = Distinct()
    >>> seen.add(np.array([5, 7, 5, 0], dtype=np.uint64))
    >>> seen.count, seen.exact
    (2, True)
    """

    def __init__(self, most: int = MOST_EXACT) -> None:
        self._most = most
        self._slots: Hashes | None = np.zeros(min(1024, 2 * most), dtype=np.uint64)
        self._registers = np.zeros(1 << REGISTER_BITS, dtype=np.uint8)
        self._count = 0

    def add(self, hashes: Hashes) -> None:
        """Take in hashes, shape (n,)."""
        at = 0
        while self._slots is not None and at < len(hashes):
            self._count, at = add_distinct(self._slots, self._count, hashes, at)
            if at < len(hashes):
                self._grow()
        if at < len(hashes):
            add_registers(self._registers, hashes[at:])

    def _grow(self) -> None:
        if self._slots is None:
            return
        old = self._slots[self._slots != MISSING]
        if len(self._slots) >= 2 * self._most:
            add_registers(self._registers, old)
            self._slots = None
            return
        self._slots = np.zeros(2 * len(self._slots), dtype=np.uint64)
        add_distinct(self._slots, 0, old, 0)

    @property
    def exact(self) -> bool:
        """Whether `count` is exact; an estimate is within 0.8% (one standard deviation)."""
        return self._slots is not None

    @property
    def count(self) -> int:
        """How many distinct values were seen."""
        return self._count if self.exact else round(_estimate(self._registers))


def _estimate(registers: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> float:
    m = len(registers)
    raw = 0.7213 / (1.0 + 1.079 / m) * m * m / float(np.sum(np.ldexp(1.0, -registers.astype(np.int64))))
    empty = int(np.count_nonzero(registers == 0))
    return m * math.log(m / empty) if raw <= 2.5 * m and empty else raw


class Repeats:
    """How many rows equal an earlier one, from 64-bit hashes of rows.

    Beyond `most` rows only the rows whose hash falls into a share are kept; equal rows share their hash, so that they stay or go
    together and the count scales up.

    >>> rows = Repeats()
    >>> rows.add(np.array([4, 9, 4, 4], dtype=np.uint64))
    >>> rows.count, rows.share
    (2, 1.0)
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._kept: list[Hashes] = []
        self._size = 0
        self._bits = 0

    def add(self, hashes: Hashes) -> None:
        """Take in the hashes of further rows, shape (n,)."""
        self._keep(hashes)
        while self._size > self._most:
            self._bits += 1
            kept, self._kept, self._size = self._kept, [], 0
            for piece in kept:
                self._keep(piece)

    def _keep(self, hashes: Hashes) -> None:
        mask = np.uint64((1 << self._bits) - 1)
        piece = hashes if self._bits == 0 else hashes[(hashes & mask) == 0]
        self._kept.append(piece)
        self._size += len(piece)

    @property
    def share(self) -> float:
        """The share of rows that were compared, 1 where the count is exact."""
        return 0.5**self._bits

    @property
    def count(self) -> int:
        """How many rows equal an earlier row."""
        hashes = np.sort(np.concatenate(self._kept)) if self._kept else np.empty(0, dtype=np.uint64)
        return int(np.count_nonzero(hashes[1:] == hashes[:-1])) << self._bits

    def example(self) -> tuple[int, int] | None:
        """The first row that equals an earlier one, after that earlier one; None where there is none or rows were sampled."""
        if self._bits or not self._kept:
            return None
        hashes = np.concatenate(self._kept)
        order = np.argsort(hashes, kind="stable")
        same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        if not len(same):
            return None
        at = same[np.argmin(order[same + 1])]
        return int(order[at]), int(order[at + 1])
