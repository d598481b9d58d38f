"""What the moments of a file tell: its usual step, gaps, jumps back and moments that stand more than once.

>>> day = np.arange("2026-01-01", "2026-01-31", dtype="datetime64[D]").astype("datetime64[us]")
>>> facts = clock_facts(np.delete(day, 12).view(np.int64), None)
>>> facts.step, facts.regular, [(g.seconds, g.steps) for g in facts.gaps]
(86400.0, True, [(172800.0, 2.0)])
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels.hashing import Hashes

MOST_MOMENTS = 20_000_000
"""So many rows at the start of a file are looked at for the order of time."""

NAT = np.iinfo(np.int64).min
_REGULAR = 0.9
_MOST_GAPS = 20
_SECOND = 1e6


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without rows: the row after it, the moment before it (microseconds since 1970), its length."""

    row: int
    after: int
    seconds: float
    steps: float


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """All durations in seconds, all moments in microseconds since 1970.

    step: the median of the steps forward; regular: at least 90% of them are that step within 1%; steady: that share.
    gaps: stretches far longer than the others, longest first, at most 20 of them; gap_count: how many there are; missed: how many
    moments they miss when regular.
    back: rows that lie before the row they follow (of the same entity); first_back: the first of them.
    doubled: rows whose moment (and entity) an earlier row has; first_doubled: the first of them.
    a_moment: the usual number of rows at one moment, of all entities.
    """

    rows: int
    first: int
    last: int
    step: float
    steady: float
    largest_gap: float
    gaps: tuple[Gap, ...]
    gap_count: int
    missed: int
    back: int
    first_back: int
    doubled: int
    first_doubled: int
    a_moment: float

    @property
    def regular(self) -> bool:
        """Whether nearly all steps are the usual one."""
        return self.steady >= _REGULAR


class MomentKeeper:
    """Keeps the moments of a stream, and the entity of each, for `clock_facts`."""

    def __init__(self) -> None:
        self._times: list[NDArray[np.int64]] = []
        self._owners: list[Hashes] = []
        self._rows = 0

    def add(self, values: Floats, owners: Hashes | None) -> None:
        """Take in microseconds since 1970, NaN where missing, and the hashes of the entities."""
        if self._rows >= MOST_MOMENTS:
            return
        times = np.full(len(values), NAT)
        present = ~np.isnan(values)
        times[present] = values[present].astype(np.int64)
        self._times.append(times)
        self._rows += len(times)
        if owners is not None:
            self._owners.append(owners)

    def facts(self) -> ClockFacts | None:
        """What they tell, None where there are fewer than two moments."""
        if not self._times:
            return None
        return clock_facts(np.concatenate(self._times), np.concatenate(self._owners) if self._owners else None)


def clock_facts(times: NDArray[np.int64], owners: Hashes | None) -> ClockFacts | None:
    """Read the moments in the order of the file; `owners` tells entities apart. None where there are fewer than two moments."""
    rows = np.flatnonzero(times != NAT)
    if len(rows) < 2:
        return None
    times = times[rows]
    grouped = np.arange(len(times)) if owners is None else np.argsort(owners[rows], kind="stable")
    owner = np.zeros(len(times), dtype=np.uint64) if owners is None else owners[rows][grouped]
    same = owner[1:] == owner[:-1]
    filed = np.diff(times if owners is None else times[grouped])
    late = grouped[1:][same & (filed < 0)]
    if len(late):
        grouped = np.lexsort((times, owner if owners is None else owners[rows]))
        filed = np.diff(times[grouped])
    again = grouped[1:][same & (filed == 0)]
    forward = same & (filed > 0)
    steps = filed[forward]
    step = float(np.median(steps)) if len(steps) else 0.0
    steady = float(np.mean(np.abs(steps - step) <= 0.01 * step)) if len(steps) else 0.0
    ends = grouped[1:][forward]
    gaps = _gaps(steps, step, steady, times[ends] - steps, rows[ends])
    in_order = bool((times[1:] >= times[:-1]).all())  # sorting a million takes a while
    moments = 1 + int(np.count_nonzero(np.diff(times if in_order else np.sort(times))))
    return ClockFacts(
        rows=len(times),
        first=int(times.min()),
        last=int(times.max()),
        step=step / _SECOND,
        steady=steady,
        largest_gap=float(steps.max()) / _SECOND if len(steps) else 0.0,
        gaps=tuple(gaps[:_MOST_GAPS]),
        gap_count=len(gaps),
        missed=round(sum(g.steps - 1 for g in gaps)) if steady >= _REGULAR else 0,
        back=len(late),
        first_back=int(rows[late].min()) if len(late) else -1,
        doubled=len(again),
        first_doubled=int(rows[again].min()) if len(again) else -1,
        a_moment=len(times) / moments,
    )


def _gaps(steps: NDArray[np.int64], step: float, steady: float, after: NDArray[np.int64], rows: NDArray[np.int64]) -> list[Gap]:
    """Where steps are steady, any of more than one and a half; else those far beyond the dozen longest of the others."""
    if not len(steps):
        return []
    if steady >= _REGULAR:
        least = 1.5 * step
    else:
        # a night without payments is no gap: the same stretch comes back every day, and a gap is longer than what comes back
        longest = np.sort(steps)[::-1]
        least = max(3.0 * float(longest[min(12, len(longest) - 1)]), float(steps.mean()) * (math.log(len(steps)) + 9.0))
    at = np.flatnonzero(steps > least)
    at = at[np.lexsort((rows[at], -steps[at]))]
    return [
        Gap(int(r), int(a), float(s) / _SECOND, float(s) / step)
        for r, a, s in zip(rows[at].tolist(), after[at].tolist(), steps[at].tolist(), strict=True)
    ]
