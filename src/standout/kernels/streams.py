"""What streaming detectors do for each row that they learn, one row after the other: a batch is learned as its rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel
from standout.kernels.trees import leaf_of, levels

F64 = NDArray[np.float64]

STEPS = 4096.0
"""Bits of surprise are rounded to this part of one, so that sums over trees are exact in any order."""


@kernel
def fade_moments(values: Any, fade: float, mean: F64, variance: F64, count: F64) -> None:
    """Take rows (n, d) into running means and variances (d,), in place; every row multiplies the count (1,) by `fade` first."""
    for i in range(len(values)):
        count[0] = fade * count[0] + 1.0
        for j in range(len(mean)):
            off = np.float64(values[i, j]) - mean[j]
            step = off / count[0]
            variance[j] += (off * (off - step) - variance[j]) / count[0]
            mean[j] += step


@kernel
def halve_spaces(feature: NDArray[np.int32], low: Any, high: Any, at: Any, threshold: NDArray[np.float32]) -> None:
    """Cut each node's range of its feature, at the share `at` of its width, and write it to `threshold` (trees, leaves).

    feature: (trees, leaves), heaps as in `kernels.trees`. low, high: (trees, d), the range of each feature at the root.
    at: (trees, leaves), 0.5 for halves.
    """
    for tree in range(len(feature)):
        for node in range(1, feature.shape[1]):
            column = feature[tree, node]
            begin, end = low[tree, column], high[tree, column]
            for level in range(levels(node), 0, -1):  # from the root down to the parent; a heap's number begins with its parent's
                above = node >> level
                if feature[tree, above] == column:
                    if (node >> (level - 1)) & 1:
                        begin = np.float64(threshold[tree, above])
                    else:
                        end = np.float64(threshold[tree, above])
            threshold[tree, node] = np.float32(begin + at[tree, node] * (end - begin))


@kernel
def last_feature(feature: NDArray[np.int32]) -> int:
    """The highest number of a feature in trees (trees, leaves), -1 where there are none: numpy takes three times as long for it."""
    last = -1
    for tree in range(len(feature)):
        for node in range(feature.shape[1]):
            last = max(last, feature[tree, node])
    return last


@kernel
def surprises(rows: F64, count: float, fewest: float, surprise: NDArray[np.float32]) -> None:
    """From how many rows are in each leaf, (trees, leaves), of `count` in all: how many bits it is short of the densest there could be.

    A leaf speaks with the mass of the first node on the way to it that has fewer than `fewest` rows, at least with its own. The
    density of m rows at depth k is (m + 1/2) 2**k / (count + 1/2).
    """
    leaves = rows.shape[1]
    height = levels(leaves)
    mass = np.empty(2 * leaves)
    for tree in range(len(rows)):
        for leaf in range(leaves):
            mass[leaves + leaf] = rows[tree, leaf]
        for node in range(leaves - 1, 0, -1):
            mass[node] = mass[2 * node] + mass[2 * node + 1]
        for leaf in range(leaves):
            depth = 0
            while depth < height and mass[(leaves + leaf) >> (height - depth)] >= fewest:
                depth += 1
            held = mass[(leaves + leaf) >> (height - depth)]
            bits = np.log2((count + 0.5) / (held + 0.5)) + (height - depth)
            surprise[tree, leaf] = np.float32(np.rint(bits * STEPS) / STEPS)


@kernel
def fill_windows(
    feature: NDArray[np.int32],
    threshold: NDArray[np.float32],
    rows: NDArray[np.float32],
    window: int,
    least: float,
    kept: float,
    latest: NDArray[np.int32],
    count: NDArray[np.int64],
    reference: F64,
    surprise: NDArray[np.float32],
) -> None:
    """Count each row (n, d) in its leaf of each tree; when `window` rows are in, they are added to the share `kept` of the reference,
    and counting begins anew.

    latest, reference, surprise: (trees, leaves), count: (1,), all changed in place. least: the share of the reference below which
    a node is not divided further.
    """
    height = levels(feature.shape[1])
    done = 0
    while done < len(rows):
        stop = min(len(rows), done + max(1, window - count[0]))
        for tree in range(len(feature)):
            i = done
            while i + 4 <= stop:  # four rows take turns: the next step of one waits for its loads
                a = b = c = d = 1
                for _ in range(height):
                    a = 2 * a + (1 if rows[i, feature[tree, a]] >= threshold[tree, a] else 0)
                    b = 2 * b + (1 if rows[i + 1, feature[tree, b]] >= threshold[tree, b] else 0)
                    c = 2 * c + (1 if rows[i + 2, feature[tree, c]] >= threshold[tree, c] else 0)
                    d = 2 * d + (1 if rows[i + 3, feature[tree, d]] >= threshold[tree, d] else 0)
                for node in (a, b, c, d):
                    latest[tree, node - (1 << height)] += 1
                i += 4
            while i < stop:
                latest[tree, leaf_of(feature, threshold, rows[i], tree, height)] += 1
                i += 1
        count[0] += stop - done
        done = stop
        if count[0] >= window:
            for tree in range(len(latest)):
                for leaf in range(latest.shape[1]):
                    reference[tree, leaf] = kept * reference[tree, leaf] + latest[tree, leaf]
            whole = reference[0].sum()
            surprises(reference, whole, least * whole, surprise)
            latest[:] = 0
            count[0] = 0
