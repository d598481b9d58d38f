"""The score of the Numenta Anomaly Benchmark: early detections inside windows count most, false ones cost, one threshold for all.

Source: Lavin and Ahmad 2015, doi:10.1109/ICMLA.2015.141.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ParameterError, SchemaError
from standout.core.part import Floats

FIRST = -1.0
STEEP = 5.0
TRIED = 200
"""Thresholds, where detections fall silent."""
FAR = 3.0
"""A detection more than three window widths after the last window costs as much as one with no window before it."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a detected window earns, and what a missed one and a false detection cost."""

    found: float
    missed: float
    false: float


PROFILES = {"standard": Costs(1.0, 1.0, 0.11), "low-fp": Costs(1.0, 1.0, 0.22), "low-fn": Costs(1.0, 2.0, 0.11)}


@dataclass(frozen=True)
class Stream:
    """One file's scores, shape (n,), and its windows: first and last row, both inclusive, shape (k, 2), in order and apart.

    silence: after a detection so many rows detect nothing: one event, one alert.
    """

    scores: Floats
    windows: NDArray[np.int64]
    silence: int = 0

    def __post_init__(self) -> None:
        windows = np.asarray(self.windows, dtype=np.int64).reshape(-1, 2)
        object.__setattr__(self, "windows", windows)
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=np.float64))
        if not np.isfinite(self.scores).all():
            raise ParameterError("A score is not finite.", "Give finite scores.")
        flat = windows.ravel()
        if len(flat) and (flat[0] < 0 or flat[-1] >= len(self.scores) or (np.diff(flat) < 0).any()):
            raise SchemaError(
                "Windows overlap, run backwards or reach beyond the scores.", "Give them in order, within the rows."
            )


def probation(n: int) -> int:
    """How many first rows are not judged: 15% of at most 5,000 rows.

    >>> probation(4000), probation(20_000)
    (600, 750)
    """
    return min(math.floor(0.15 * n), 750)


def nab_score(streams: Sequence[Stream], profile: str = "standard") -> tuple[float, float]:
    """The best score that one threshold for all streams reaches, and that threshold; 100 is perfect, 0 detects nothing.

    A detection is a row whose score is at least the threshold, outside of the silence after another; infinity as a threshold means
    that silence was best. Without silences every threshold is tried, with them 200, even in the logarithm of how many rows reach them.

    >>> spike = np.zeros(1000)
    >>> spike[500:502] = 1.0
    >>> nab_score([Stream(spike, np.array([[500, 599]]))])
    (100.0, 1.0)
    """
    if profile not in PROFILES:
        raise ParameterError(f"The profile is {profile!r}.", f"Choose one of {', '.join(PROFILES)}.")
    costs = PROFILES[profile]
    total = sum(len(s.windows) for s in streams)
    if not total:
        raise ParameterError("No stream has a window, so there is nothing to find.", "Give at least one stream with a window.")
    thresholds, reached = (_with_silences if any(s.silence for s in streams) else _of_every_threshold)(streams, costs)
    if not len(reached) or reached.max() <= 0:
        return 0.0, math.inf
    best = int(np.argmax(reached))
    return float(100 * reached[best] / (total * (costs.found + costs.missed))), float(thresholds[best])


def detections(stream: Stream, threshold: float) -> NDArray[np.intp]:
    """The judged rows that reach a threshold, without those in the silence after another one.

    >>> detections(Stream(np.array([0.0, 5, 5, 0, 5]), np.empty((0, 2)), silence=2), 1.0).tolist()
    [1, 4]
    """
    start = probation(len(stream.scores))
    rows = start + np.flatnonzero(stream.scores[start:] >= threshold)
    if not stream.silence:
        return rows
    kept, at = [], 0
    while at < len(rows):
        kept.append(rows[at])
        at = int(np.searchsorted(rows, rows[at] + stream.silence, side="right"))
    return np.array(kept, dtype=np.intp)


def _with_silences(streams: Sequence[Stream], costs: Costs) -> tuple[Floats, Floats]:
    """Thresholds, and what each reaches."""
    judged = np.sort(np.concatenate([s.scores[probation(len(s.scores)) :] for s in streams]))[::-1]
    if not len(judged):
        return judged, judged
    thresholds = np.unique(judged[np.unique(np.geomspace(1, len(judged), TRIED).astype(np.int64)) - 1])
    worths = [_worths(stream, costs) for stream in streams]
    reached = np.zeros(len(thresholds))
    for i, threshold in enumerate(thresholds.tolist()):
        for stream, (worth, owner) in zip(streams, worths, strict=True):
            rows = detections(stream, threshold)
            # the first detection in a window is worth most, and also takes back the cost of missing it
            found, first = np.unique(owner[rows], return_index=True)
            first = first[found >= 0]
            reached[i] += worth[rows[owner[rows] < 0]].sum() + worth[rows[first]].sum() + costs.missed * len(first)
    return thresholds, reached


def _of_every_threshold(streams: Sequence[Stream], costs: Costs) -> tuple[Floats, Floats]:
    """Thresholds, and what each reaches."""
    parts = [_gains(stream, costs) for stream in streams]
    scores, gains = (np.concatenate([p[i] for p in parts]) for i in (0, 1))
    order = np.argsort(-scores, kind="stable")
    scores, reached = scores[order], np.cumsum(gains[order])
    last = np.flatnonzero(np.r_[scores[1:] != scores[:-1], True]) if len(scores) else np.empty(0, dtype=np.int64)
    return scores[last], reached[last]


def _gains(stream: Stream, costs: Costs) -> tuple[Floats, Floats]:
    """For each judged row, its score and what detecting it adds once all higher scores of its stream are detected."""
    scores, start = stream.scores, probation(len(stream.scores))
    worth, _ = _worths(stream, costs)
    gains = worth.copy()
    for left, right in stream.windows.tolist():
        rows = np.arange(max(left, start), right + 1)
        order = np.argsort(-scores[rows], kind="stable")
        best = np.maximum.accumulate(worth[rows][order])
        # the first detection also takes back the cost of missing the window
        gains[rows[order]] = np.diff(best, prepend=-costs.missed)
    return scores[start:], gains[start:]


def _worths(stream: Stream, costs: Costs) -> tuple[Floats, NDArray[np.int64]]:
    """What a detection at each row earns, below 0 outside of windows, and which window holds the row, -1 for none."""
    n = len(stream.scores)
    owner, weight = np.full(n, -1, dtype=np.int64), np.full(n, -1.0)
    for k, (left, right) in enumerate(stream.windows.tolist()):
        owner[left : right + 1] = k
        after = np.arange(right + 1, n)
        # a window of one row has no width to measure by: what follows it is far
        position = (after - right) / (right - left) if right > left else np.full(len(after), np.inf)
        weight[right + 1 :] = np.where(position > FAR, -1.0, _sigmoid(np.minimum(position, FAR)))
    worth = costs.false * weight
    for left, right in stream.windows.tolist():
        rows = np.arange(left, right + 1)
        worth[rows] = costs.found * _sigmoid(-(right - rows + 1) / (right - left + 1)) / _sigmoid(np.array(FIRST))
    return worth, owner


def _sigmoid(x: Floats) -> Floats:
    return 2.0 / (1.0 + np.exp(STEEP * x)) - 1.0
