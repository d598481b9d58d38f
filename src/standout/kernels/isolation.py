"""Growing isolation trees; `kernels.trees` says how they are stored and walks down them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel
from standout.kernels.trees import Forest, levels

_STEP, _MIX1, _MIX2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)


def usual_lengths(most: int) -> NDArray[np.float64]:
    """The mean path length of an unsuccessful search among 0, 1, ... `most` rows in a binary search tree, shape (most + 1,).

    c(n) = 2 H(n - 1) - 2 (n - 1) / n, equation 1 of Liu, Ting and Zhou (2008), with the harmonic number summed and not
    approximated by a logarithm: c(2) is then 1, as it must be.

    >>> usual_lengths(3).round(4).tolist()
    [0.0, 0.0, 1.0, 1.6667]
    """
    n = np.arange(1, most + 1, dtype=np.float64)
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / n)])[:most]  # H(n - 1) for n = 1, 2, ...
    return np.concatenate([[0.0], 2.0 * harmonic - 2.0 * (n - 1.0) / n])


@kernel
def uniform(stream: NDArray[np.uint64]) -> float:
    """The next number in [0, 1) of a SplitMix64 stream (doi:10.1145/2714064.2660195), whose one word is moved on."""
    stream[0] += _STEP
    word = stream[0]
    word = (word ^ (word >> _S30)) * _MIX1
    word = (word ^ (word >> _S27)) * _MIX2
    word = word ^ (word >> _S31)
    return float(np.int64(word >> _S11)) * 2.0**-53


@kernel
def pick_split(
    columns: NDArray[np.float32], rows: NDArray[np.int32], order: NDArray[np.int32], stream: NDArray[np.uint64]
) -> tuple[int, np.floating[Any]]:
    """A feature drawn among those that vary over the rows, and a threshold above their least and at most their greatest value.

    columns: shape (d, sample). order: the features in any order, shape (d,); shuffled as needed. The threshold is +inf where
    nothing varies: all rows then go left.
    """
    if len(rows) > 1:
        for k in range(len(order)):
            other = k + int(uniform(stream) * (len(order) - k))
            order[k], order[other] = order[other], order[k]
            values = columns[order[k]]
            low = high = values[rows[0]]
            for row in rows:
                low, high = min(low, values[row]), max(high, values[row])
            if low < high:
                at = np.float32(low + uniform(stream) * (float(high) - float(low)))
                # rounding to float32 may meet an end; at or below the lower one it would part nothing
                return order[k], (at if low < at < high else high)
    return 0, np.float32(np.inf)


@kernel
def part(values: NDArray[np.float32], threshold: np.floating[Any], rows: NDArray[np.int32]) -> int:
    """Move the rows with values below the threshold to the front, in place; how many there are."""
    left, right = 0, len(rows) - 1
    while left <= right:
        if values[rows[left]] < threshold:
            left += 1
        else:
            rows[left], rows[right] = rows[right], rows[left]
            right -= 1
    return left


@kernel
def grow(
    values: NDArray[np.float32],
    bags: NDArray[np.int32],
    seeds: NDArray[np.uint64],
    usual: NDArray[np.float64],
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    length: NDArray[np.float32],
    expected: NDArray[np.float32],
) -> None:
    """Grow one tree for each row of `bags` and write it to the last four arrays, each (trees, leaves), leaves a power of two.

    values: (n, d). bags: which rows each tree learns from, (trees, sample). seeds: one a tree. usual: `usual_lengths(sample)`.
    """
    sample, width, leaves = bags.shape[1], values.shape[1], feature.shape[1]
    columns = np.empty((width, sample), dtype=np.float32)
    rows, order = np.empty(sample, dtype=np.int32), np.empty(width, dtype=np.int32)
    start, size, depth = np.zeros((3, 2 * leaves), dtype=np.int32)
    mean, stream = np.empty(2 * leaves, dtype=np.float64), np.empty(1, dtype=np.uint64)
    for tree in range(len(bags)):
        stream[0] = seeds[tree]
        for column in range(width):
            order[column] = column
        for i in range(sample):
            rows[i] = i
            for column in range(width):
                columns[column, i] = values[bags[tree, i], column]
        start[1], size[1], depth[1] = 0, sample, 0
        for node in range(1, leaves):
            here = rows[start[node] : start[node] + size[node]]
            chosen, at = pick_split(columns, here, order, stream)
            lower = len(here) if at == np.inf else part(columns[chosen], at, here)
            feature[tree, node], threshold[tree, node] = chosen, at
            # a branch that ended early goes on to the left, and grows no deeper by it
            down = depth[node] + (0 if at == np.inf else 1)
            for child, first, count in ((2 * node, 0, lower), (2 * node + 1, lower, len(here) - lower)):
                start[child], size[child], depth[child] = start[node] + first, count, down
        for leaf in range(leaves, 2 * leaves):
            length[tree, leaf - leaves] = depth[leaf] + usual[size[leaf]]
            mean[leaf] = length[tree, leaf - leaves]
        for node in range(leaves - 1, 0, -1):
            left, right = size[2 * node], size[2 * node + 1]
            mean[node] = (left * mean[2 * node] + right * mean[2 * node + 1]) / max(1, left + right)
            expected[tree, node] = mean[node]


def rows_reached(forest: Forest, usual: NDArray[np.float64]) -> NDArray[np.float32]:
    """How many training rows reached each node of trees whose leaves hold depth plus usual(rows), shape (trees, 2 * leaves).

    An isolation tree's leaf says how many rows ended in it by how much is added to its depth; usual: (most + 1,), growing from 1 on.
    """
    _, threshold, length = forest
    trees, leaves = length.shape
    height = levels(leaves)
    cover = np.zeros((trees, 2 * leaves), dtype=np.float32)

    def rows_at(values: NDArray[np.float32], depth: int) -> NDArray[np.intp]:
        middles = (usual[1:-1] + usual[2:]) / 2
        return 1 + np.searchsorted(middles, values.astype(np.float64) - depth)

    cover[:, leaves:] = rows_at(length, height)
    for depth in range(height - 1, -1, -1):
        nodes = np.arange(1 << depth, 2 << depth)
        first = (nodes << (height - depth)) - leaves  # of the leaves below
        ended = np.isinf(threshold[:, nodes])
        cover[:, nodes] = np.where(ended, rows_at(length[:, first], depth), cover[:, 2 * nodes] + cover[:, 2 * nodes + 1])
    return cover
