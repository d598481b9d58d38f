"""How much each column weighs in a row's strangeness: what does not belong, how far the served score falls, the detector's own parts.

What does not belong comes first, since most detectors share a broken combination out among all its neighbours; the served score
decides among columns that are equally odd, and alone where no column is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.judged import CHUNK, Judged
from standout.core.matrix import LIMIT
from standout.core.part import Floats
from standout.explain.blocks import Blocks
from standout.explain.course import Course
from standout.explain.faults import Found
from standout.kernels import kernel

OCCLUDED = 64
"""Columns of a row that are replaced one at a time to see how far the score falls."""

BY_SCORE = 0.25
"""What the falls of the score weigh, and what the detector's own parts do, beside what does not belong; see decision 6."""

LARGEST, BY_FAR = 3, 2.0
"""A row with more wrong columns than sets are made of is strange altogether; then how far out each column lies weighs so much."""

BY_COURSE, BY_MOMENT = 1.0, 0.1
"""What the way that a column took weighs in a series, and what its value at the moment that counts most does; see decision 6."""


def shared(parts: Floats) -> Floats:
    """Each row as shares that sum to 1, or zeros where there is nothing.

    >>> shared(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.0, 0.0]]
    """
    parts = parts / np.maximum(parts.max(axis=1, keepdims=True, initial=0.0), 1e-300)  # first, so that no sum overflows
    return parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-300)


def weigh(judged: Judged, blocks: Blocks, found: Found, likely: Floats, course: Course | None) -> Floats:
    """Weights of all columns, shape (n, columns), 0 and up; a row's sum to 1 unless nothing tells on any column.

    likely: the features (n, d), in the order of the blocks, that take the place of a column's own. course: of a series, how these went.
    """
    odds = np.log1p(np.maximum(found.odds, 0.0))
    heeded = blocks.sums(judged.heeded[None].astype(np.float64)) > 0  # what no score depends on made no row strange
    misfit = found.included * (1.0 + 0.1 * odds) * heeded
    misfit = misfit / np.maximum(misfit.sum(axis=1, keepdims=True), 1.0)
    parts = judged.amounts
    own = None if parts is None else shared(np.maximum(blocks.sums(parts), 0.0))
    if course is not None:
        own = shared(falls(judged, blocks, misfit, likely)) if own is None else own
        return shared(BY_COURSE * shared(blocks.sums(course.moved) * heeded) + BY_MOMENT * (misfit + own))
    fallen = shared(falls(judged, blocks, misfit + 1e-3 * odds if own is None else misfit + own, likely))
    wide = (found.aside >= 0).sum(axis=1, keepdims=True) > LARGEST
    far = shared(blocks.sums(np.abs(judged.rows))) * wide
    return shared(misfit + BY_SCORE * (fallen if own is None else fallen + own) + BY_FAR * far)


def falls(judged: Judged, blocks: Blocks, hopeful: Floats, likely: Floats) -> Floats:
    """How far the score falls when one column is replaced, for the most hopeful columns of each row; shape (n, columns), 0 and up."""
    n, columns = hopeful.shape
    found = np.zeros((n, columns))
    if columns > OCCLUDED:
        tried = np.argsort(-hopeful, axis=1, kind="stable")[:, :OCCLUDED]
    else:
        tried = np.broadcast_to(np.arange(columns), (n, columns))
    rows, which = np.repeat(np.arange(n), tried.shape[1]), tried.ravel()
    step = max(1, CHUNK // max(1, judged.matrix.width))
    for first in range(0, len(rows), step):
        some = slice(first, first + step)
        values = np.empty((len(rows[some]), judged.matrix.width), dtype=np.float32)
        _replace(judged.rows, likely, blocks.order, blocks.start, rows[some], which[some], values)
        scores = judged.changed(rows[some], values)
        found[rows[some], which[some]] = np.maximum(judged.scores[rows[some]] - scores, 0.0)
    return found


@kernel
def _replace(
    own: NDArray[np.float32], likely: Floats, order: NDArray[np.intp], start: NDArray[np.int64], rows: NDArray[np.intp],
    which: NDArray[np.intp], values: NDArray[np.float32],
) -> None:  # fmt: skip  # one argument a line says no more
    """Fill `values` (m, d) with copies of rows in which one column each is as the rest makes likely."""
    for i in range(len(rows)):
        for j in range(values.shape[1]):
            values[i, j] = own[rows[i], j]
        for f in range(start[which[i]], start[which[i] + 1]):
            values[i, order[f]] = min(max(likely[rows[i], f], -LIMIT), LIMIT)
