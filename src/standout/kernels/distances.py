"""Distances from many rows to reference rows, a block of rows at a time.

The rows of a block are transposed into lanes, shape (d, LANES), so that the compiler works on many rows at once while each
row's sum over its features keeps one order: feature 0 first, the last one last. A row therefore gets the same bits alone, in
a batch, at any place in a block and with any number of features taken at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread

Lanes = NDArray[np.float32]
Rows = NDArray[np.float32]
Ids = NDArray[np.int64]

LANES = 256
"""Rows of a block: enough to fill the vector units, few enough for a block of 30 features to stay in the first cache."""

FEW = 8
"""Rows up to which each is taken by itself: lanes that are mostly empty save nothing."""


@kernel
def to_lanes(values: Rows, first: int, count: int, lanes: Lanes) -> None:
    """Transpose rows `first` to `first + count` of `values` (n, d) into the columns of `lanes` (d, LANES)."""
    for lane in range(count):
        for feature in range(values.shape[1]):
            lanes[feature, lane] = values[first + lane, feature]


@kernel
def squared_distances(lanes: Lanes, count: int, references: Rows, at: int, into: Lanes) -> None:
    """Squared Euclidean distances of the first `count` lanes to row `at` of `references` (m, d), into `into` (LANES,)."""
    width = references.shape[1]
    for lane in range(count):
        into[lane] = 0
    feature = 0
    # four features a pass: the running sums are read and written a quarter as often, in the same order
    while feature + 4 <= width:
        r0, r1 = references[at, feature], references[at, feature + 1]
        r2, r3 = references[at, feature + 2], references[at, feature + 3]
        for lane in range(count):
            t0, t1 = lanes[feature, lane] - r0, lanes[feature + 1, lane] - r1
            t2, t3 = lanes[feature + 2, lane] - r2, lanes[feature + 3, lane] - r3
            into[lane] = (((into[lane] + t0 * t0) + t1 * t1) + t2 * t2) + t3 * t3
        feature += 4
    while feature < width:
        r0 = references[at, feature]
        for lane in range(count):
            t0 = lanes[feature, lane] - r0
            into[lane] += t0 * t0
        feature += 1


@kernel
def absolute_distances(lanes: Lanes, count: int, references: Rows, at: int, into: Lanes) -> None:
    """As `squared_distances`, the sum of absolute differences."""
    width = references.shape[1]
    for lane in range(count):
        into[lane] = 0
    feature = 0
    while feature + 4 <= width:
        r0, r1 = references[at, feature], references[at, feature + 1]
        r2, r3 = references[at, feature + 2], references[at, feature + 3]
        for lane in range(count):
            t0, t1 = abs(lanes[feature, lane] - r0), abs(lanes[feature + 1, lane] - r1)
            t2, t3 = abs(lanes[feature + 2, lane] - r2), abs(lanes[feature + 3, lane] - r3)
            into[lane] = (((into[lane] + t0) + t1) + t2) + t3
        feature += 4
    while feature < width:
        r0 = references[at, feature]
        for lane in range(count):
            into[lane] += abs(lanes[feature, lane] - r0)
        feature += 1


@kernel
def row_distances(values: Rows, row: int, references: Rows, manhattan: bool, into: Lanes) -> None:
    """Distances of one row to all references (m, d), squared unless `manhattan`, into (m,): eight sums beside each other, so that none
    waits for the last; each takes its features in the same order as in lanes."""
    last = len(references) - 1
    for a in range(0, last + 1, 8):
        b, c, d, e = min(a + 1, last), min(a + 2, last), min(a + 3, last), min(a + 4, last)  # behind the last, the last once more
        f, g, h = min(a + 5, last), min(a + 6, last), min(a + 7, last)
        none = np.float32(0)
        sa, sb, sc, sd, se, sf, sg, sh = none, none, none, none, none, none, none, none
        for at in range(values.shape[1]):
            x = values[row, at]
            ta, tb, tc, td = x - references[a, at], x - references[b, at], x - references[c, at], x - references[d, at]
            te, tf, tg, th = x - references[e, at], x - references[f, at], x - references[g, at], x - references[h, at]
            if manhattan:
                sa, sb, sc, sd = sa + abs(ta), sb + abs(tb), sc + abs(tc), sd + abs(td)
                se, sf, sg, sh = se + abs(te), sf + abs(tf), sg + abs(tg), sh + abs(th)
            else:
                sa, sb, sc, sd = sa + ta * ta, sb + tb * tb, sc + tc * tc, sd + td * td
                se, sf, sg, sh = se + te * te, sf + tf * tf, sg + tg * tg, sh + th * th
        into[a], into[b], into[c], into[d] = sa, sb, sc, sd
        into[e], into[f], into[g], into[h] = se, sf, sg, sh


@kernel
def add_parts(row: Rows, reference: Rows, distance: np.float32, manhattan: bool, into: Floats) -> None:
    """Add to `into` (d,) each feature's part of a distance, squared unless `manhattan`; the parts sum to its root."""
    if distance > 0:
        unit = 1.0 if manhattan else 1.0 / np.sqrt(np.float64(distance))
        for feature in range(len(row)):
            gap = abs(np.float64(row[feature]) - np.float64(reference[feature]))
            into[feature] += gap if manhattan else gap * gap * unit


@kernel
def _nearest_in_draws(values: Rows, references: Rows, draws: int, manhattan: bool, start: int, stop: int, scores: Floats) -> None:
    size = len(references) // draws
    lanes = np.empty((values.shape[1], LANES), dtype=np.float32)
    distance = np.empty(LANES, dtype=np.float32)
    nearest = np.empty(LANES, dtype=np.float32)
    total = np.empty(LANES, dtype=np.float64)
    for first in range(start, stop, LANES):
        count = min(LANES, stop - first)
        to_lanes(values, first, count, lanes)
        total[:] = 0
        for draw in range(draws):
            nearest[:] = np.inf
            for at in range(draw * size, (draw + 1) * size):
                if manhattan:
                    absolute_distances(lanes, count, references, at, distance)
                else:
                    squared_distances(lanes, count, references, at, distance)
                for lane in range(count):
                    nearest[lane] = distance[lane] if distance[lane] < nearest[lane] else nearest[lane]
            for lane in range(count):
                total[lane] += nearest[lane] if manhattan else np.sqrt(np.float64(nearest[lane]))
        for lane in range(count):
            scores[first + lane] = total[lane] / draws


@kernel
def _nearest_in_draws_of_few(values: Rows, references: Rows, draws: int, left_out: int, manhattan: bool, scores: Floats) -> None:
    """As `_nearest_in_draws`, for few rows; the last `left_out` references of each draw do not count."""
    each = len(references) // draws
    distance = np.empty(len(references), dtype=np.float32)
    for row in range(len(values)):
        row_distances(values, row, references, manhattan, distance)
        total = 0.0
        for draw in range(draws):
            nearest = distance[draw * each]
            for at in range(draw * each, (draw + 1) * each - left_out):
                nearest = distance[at] if distance[at] < nearest else nearest
            total += nearest if manhattan else np.sqrt(np.float64(nearest))
        scores[row] = total / draws


def nearest_in_draws(values: Rows, references: NDArray[np.float32], manhattan: bool = False, left_out: int = 0) -> Floats:
    """Mean over draws of the distance to the draw's nearest row.

    values: (n, d); references: (draws, size + left_out, d), size >= 1: so many rows at the end of each draw do not count. Returns
    float64, (n,), 0 and up.

    >>> draws = np.array([[[0.0, 0], [3, 4]], [[0, 1], [0, 2]]], dtype=np.float32)
    >>> nearest_in_draws(np.zeros((1, 2), dtype=np.float32), draws).tolist()
    [0.5]
    """
    scores = np.empty(len(values), dtype=np.float64)
    draws = len(references)
    if len(values) <= FEW:
        whole = np.ascontiguousarray(references).reshape(-1, references.shape[2])
        _nearest_in_draws_of_few(values, whole, draws, left_out, manhattan, scores)
        return scores
    flat = np.ascontiguousarray(references[:, : references.shape[1] - left_out]).reshape(-1, references.shape[2])
    spread(lambda a, b: _nearest_in_draws(values, flat, draws, manhattan, a, b, scores), len(values))
    return scores


@kernel
def _nearest_to_own(values: Rows, references: Rows, row: Ids, manhattan: bool, own: Ids, scores: Floats) -> None:
    draws, size = row.shape[0], row.shape[1] - 1
    width = values.shape[1]
    for i in own:
        total = 0.0
        for draw in range(draws):
            nearest = np.float32(np.inf)
            for place in range(size):
                at = draw * (size + 1) + (size if row[draw, place] == i else place)
                distance = np.float32(0)
                for feature in range(width):
                    gap = values[i, feature] - references[at, feature]
                    distance += abs(gap) if manhattan else gap * gap
                nearest = min(nearest, distance)
            total += np.float64(nearest) if manhattan else np.sqrt(np.float64(nearest))
        scores[i] = total / draws


def nearest_to_own(values: Rows, references: NDArray[np.float32], row: Ids, manhattan: bool, scores: Floats) -> None:
    """Put right, in `scores` (n,), those of rows that stand in a draw: the draw's last row, its spare, takes the place of their copy.

    values: (n, d), the rows drawn from; references: (draws, size + 1, d); row: (draws, size + 1), which of `values` each is.
    The others keep their scores, those of `nearest_in_draws` without the spare rows.
    """
    flat = np.ascontiguousarray(references).reshape(-1, references.shape[2])
    own = np.unique(row[:, :-1])
    spread(lambda a, b: _nearest_to_own(values, flat, row, manhattan, own[a:b], scores), len(own), least=64)


@kernel
def _nearest_in_draws_by_feature(
    values: Rows, references: Rows, draws: int, manhattan: bool, start: int, stop: int, parts: Floats
) -> None:
    size, width = len(references) // draws, values.shape[1]
    lanes = np.empty((width, LANES), dtype=np.float32)
    distance = np.empty(LANES, dtype=np.float32)
    nearest = np.empty(LANES, dtype=np.float32)
    found = np.empty(LANES, dtype=np.int64)
    for first in range(start, stop, LANES):
        count = min(LANES, stop - first)
        to_lanes(values, first, count, lanes)
        parts[first : first + count] = 0
        for draw in range(draws):
            nearest[:] = np.inf
            found[:] = draw * size
            for at in range(draw * size, (draw + 1) * size):
                if manhattan:
                    absolute_distances(lanes, count, references, at, distance)
                else:
                    squared_distances(lanes, count, references, at, distance)
                for lane in range(count):
                    if distance[lane] < nearest[lane]:
                        nearest[lane], found[lane] = distance[lane], at
            for lane in range(count):
                add_parts(values[first + lane], references[found[lane]], nearest[lane], manhattan, parts[first + lane])
        parts[first : first + count] /= draws


def nearest_in_draws_by_feature(values: Rows, references: NDArray[np.float32], manhattan: bool = False) -> Floats:
    """Each feature's part of `nearest_in_draws`: float64, (n, d), 0 and up; a row's parts sum to its score.

    A Euclidean distance is shared in proportion to the squared differences.

    >>> draws = np.array([[[3.0, 4]]], dtype=np.float32)
    >>> nearest_in_draws_by_feature(np.zeros((1, 2), dtype=np.float32), draws).round(6).tolist()
    [[1.8, 3.2]]
    """
    flat = np.ascontiguousarray(references).reshape(-1, references.shape[2])
    parts = np.empty(values.shape, dtype=np.float64)
    spread(lambda a, b: _nearest_in_draws_by_feature(values, flat, len(references), manhattan, a, b, parts), len(values))
    return parts
