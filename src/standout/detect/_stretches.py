"""Scores of stretches of the training rows by fits that did not see them: the levels of detectors whose fit bends to its windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector
from standout.core.matrix import Matrix
from standout.core.part import Floats

PARTS, WINDOWS = 10, 2
"""Parts of the training rows that are left out in turn, each a stretch of time, and windows that each must hold."""

HEIGHTS, FLAT = (0.5, 0.9), 1e-6
"""Where scores are held against each other, and the share of the upper one below which they do not differ."""


def unseen_levels(detector: Detector, matrix: Matrix, ranked: Floats, window: int) -> Floats:
    """Own scores (n,) moved and stretched so that their middle and upper tenth lie where fits on the other stretches of time put them.

    What overlaps a window in time is near it in every fit that saw it, and what a fit bends to lies farther out: windows that come
    new look neither way, and must be held against windows that were as new. A straight line keeps the order of the scores and that
    of their means over windows. `ranked` where the rows are too few to leave any out. The detector's windows have `window` rows; a
    run's first rows, before a window is full, keep what they have.
    """
    levels = [_of_held(detector, matrix, first, stop, window) for first, stop in _parts(matrix, window)]
    full = np.concatenate([np.arange(run.start + window - 1, run.stop) for run in matrix.runs])
    if not levels or not len(full):
        return ranked
    middle, high = np.quantile(ranked[full], HEIGHTS).tolist()
    new_middle, new_high = np.quantile(np.concatenate(levels), HEIGHTS).tolist()
    steep = (new_high - new_middle) / (high - middle) if high - middle > FLAT * high else 1.0
    scores = ranked.copy()
    scores[full] = np.maximum(0.0, new_middle + steep * (ranked[full] - middle))
    return scores


def _parts(matrix: Matrix, window: int) -> Iterator[tuple[int, int]]:
    """First row and end of each stretch to leave out, where each holds two windows and what is left a run to learn from."""
    parts = min(PARTS, len(matrix) // (WINDOWS * window))
    bounds = np.linspace(0, len(matrix), parts + 1).astype(np.int64).tolist() if parts > 1 else []
    for first, stop in pairwise(bounds):
        held, kept = _some_rows(matrix, [(first, stop)]), _some_rows(matrix, [(0, first), (stop, len(matrix))])
        if min(_longest(held), _longest(kept)) > window:
            yield first, stop


def _of_held(detector: Detector, matrix: Matrix, first: int, stop: int, window: int) -> Floats:
    """The scores of the full windows of one stretch, by a fit on the others."""
    held, kept = _some_rows(matrix, [(first, stop)]), _some_rows(matrix, [(0, first), (stop, len(matrix))])
    scores = detector.score(detector.fit(kept, np.random.default_rng(first)), held)
    return np.concatenate([scores[run.start + window - 1 : run.stop] for run in held.runs])


def _some_rows(matrix: Matrix, spans: list[tuple[int, int]]) -> Matrix:
    """The rows of some spans, what is left of each run still a run."""
    rows = np.concatenate([np.arange(a, b) for a, b in spans])
    begins: NDArray[np.bool_] = np.zeros(len(matrix) + 1, dtype=np.bool_)
    begins[matrix.starts] = True
    begins[[a for a, _ in spans]] = True
    return replace(matrix.take(rows), starts=np.flatnonzero(begins[rows]).astype(np.int64))


def _longest(matrix: Matrix) -> int:
    return max((run.stop - run.start for run in matrix.runs), default=0)
