"""Isolation trees whose cuts are slanted: a random direction over a few columns, and a random place along it.

Stored as the trees of `kernels.trees`, a heap for each: node 1 is the root, the children of node i are 2i (below the cut) and
2i + 1, and a branch that ended early has the cut +inf, which sends everything left. A node has `column` and `weight`, (trees,
leaves, k). Sums of float32 path lengths are exact in float64, as there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread
from standout.kernels.isolation import uniform
from standout.kernels.projections import projected
from standout.kernels.trees import levels

F64 = NDArray[np.float64]


@kernel
def grow_oblique(
    values: Any, bags: Any, column: Any, weight: Any, seeds: NDArray[np.uint64], usual: F64, cut: F64, length: Any
) -> None:
    """Find each node's cut, uniform between the least and greatest of its rows along its direction, and each leaf's path length.

    bags: the rows of each tree, (trees, sample). usual: `usual_lengths(sample)`. Writes cut and length, (trees, leaves).
    """
    sample, leaves = bags.shape[1], cut.shape[1]
    rows, along = np.empty(sample, dtype=np.int64), np.empty(sample)
    start, size, depth = np.zeros((3, 2 * leaves), dtype=np.int64)
    stream = np.empty(1, dtype=np.uint64)
    for tree in range(len(bags)):
        stream[0] = seeds[tree]
        for i in range(sample):
            rows[i] = bags[tree, i]
        start[1], size[1], depth[1] = 0, sample, 0
        for node in range(1, leaves):
            first, count = start[node], size[node]
            low, high = np.inf, -np.inf
            for i in range(first, first + count):
                along[i] = projected(values[rows[i]], column[tree, node], weight[tree, node])
                low, high = min(low, along[i]), max(high, along[i])
            at, below = np.inf, count
            if low < high:
                at = low + uniform(stream) * (high - low)
                at = at if low < at < high else high
                left, right = first, first + count - 1
                while left <= right:
                    if along[left] < at:
                        left += 1
                    else:
                        rows[left], rows[right] = rows[right], rows[left]
                        along[left], along[right] = along[right], along[left]
                        right -= 1
                below = left - first
            cut[tree, node] = at
            for child, begin, many in ((2 * node, first, below), (2 * node + 1, first + below, count - below)):
                start[child], size[child], depth[child] = begin, many, depth[node] + (0 if at == np.inf else 1)
        for leaf in range(leaves, 2 * leaves):
            length[tree, leaf - leaves] = depth[leaf] + usual[size[leaf]]


@kernel
def length_in(row: Any, column: Any, weight: Any, cut: Any, length: Any, height: int) -> float:
    """The path length of a row in one tree."""
    node = 1
    for _ in range(height):
        right = projected(row, column[node], weight[node]) >= cut[node] if cut[node] < np.inf else False
        node = 2 * node + (1 if right else 0)
    return float(length[node - (1 << height)])


@kernel
def _oblique_sums(values: Any, column: Any, weight: Any, cut: Any, length: Any, sums: F64) -> None:
    height = levels(cut.shape[1])
    for tree in range(len(cut)):
        for i in range(len(values)):
            sums[i] += length_in(values[i], column[tree], weight[tree], cut[tree], length[tree], height)


def oblique_sums(values: Any, column: Any, weight: Any, cut: Any, length: Any) -> F64:
    """The sum over trees of each row's path length, (n,)."""
    sums = np.zeros(len(values))
    spread(lambda a, b: _oblique_sums(values[a:b], column, weight, cut, length, sums[a:b]), len(values), least=512)
    return sums


@kernel
def oblique_take_out(values: Any, column: Any, weight: Any, cut: Any, length: Any, bags: Any, sums: F64, counts: F64) -> None:
    """Take from `sums` and `counts` (n,) what each tree says of the rows of its bag (trees, sample), in place."""
    height = levels(cut.shape[1])
    for tree in range(len(bags)):
        for row in bags[tree]:
            sums[row] -= length_in(values[row], column[tree], weight[tree], cut[tree], length[tree], height)
            counts[row] -= 1.0
