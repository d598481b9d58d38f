"""Streaming and random detectors, slow and obvious: what the kernels are compared with."""

from __future__ import annotations

import math

import numpy as np


def half_space_bits(feature, threshold, rows, row, least=0.1) -> float:
    """Mean over trees of the bits that a row's node is short of the densest there could be; `rows` are the reference."""
    height = int(math.log2(feature.shape[1]))
    found = []
    for tree in range(len(feature)):

        def path(x, tree=tree):
            nodes = [1]
            for _ in range(height):
                nodes.append(2 * nodes[-1] + int(x[feature[tree, nodes[-1]]] >= threshold[tree, nodes[-1]]))
            return nodes

        paths = [path(r) for r in rows]
        for depth, node in enumerate(path(row)):
            mass = sum(p[depth] == node for p in paths)
            if mass < least * len(rows) or depth == height:
                found.append(math.log2((len(rows) + 0.5) / (mass + 0.5)) + height - depth)
                break
    return float(np.mean(found))


def check_random_cut_tree(tree, root: int, held: list[int]) -> None:
    """Assert that a tree holds just the rows in `held`, that every box is tight, every mass counted and every cut obeyed."""
    child, parent, feature, cut, mass, box, point = tree
    size = len(child)

    def walk(node: int, above: int) -> list[int]:
        assert parent[node] == above
        if node >= size:
            return [node - size]
        sides = [walk(int(child[node, side]), node) for side in (0, 1)]
        rows = sides[0] + sides[1]
        assert mass[node] == len(rows)
        assert np.array_equal(box[node, 0], point[rows].min(axis=0))
        assert np.array_equal(box[node, 1], point[rows].max(axis=0))
        if (box[node, 0] < box[node, 1]).any():  # copies of one row cannot be cut
            assert (point[sides[0], feature[node]] <= cut[node]).all()
            assert (point[sides[1], feature[node]] > cut[node]).all()
        return rows

    assert sorted(walk(root, -1)) == sorted(held)


def expected_cut_score(tree, root: int, row, usual: float) -> float:
    """What one tree says of a row: the chance of being cut off at each node, worth usual / (depth + 1)."""
    child, _, feature, cut, mass, box, point = tree
    size = len(child)

    def at(node: int, depth: int) -> float:
        low, high = (point[node - size],) * 2 if node >= size else box[node]
        low, high, x = (np.asarray(a, dtype=np.float64) for a in (low, high, row))
        beyond = (np.maximum(x, high) - np.minimum(x, low)).sum() - (high - low).sum()
        whole = (np.maximum(x, high) - np.minimum(x, low)).sum()
        if whole == 0:
            copies = 1 if node >= size else mass[node]
            total = mass[root] if root < size else 1
            return usual / (depth + math.log2(1 + copies)) * (1 - 0.5 * copies / total)
        chance = beyond / whole
        here = chance * usual / (depth + 1)
        if node >= size or chance >= 1:
            return here
        return here + (1 - chance) * at(int(child[node, 0 if row[feature[node]] <= cut[node] else 1]), depth + 1)

    return at(root, 0)


def inne(row, draws) -> float:
    """Mean isolation over draws (draws, size, d)."""
    total = []
    for draw in draws.astype(np.float64):
        gaps = np.linalg.norm(draw[:, None] - draw[None], axis=2) + np.diag(np.full(len(draw), np.inf))
        radius, nearest = gaps.min(axis=1), gaps.argmin(axis=1)
        away = np.linalg.norm(draw - row, axis=1)
        holding = [c for c in range(len(draw)) if away[c] <= radius[c]]
        if holding:
            c = min(holding, key=lambda c: radius[c])
            total.append(1 - radius[nearest[c]] / radius[c])
        else:
            c = int(away.argmin())
            total.append(2 - radius[c] / away[c])
    return float(np.mean(total))
