"""Random cut trees over a bounded sample of a stream: rows enter and leave one by one, and each tree stays as if it had been grown
of the rows that it holds.

Source: Guha et al. 2016, Robust random cut forest based anomaly detection on streams, algorithms 1 and 2.

A tree of at most `size` rows has inner nodes 0 to size - 1 and leaves size to 2 size - 1; leaf size + s holds the row `point[s]`.
Its arrays, in the order in which they are handed over: child (size, 2), parent (2 size,), feature (size,), cut (size,), mass (size,),
box (size, 2, d), point (size, d); a node or parent of -1 is none. A row goes to child 0 where value <= cut. Whatever indices a
damaged tree holds within these ranges, no walk takes more than 2 size steps.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread
from standout.kernels.isolation import uniform

Tree = tuple[Any, ...]


@kernel
def low_of(tree: Tree, node: int, column: int) -> Any:
    """The least value of a column among the rows below a node."""
    size = len(tree[0])
    return tree[6][node - size, column] if node >= size else tree[5][node, 0, column]


@kernel
def high_of(tree: Tree, node: int, column: int) -> Any:
    """The greatest value of a column among the rows below a node."""
    size = len(tree[0])
    return tree[6][node - size, column] if node >= size else tree[5][node, 1, column]


@kernel
def mass_of(tree: Tree, node: int) -> int:
    """How many rows are below a node."""
    return 1 if node >= len(tree[0]) else tree[4][node]


@kernel
def draw_cut(tree: Tree, node: int, row: Any, stream: NDArray[np.uint64]) -> tuple[int, Any, int]:
    """A random cut of the box of a node and a row together: its column, its place, and where it leaves the row.

    That is 0 or 1, the side of the row when all of the node is on the other, or -1 when the cut goes through the node's box. The
    column is -1 where the box is the row itself.
    """
    total = 0.0
    for j in range(len(row)):
        total += np.float64(max(high_of(tree, node, j), row[j])) - np.float64(min(low_of(tree, node, j), row[j]))
    left = uniform(stream) * total
    chosen = -1
    for j in range(len(row)):
        length = np.float64(max(high_of(tree, node, j), row[j])) - np.float64(min(low_of(tree, node, j), row[j]))
        if length > 0:
            chosen = j
            if left < length:
                break
            left -= length
    if chosen < 0:
        return -1, 0.0, 0
    low, high, value = low_of(tree, node, chosen), high_of(tree, node, chosen), row[chosen]
    place = np.float32(np.float64(min(low, value)) + left)
    if low == high:  # rounding must not put the cut on the wrong side of the two
        place = min(low, value)
    if high <= place < value:
        return chosen, place, 1
    return chosen, place, 0 if value <= place < low else -1


@kernel
def put_in(tree: Tree, root: int, slot: int, fresh: int, stream: NDArray[np.uint64]) -> int:
    """Put the row `point[slot]` into a tree, with `fresh` as its new inner node; the root afterwards."""
    child, parent, feature, cut, mass, box, point = tree
    size = len(child)
    row, leaf = point[slot], size + slot
    if root < 0:
        parent[leaf] = -1
        return leaf
    node, above = root, -1
    for _ in range(2 * size):
        column, place, side = draw_cut(tree, node, row, stream)
        if side >= 0 and (column >= 0 or node >= size):
            break
        if node >= size:  # a cut through a leaf's box there is not: only for a damaged tree
            column, side = 0, 0
            break
        mass[node] += 1
        for j in range(len(row)):
            box[node, 0, j], box[node, 1, j] = min(box[node, 0, j], row[j]), max(box[node, 1, j], row[j])
        above = node
        if column < 0:  # copies of the row: the lighter side, so that many copies grow no chain
            node = child[node, 0 if mass_of(tree, child[node, 0]) <= mass_of(tree, child[node, 1]) else 1]
        else:
            node = child[node, 0 if row[feature[node]] <= cut[node] else 1]
    for j in range(len(row)):
        box[fresh, 0, j], box[fresh, 1, j] = min(low_of(tree, node, j), row[j]), max(high_of(tree, node, j), row[j])
    mass[fresh] = mass_of(tree, node) + 1
    feature[fresh], cut[fresh] = max(column, 0), place
    child[fresh, side], child[fresh, 1 - side] = leaf, node
    parent[node] = parent[leaf] = fresh
    parent[fresh] = above
    if above < 0:
        return fresh
    child[above, 0 if child[above, 0] == node else 1] = fresh
    return root


@kernel
def take_away(tree: Tree, root: int, slot: int) -> tuple[int, int]:
    """Take a row out of a tree: the root afterwards, and the inner node that is free now."""
    child, parent, _, _, mass, box, point = tree
    size = len(child)
    leaf = size + slot
    freed = parent[leaf]
    if freed < 0:
        return -1, 0
    other = child[freed, 1 if child[freed, 0] == leaf else 0]
    above = parent[freed]
    parent[other] = above
    if above >= 0:
        child[above, 0 if child[above, 0] == freed else 1] = other
    node, shrinks = above, True
    for _ in range(size):
        if node < 0:
            break
        mass[node] -= 1
        if shrinks:
            shrinks = False
            for j in range(point.shape[1]):
                low = min(low_of(tree, child[node, 0], j), low_of(tree, child[node, 1], j))
                high = max(high_of(tree, child[node, 0], j), high_of(tree, child[node, 1], j))
                shrinks = shrinks or low != box[node, 0, j] or high != box[node, 1, j]
                box[node, 0, j], box[node, 1, j] = low, high
        node = parent[node]
    return (other if above < 0 else root), freed


@kernel
def learn_rows(
    values: Any,
    fading: float,
    seen: NDArray[np.int64],
    stream: NDArray[np.uint64],
    key: NDArray[np.float64],
    root: NDArray[np.int32],
    child: Any,
    parent: Any,
    feature: Any,
    cut: Any,
    mass: Any,
    box: Any,
    point: Any,
) -> None:
    """Take rows (n, d), one after the other, into each tree's own random sample, in place; the first axis of all is the trees.

    The sample is weighted: a row counts exp(fading) times as much as the one before it. It keeps the rows with the least
    log(-log(u)) - fading * t, u uniform (Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003). seen: rows so far, (1,).
    """
    size = key.shape[1]
    for t in range(len(key)):
        tree = (child[t], parent[t], feature[t], cut[t], mass[t], box[t], point[t])
        luck = stream[t : t + 1]
        for i in range(len(values)):
            before = seen[0] + i
            mine = math.log(-math.log(max(uniform(luck), 1e-300))) - fading * before
            slot, fresh = before, before - 1
            if before >= size:
                slot = 0
                for s in range(1, size):
                    if key[t, s] > key[t, slot]:
                        slot = s
                if mine >= key[t, slot]:
                    continue
                root[t], fresh = take_away(tree, root[t], slot)
            key[t, slot] = mine
            for j in range(values.shape[1]):
                point[t, slot, j] = values[i, j]
            root[t] = put_in(tree, root[t], slot, max(fresh, 0), luck)
    seen[0] += len(values)


@kernel
def expected_depths(values: Any, root: Any, trees: Tree, usual: float, sums: Any, parts: Any) -> None:
    """Add to `sums` (n,) and, unless it is empty, by column to `parts` (n, d) what every tree says of a row, were it put in.

    At each node on its way a cut may set the row apart from all below, with the probability of the new part of the box; it then
    scores usual / (depth + 1). A row that is in the tree already scores usual / (depth + log2(1 + copies)) at its end, less
    a part for the copies, which is no column's.
    """
    child, _, feature, cut, mass, box, point = trees
    size, width = child.shape[1], values.shape[1]
    for i in range(len(values)):
        for t in range(len(root)):
            node, rest = root[t], 1.0
            for depth in range(2 * size):
                if node < 0:
                    break
                here, total, beyond = node - size, 0.0, 0.0
                for j in range(width):
                    value = np.float64(values[i, j])
                    low = np.float64(point[t, here, j] if node >= size else box[t, node, 0, j])
                    high = np.float64(point[t, here, j] if node >= size else box[t, node, 1, j])
                    out = max(value - high, 0.0) + max(low - value, 0.0)
                    beyond += out
                    total += out + (high - low)
                if total <= 0.0:
                    copies = 1 if node >= size else mass[t, node]
                    whole = mass[t, root[t]] if root[t] < size else 1
                    sums[i] += rest * usual / (depth + math.log2(1.0 + copies)) * (1.0 - 0.5 * copies / max(1, whole))
                    break
                if beyond > 0.0:
                    worth = rest * usual / (depth + 1.0)
                    sums[i] += worth * beyond / total
                    if len(parts):
                        for j in range(width):
                            value = np.float64(values[i, j])
                            low = np.float64(point[t, here, j] if node >= size else box[t, node, 0, j])
                            high = np.float64(point[t, here, j] if node >= size else box[t, node, 1, j])
                            parts[i, j] += worth * (max(value - high, 0.0) + max(low - value, 0.0)) / total
                    rest *= 1.0 - beyond / total
                if node >= size or rest <= 0.0:
                    break
                node = child[t, node, 0 if values[i, feature[t, node]] <= cut[t, node] else 1]


def shared_depths(values: Any, root: Any, trees: Tree, usual: float, each: bool) -> tuple[Any, Any]:
    """The sums (n,) of `expected_depths` and the parts of the columns, (n, d), or (0, d) unless wanted; on all cores."""
    sums, parts = np.zeros(len(values)), np.zeros((len(values) if each else 0, values.shape[1]))
    spread(
        lambda a, b: expected_depths(values[a:b], root, trees, usual, sums[a:b], parts[a:b]),
        len(values),
        least=256,
    )
    return sums, parts
