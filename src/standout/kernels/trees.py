"""Walking down trees without child pointers.

A tree is complete and stored as a heap: node 1 is the root and the children of node i are 2i (value < threshold) and 2i + 1; a
branch that ended early has the threshold +inf, which sends everything left. Trees of one forest share arrays of shape (trees,
leaves): `feature` (int32) and `threshold` (float32) of the inner nodes, of which number 0 is not used, and `length` (float32)
of the leaves. Whatever these arrays hold, as long as each feature is a column, no walk leaves them: it takes floor(log2(leaves))
turns from node 1 and so ends at one of the leaves.

Path lengths are float32 of at least 2**-9 and are summed in float64, where no sum of up to a million of them is rounded: the
order of summation cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread
from standout.kernels.coded import LEAVES, sum_by_codes
from standout.kernels.lanes import TOP, WIDTH, add_gathered, descend, descend_top, root
from standout.kernels.permutes import AVAILABLE, FEATURES

FEW = 16
"""With fewer rows than this, filling the lanes costs more than it saves."""

MANY, UNSURE = 2048, 0.2
"""From so many rows on they are walked by codes, unless a look at as many shows that more than this share would be walked again."""

STRIDE = 4 * WIDTH
"""Rows that go down a tree together."""

Forest = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]
"""feature, threshold and length, see above."""

_TERMS = 13
_LN2 = 0.6931471805599453


@kernel
def levels(leaves: int) -> int:
    """How many turns lead from the root to a leaf."""
    found = 0
    while 2 << found <= leaves:
        found += 1
    return found


@kernel
def leaf_of(feature: NDArray[np.int32], threshold: NDArray[np.float32], row: NDArray[np.float32], tree: int, height: int) -> int:
    """The number of the leaf in which a row ends, from 0."""
    node = 1
    for _ in range(height):
        node = 2 * node + (1 if row[feature[tree, node]] >= threshold[tree, node] else 0)
    return node - (1 << height)


@kernel
def sum_one_by_one(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    length: NDArray[np.float32],
    rows: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """The sum over trees of the path length of each row (n, d), written to `sums` (n,); row after row."""
    height = levels(feature.shape[1])
    for i in range(len(rows)):
        total = 0.0
        for tree in range(len(feature)):
            total += length[tree, leaf_of(feature, threshold, rows[i], tree, height)]
        sums[i] = total


def _walk(top: int, below: int) -> Callable[..., None]:
    """A walk of `many` rows of a block down one tree: the first levels at one stroke, then level by level.

    Constants let the compiler unroll it, which saves a third of the time; with `below` < 0 it counts the levels of the tree.
    Four vectors of rows take turns, since the next step of one has to wait for its gathers.
    """

    @kernel
    def walk(
        nodes: NDArray[np.int64],
        base: int,
        height: int,
        lengths: NDArray[np.float32],
        block: NDArray[np.float32],
        held: NDArray[np.float64],
        many: int,
    ) -> None:
        turns = below if below >= 0 else height
        bottom = base - (1 << height)
        for at in range(0, many, STRIDE):
            a = b = c = d = root()
            if top:
                a, b = descend_top(nodes, base, block, at), descend_top(nodes, base, block, at + WIDTH)
                c, d = descend_top(nodes, base, block, at + 2 * WIDTH), descend_top(nodes, base, block, at + 3 * WIDTH)
            for _ in range(turns):
                a, b = descend(nodes, base, a, block, at), descend(nodes, base, b, block, at + WIDTH)
                c, d = descend(nodes, base, c, block, at + 2 * WIDTH), descend(nodes, base, d, block, at + 3 * WIDTH)
            add_gathered(held, at, lengths, bottom, a)
            add_gathered(held, at + WIDTH, lengths, bottom, b)
            add_gathered(held, at + 2 * WIDTH, lengths, bottom, c)
            add_gathered(held, at + 3 * WIDTH, lengths, bottom, d)

    return walk


walk_256 = _walk(TOP, 8 - TOP)
walk_any = _walk(0, -1)


@kernel
def sum_blocks(
    nodes: NDArray[np.int64],
    lengths: NDArray[np.float32],
    trees: int,
    height: int,
    size: int,
    rows: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """Write the sums of `rows` (n, d) to `sums` (n,), in transposed blocks of `size` rows that stay in the cache.

    nodes: see `kernels.lanes`, and lengths: of all trees one after the other, shape (trees * leaves,).
    """
    width, leaves = rows.shape[1], len(nodes) // trees
    block, held = np.zeros(width * size, dtype=np.float32), np.zeros(size, dtype=np.float64)
    for first in range(0, len(rows), size):
        many = min(size, len(rows) - first)
        for i in range(many):
            for column in range(width):
                block[column * size + i] = rows[first + i, column]
        for i in range(size):  # loops and not slices, which take long to compile
            held[i] = 0.0
        for tree in range(trees):
            if height == 8:
                walk_256(nodes, tree * leaves, height, lengths, block, held, many)
            else:
                walk_any(nodes, tree * leaves, height, lengths, block, held, many)
        for i in range(many):
            sums[first + i] = held[i]


def sum_in_lanes(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    length: NDArray[np.float32],
    rows: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """As `sum_one_by_one`, to the bit; rows go down a tree sixteen abreast, on all cores."""
    trees, leaves = feature.shape
    size = STRIDE * max(1, min(4, 100 // max(1, rows.shape[1])))
    nodes = (threshold.view(np.uint32).astype(np.int64) << 32 | feature.astype(np.int64) * size).reshape(-1)
    lengths, height = length.reshape(-1), levels(leaves)

    def work(start: int, stop: int) -> None:
        sum_blocks(nodes, lengths, trees, height, size, rows[start:stop], sums[start:stop])

    spread(work, len(rows), least=1024)


def path_sums(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum over trees of each row's path length, shape (n,); the same bits whichever way and on how many threads."""
    if AVAILABLE and len(rows) >= MANY and forest[0].shape[1] == LEAVES and rows.shape[1] <= FEATURES:
        return _sum_by_codes(forest, rows)
    sums = np.empty(len(rows), dtype=np.float64)
    way = sum_one_by_one if len(rows) < FEW else sum_in_lanes
    way(*forest, rows, sums)
    return sums


def _sum_by_codes(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """By codes where nearly all rows can be told by them, and the others by their values; else all by their values."""
    sums = np.empty(len(rows), dtype=np.float64)
    _, unsure = sum_by_codes(*forest, rows[:: max(1, len(rows) // MANY)])
    if unsure.mean() > UNSURE:
        sum_in_lanes(*forest, rows, sums)
        return sums
    sums, unsure = sum_by_codes(*forest, rows)
    again = np.flatnonzero(unsure)
    held = np.empty(len(again), dtype=np.float64)
    sum_in_lanes(*forest, rows[again], held)
    sums[again] = held
    return sums


@kernel
def take_out(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    length: NDArray[np.float32],
    rows: NDArray[np.float32],
    bags: NDArray[np.int32],
    sums: NDArray[np.float64],
    counts: NDArray[np.int32],
) -> None:
    """Take from `sums` and `counts` (n,) what each tree says of the rows of its bag (trees, sample), in place."""
    height = levels(feature.shape[1])
    for tree in range(len(bags)):
        for row in bags[tree]:
            sums[row] -= length[tree, leaf_of(feature, threshold, rows[row], tree, height)]
            counts[row] -= 1


@kernel
def halved(sums: NDArray[np.float64], units: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """scores = 2 ** -(sums / units), each of shape (n,), `units` one for each row or one for all.

    By a series of which every step is plain arithmetic, since a library's power function differs from machine to machine in
    its last bit. The ratio is 0 and up; from 1000 on the score is 0.
    """
    for i in range(len(sums)):
        ratio = sums[i] / units[min(i, len(units) - 1)]
        if not 0.0 <= ratio < 1000.0:
            scores[i] = 0.0
            continue
        whole = int(ratio + 0.5)
        rest, term = (whole - ratio) * _LN2, 1.0
        for k in range(_TERMS, 0, -1):
            term = 1.0 + rest * term / k
        for _ in range(whole):
            term *= 0.5
        scores[i] = term


@kernel
def depth_savings(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    length: NDArray[np.float32],
    expected: NDArray[np.float32],
    rows: NDArray[np.float32],
    parts: NDArray[np.float64],
) -> None:
    """Add to `parts` (n, d), for each turn of each row, how much shorter the path became than it was expected to be before it.

    expected: (trees, leaves), the mean path length of the training rows that passed an inner node. A tree's savings are divided
    by the row's path length in it: a tree that sets the row apart in two cuts tells more about why than one that needs ten, and
    so weighted they name shifted columns more often.
    """
    leaves = feature.shape[1]
    height = levels(leaves)
    for i in range(len(rows)):
        for tree in range(len(feature)):
            leaf = leaf_of(feature, threshold, rows[i], tree, height)
            whole = float(length[tree, leaf])
            before = float(expected[tree, 1])
            for down in range(height - 1, -1, -1):
                node = (leaf + (1 << height)) >> down  # a heap's number of a node begins with that of its parent
                after = whole if down == 0 else float(expected[tree, node])
                parts[i, feature[tree, node >> 1]] += (before - after) / whole
                before = after
