"""Shapley values of complete binary trees, exact: what each feature adds to the sum of the leaves that a row reaches.

Trees are stored as in `kernels.trees`; a branch that ended early has the threshold +inf and its value in all leaves below it.
`cover` (trees, nodes), float32, is how many training rows reached each node, inner nodes first and then leaves, numbered as in the
heap: a tree's expected value without a feature follows both branches in these proportions (Lundberg et al. 2020,
doi:10.1038/s42256-019-0138-9).

A leaf is worth its value where all known features of its path say yes, times the share of training rows for each that is not known.
The Shapley value weighs a coalition of k of the m other features by the integral of t^k (1-t)^(m-k) over t from 0 to 1, so what a
leaf gives feature i is value * (on_i - share_i) * the integral of the product over the others of on_j t + share_j (1-t): a
polynomial, which a Gauss-Legendre rule of half as many points as the path has features takes exactly. At each of these points the
product is carried down the path and its sums back up, as in linear TreeSHAP (Yu et al. 2022, doi:10.48550/arXiv.2209.08192), so that
a tree costs a few multiplications a branch; and since all rows visit all branches, they do so abreast.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.layout import HINT
from standout.kernels import kernel, spread
from standout.kernels.trees import Forest, levels

DEEPEST = 16
"""Levels that a tree may have: the room set aside for one path."""

ABREAST, LEAST = 128, 16
"""Rows that visit a branch together, at most, as long as what they need stays in the nearest cache, and at least."""


class Branches(NamedTuple):
    """The branches of one tree, each before those below it, with all that does not depend on the row.

    depth: 1 for those at the root. feature, threshold, right: what they ask and which answer leads here. above: the depth of the
    nearest branch on the path that asks the same feature, 0 for none. ends, value: whether it is a leaf, and of what worth. part:
    the share of training rows that goes on, of those that met the feature's questions `above`. yes, no: by how much the product
    grows, where the row goes this way and where it leaves the path here. own: what makes the feature's own part of a sum of products.
    """

    depth: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    right: NDArray[np.bool_]
    above: NDArray[np.int64]
    ends: NDArray[np.bool_]
    value: NDArray[np.float64]
    part: NDArray[np.float64]
    yes: NDArray[np.float64]
    no: NDArray[np.float64]
    own: NDArray[np.float64]


@kernel
def _room(leaves: int, points: int) -> Branches:
    many = 2 * leaves
    return Branches(
        np.empty(many, np.int64), np.empty(many, np.int64), np.empty(many, np.float32), np.empty(many, np.bool_),
        np.empty(many, np.int64), np.empty(many, np.bool_), np.empty(many), np.empty(many),
        np.empty((many, points)), np.empty((many, points)), np.empty((many, points)),
    )  # fmt: skip  # one field a line says no more


class Space(NamedTuple):
    """Room for what is worked out of the rows abreast, by depth, 0 being the root: used again for the next tree.

    products: of all features of the path, at each point of the rule for each row, (depth, points * rows), 1 at the root. sums: of the
    products at the leaves below; twice: of those below which the feature is asked again; leaf: (points * rows,), at one leaf. on:
    (depth, rows), 1 where a row's value goes the path's way and 0 elsewhere. path: the branch at each depth.
    """

    products: NDArray[np.float64]
    sums: NDArray[np.float64]
    twice: NDArray[np.float64]
    leaf: NDArray[np.float64]
    on: NDArray[np.float64]
    path: NDArray[np.int64]


@kernel
def _space(points: int, rows: int) -> Space:
    shape = (DEEPEST + 1, points * rows)
    path = np.zeros(DEEPEST + 1, dtype=np.int64)
    return Space(np.ones(shape), np.zeros(shape), np.zeros(shape), np.zeros(points * rows), np.ones((DEEPEST + 1, rows)), path)


@kernel
def _read(feature: Any, threshold: Any, length: Any, cover: Any, at: Any, weight: Any, branches: Branches) -> int:
    """Write the branches of one tree; how many there are. at, weight: the points of the rule and their weights."""
    leaves = len(feature)
    height, found, node, depth = levels(leaves), 0, 1, 0
    share = np.ones(DEEPEST + 1)  # of each branch on the path: of all questions of its feature so far
    asked = np.full(DEEPEST + 1, -1, dtype=np.int64)
    while True:
        if node < leaves and threshold[node] != np.inf:
            node, depth = 2 * node, depth + 1
        else:
            while node > 1 and node & 1:
                node, depth = node >> 1, depth - 1
            if node == 1:
                return found
            node += 1
        parent = node >> 1
        above = depth - 1
        while above > 0 and asked[above] != feature[parent]:
            above -= 1
        before = share[above] if above else 1.0
        here = before * cover[node] / cover[parent]
        asked[depth], share[depth] = feature[parent], here
        branches.depth[found], branches.feature[found], branches.threshold[found] = depth, feature[parent], threshold[parent]
        branches.right[found], branches.above[found] = node & 1 == 1, above
        ends = node >= leaves or threshold[node] == np.inf
        branches.ends[found] = ends
        branches.value[found] = length[(node << (height - depth)) - leaves] if ends else 0.0
        branches.part[found] = here / before if before > 0 else 0.0
        for q in range(len(at)):
            without = at[q] + before * (1 - at[q]) if above else 1.0
            branches.yes[found, q] = (at[q] + here * (1 - at[q])) / without
            branches.no[found, q] = here * (1 - at[q]) / without
            branches.own[found, q] = weight[q] * (1 - here) / (at[q] + here * (1 - at[q]))
        found += 1


@kernel
def _goes(values: Any, threshold: float, right: bool, above: Any, on: Any) -> None:
    """1 where a row goes on at this branch and did at the one above that asks the same feature, else 0; each (rows,)."""
    for r in range(len(values)):
        on[r] = above[r] if (values[r] >= threshold) == right else 0.0


@kernel
def _add(held: Any, to: Any) -> None:
    for r in range(len(held)):
        to[r] += held[r]


@kernel
def _grow(before: Any, on: Any, above: Any, yes: float, no: float, part: float, grown: Any) -> None:
    """The products (rows,) at one point, one branch on."""
    for r in range(len(before)):
        grown[r] = before[r] * (part + above[r] * (no - part) + on[r] * (yes - no))


@kernel
def _end(
    before: Any, on: Any, above: Any, yes: float, no: float, part: float, own: float, lost: float, held: Any, total: Any,
) -> None:  # fmt: skip  # one argument a line says no more
    """As `_grow` into a leaf, and the feature's own part of it added to `total` (rows,)."""
    for r in range(len(before)):
        grown = before[r] * (part + above[r] * (no - part) + on[r] * (yes - no))
        held[r] = grown
        total[r] += grown * (lost + on[r] * (own - lost))


@kernel
def _close(sums: Any, twice: Any, on: Any, own: float, lost: float, total: Any) -> None:
    """Add to a feature's values its own part of the sums below a branch, but for leaves below the same feature's next branches."""
    for r in range(len(sums)):
        total[r] += (sums[r] - twice[r]) * (lost + on[r] * (own - lost))


@kernel
def _visit(branches: Branches, found: int, lost: Any, block: Any, parts: Any, space: Space) -> None:
    """Add the Shapley values of one tree to `parts` (d, rows) of the rows in `block` (d, rows).

    lost: what makes a feature's own part where the row leaves the path by it: minus weight / (1 - point), whatever its share.
    """
    products, sums, twice, leaf, on, path = space
    width, last = on.shape[1], 0
    for e in range(found + 1):
        depth = branches.depth[e] if e < found else 1
        while last >= depth:  # what lies below these is done
            done = path[last]
            if not branches.ends[done]:
                for q in range(len(lost)):
                    one = slice(q * width, (q + 1) * width)
                    own, total = branches.own[done, q], parts[branches.feature[done]]
                    _close(sums[last, one], twice[last, one], on[last], own, lost[q], total)
                _add(sums[last], sums[last - 1])
                if branches.above[done]:
                    _add(sums[last], twice[branches.above[done]])
            last -= 1
        if e == found:
            break
        above, feature, part, value = branches.above[e], branches.feature[e], branches.part[e], branches.value[e]
        last, path[depth] = depth, e
        _goes(block[feature], branches.threshold[e], branches.right[e], on[above], on[depth])
        for q in range(len(lost)):
            one = slice(q * width, (q + 1) * width)
            before, yes, no, own = products[depth - 1, one], branches.yes[e, q], branches.no[e, q], branches.own[e, q]
            if branches.ends[e]:
                yes, no, worth = value * yes, value * no, value * part
                _end(before, on[depth], on[above], yes, no, worth, own, lost[q], leaf[one], parts[feature])
            else:
                _grow(before, on[depth], on[above], yes, no, part, products[depth, one])
        if branches.ends[e]:
            _add(leaf, sums[depth - 1])
            if above:
                _add(leaf, twice[above])
        else:
            sums[depth] = 0.0
            twice[depth] = 0.0


@kernel
def add_values(
    feature: Any, threshold: Any, length: Any, cover: Any, at: Any, weight: Any, abreast: int, rows: Any, parts: Any,
) -> None:  # fmt: skip  # one argument a line says no more
    """Write each feature's Shapley value to `parts` (n, d); at, weight: of a Gauss-Legendre rule between 0 and 1."""
    n, d = rows.shape
    branches, space = _room(feature.shape[1], len(at)), _space(len(at), abreast)
    lost = -weight / (1 - at)
    block, told = np.zeros((d, abreast), dtype=np.float32), np.zeros((d, abreast))
    for first in range(0, n, abreast):
        many = min(abreast, n - first)
        for i in range(many):
            for k in range(d):
                block[k, i] = rows[first + i, k]
        told[:] = 0.0
        for tree in range(len(feature)):
            found = _read(feature[tree], threshold[tree], length[tree], cover[tree], at, weight, branches)
            _visit(branches, found, lost, block, told, space)
        for i in range(many):
            for k in range(d):
                parts[first + i, k] = told[k, i]


def shapley_values(forest: Forest, cover: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Each feature's Shapley value in the sum over trees, shape (n, d); with the trees' expected values they add up to the sum.

    cover: (trees, 2 * leaves), above 0 where a path leads; trees of at most `DEEPEST` levels.

    >>> tree = np.array([[0, 0]], dtype=np.int32), np.array([[0, 0.5]], dtype=np.float32), np.array([[0, 8]], dtype=np.float32)
    >>> shapley_values(tree, np.array([[0, 4, 3, 1]], dtype=np.float32), np.array([[1.0], [0]], dtype=np.float32)).round(9).tolist()
    [[6.0], [-2.0]]
    """
    trees, leaves = forest[0].shape
    if cover.shape != (trees, 2 * leaves) or levels(leaves) > DEEPEST:
        raise ModelFileError(f"Trees of {leaves} leaves with covers of shape {cover.shape} cannot be explained.", HINT)
    point, weight = np.polynomial.legendre.leggauss((max(1, min(levels(leaves), rows.shape[1])) + 1) // 2)
    parts = np.zeros(rows.shape)
    rule, abreast = ((point + 1) / 2, weight / 2), min(ABREAST, max(1, -(-len(rows) // LEAST)) * LEAST)
    spread(lambda a, b: add_values(*forest, cover, *rule, abreast, rows[a:b], parts[a:b]), len(rows), least=ABREAST)
    return parts
