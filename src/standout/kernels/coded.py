"""Walking down trees by codes of 16 bits in place of values and thresholds, to the same leaves.

Each feature's codes are equal steps between its least and its greatest threshold. Rounding keeps order: of two numbers with different
codes the one with the higher code is the higher number. Only where a row meets a threshold of its own code, about one row in forty of
100 trees, nothing is known, and the row is walked again by its values. So every row ends at the same leaves as in `kernels.trees`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread
from standout.kernels.lanes import WIDTH
from standout.kernels.permutes import BESIDE, FEATURES, LEVELS, PAIR, TABLE, walk_two

Codes = NDArray[np.uint16]
Coder = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Of each feature the least threshold and the steps to its unit, (FEATURES,) each."""

LEAVES = 1 << LEVELS
STEPS = 65_000
NEVER = 65_535
"""The code of a threshold that no value reaches."""

GROUPS = 5 * BESIDE
"""Groups of sixteen rows that go down a tree before the next tree is taken."""


def coder(feature: NDArray[np.int32], threshold: NDArray[np.float32]) -> Coder:
    """The steps of each feature's codes, from the thresholds of all trees."""
    low, high = np.full(FEATURES, np.inf, dtype=np.float32), np.full(FEATURES, -np.inf, dtype=np.float32)
    finite = np.isfinite(threshold)
    np.minimum.at(low, feature[finite], threshold[finite])
    np.maximum.at(high, feature[finite], threshold[finite])
    used = low <= high
    wide = np.where(used & (low < high), high.astype(np.float64) - low, 1e-20)
    return np.where(used, low, np.float32(0)), np.clip(STEPS / wide, 1e-20, 1e20).astype(np.float32)


@kernel
def code(value: np.float32, low: np.float32, steps: np.float32) -> np.float32:
    """The code of a value, as a whole number from 0 (below all thresholds) to STEPS + 2 (above all); higher values never have lower."""
    return np.float32(np.int32(min(max((value - low) * steps + np.float32(1), np.float32(0)), np.float32(STEPS + 2))))


@kernel
def code_nodes(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    low: NDArray[np.float32],
    steps: NDArray[np.float32],
    codes: Codes,
    columns: Codes,
) -> None:
    """Fill the tables of two trees after two, (trees / 2 rounded up, sum of TABLE) each; see `permutes.walk_two`."""
    for tree in range(len(feature)):
        first = 0
        for level in range(LEVELS):
            for i in range(1 << level):
                node, at = (1 << level) + i, first + (tree % 2) * (1 << level) + i
                column, value = feature[tree, node], threshold[tree, node]
                columns[tree // 2, at] = column * WIDTH
                codes[tree // 2, at] = code(value, low[column], steps[column]) if value < np.inf else NEVER
            first += TABLE[level]


def _sum(pairs: int) -> Callable[..., None]:
    """The kernel for at most four features a pair; how many there are is a constant of the walk."""
    walk, flat = walk_two(pairs), pairs * PAIR

    @kernel
    def sum_coded(
        codes: Codes,
        columns: Codes,
        lengths: NDArray[np.float32],
        low: NDArray[np.float32],
        steps: NDArray[np.float32],
        rows: NDArray[np.float32],
        sums: NDArray[np.float64],
        unsure: NDArray[np.bool_],
    ) -> None:
        """Write the sums of `rows` (n, d) to `sums` (n,), and to `unsure` (n,) which of them may be wrong.

        lengths: of all trees one after the other, an even number of them, (trees * 256,).
        """
        width, table = rows.shape[1], codes.shape[1]
        nodes, parents = codes.reshape(-1), columns.reshape(-1)
        words, row = np.zeros(GROUPS * flat, dtype=np.uint16), np.zeros(FEATURES, dtype=np.uint16)
        held, doubtful = np.zeros(GROUPS * WIDTH, dtype=np.float64), np.zeros(GROUPS, dtype=np.uint32)
        for first in range(0, len(rows), GROUPS * WIDTH):
            many = min(GROUPS * WIDTH, len(rows) - first)
            groups = (many + WIDTH - 1) // WIDTH
            for i in range(many):
                for column in range(width):  # two loops, since the first goes many at a time
                    row[column] = np.uint16(np.int32(code(rows[first + i, column], low[column], steps[column])))
                start = i // WIDTH * flat + i % WIDTH
                for column in range(width):
                    words[start + column * WIDTH] = row[column]
            for i in range(GROUPS * WIDTH):
                held[i] = 0.0
            for group in range(GROUPS):
                doubtful[group] = 0
            for pair in range(len(codes)):
                leaves = pair * 2 * LEAVES
                for group in range(0, groups, BESIDE):
                    at = group * flat
                    walk(nodes, parents, pair * table, words, at, lengths, leaves, held, group * WIDTH, doubtful, group)
            for i in range(many):
                met = doubtful[i // WIDTH] >> np.uint32(i % WIDTH)
                unsure[first + i] = (met & np.uint32(0x10001)) != 0
                sums[first + i] = held[i]

    return sum_coded


SUMS = {pairs: _sum(pairs) for pairs in range(1, FEATURES * WIDTH // PAIR + 1)}
"""The kernels by pairs of registers; compiled when they are first called."""


def sum_by_codes(
    feature: NDArray[np.int32], threshold: NDArray[np.float32], length: NDArray[np.float32], rows: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The sum over trees of each row's path length, (n,), and which of them may be wrong, (n,); on all cores.

    Trees of 256 leaves and at most `FEATURES` features; see `kernels.trees` for the arrays.
    """
    pairs, low, steps = (len(feature) + 1) // 2, *coder(feature, threshold)
    codes, columns = np.full((2, pairs, sum(TABLE)), NEVER, dtype=np.uint16)
    columns[:] = 0
    code_nodes(feature, threshold, low, steps, codes, columns)
    lengths = np.zeros(pairs * 2 * LEAVES, dtype=np.float32)  # where the number of trees is odd, the last one adds nothing
    lengths[: length.size] = length.reshape(-1)
    sums, unsure = np.empty(len(rows), dtype=np.float64), np.empty(len(rows), dtype=np.bool_)
    walk = SUMS[(rows.shape[1] * WIDTH + PAIR - 1) // PAIR]

    def work(start: int, stop: int) -> None:
        walk(codes, columns, lengths, low, steps, rows[start:stop], sums[start:stop], unsure[start:stop])

    spread(work, len(rows), least=1024)
    return sums, unsure
