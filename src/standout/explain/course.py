"""How far each column of a series has moved of late, against what the rows before were like.

An alert of a series is an event, and what a person looks for is what moved in it: a channel that lay as far out all day, or that never
rests, is not it. So the latest rows that a score reads are held against the earlier half of them. Nothing else is looked at, so that a
row has the same reason in a file, and live as soon as it comes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import LooksBack
from standout.core.judged import Judged
from standout.core.part import Floats

HALVED = 1.0
"""Rows after which a row counts half as much, beside how much it counts in the score; decision 6 has what longer memories name."""

ROWS = 64
"""Rows looked back on for a detector that does not say which rows its score reads."""

LEAST = 4
"""With fewer rows before, nothing is known of how a column went."""


@dataclass(frozen=True)
class Course:
    """The ways that features of a series took up to some rows.

    moved: (n, d), how far each moved, a squared distance in variances, 0 and up. before: (n, d), what it was before, its median, NaN
    where there are too few rows. most: (n, d), rows from the row to the moment at which it was farthest from that, -1 the row before;
    where there are too few, to the moment that counts most in the score.
    """

    moved: Floats
    before: Floats
    most: NDArray[np.int64]


def course(judged: Judged) -> Course:
    """The course of each feature of a series up to each row; the parts of columns that never moved are 0.

    moved is a mean over the rows that the score reads, weighed by how near they are and how much they count in the score, of the squared
    distance from the median of the earlier half of them, in the usual variance, 1, and that of the earlier half together.
    """
    moments = judged.moments
    reads = None if moments is None or len(moments.offsets) == 1 else moments
    back = -int(reads.offsets[0]) if reads is not None else _back(judged)
    offsets = np.arange(-back, 1) if reads is None else reads.offsets
    near = 0.5 ** (np.abs(offsets) / HALVED)
    shape = (len(judged.at), judged.matrix.width)
    found = Course(np.zeros(shape), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))
    for i, at in enumerate(judged.at.tolist()):
        run = judged.run_of(at)
        before = judged.matrix.values[max(run.start, at - back) : max(run.start, at - back // 2)].astype(np.float64)
        if len(before) < LEAST:
            if reads is not None:
                found.most[i] = offsets[reads.parts[i].argmax(axis=0)]
            continue
        inside = (at + offsets >= run.start) & (at + offsets < run.stop)
        counts = (near if reads is None else near * reads.parts[i].sum(axis=1))[inside]
        total = float(counts.sum())
        found.before[i] = np.median(before, axis=0)
        if total > 0:
            squares = (judged.matrix.values[at + offsets[inside]] - found.before[i]) ** 2 * (counts / total)[:, None]
            found.moved[i] = squares.sum(axis=0) / (1.0 + before.var(axis=0))
            found.most[i] = offsets[inside][squares.argmax(axis=0)]
    return found


def _back(judged: Judged) -> int:
    return min(ROWS, judged.part.context(judged.state)) if isinstance(judged.part, LooksBack) else ROWS
