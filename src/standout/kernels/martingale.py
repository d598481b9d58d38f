"""Betting against the claim that new rows are like the old ones: ranks as rows come in, and the capital of a gambler."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel


@kernel
def counted_to(tree: NDArray[np.int64], at: int) -> int:
    """How many were counted at the places 1 to `at` of a Fenwick tree, whose place 0 is not its own."""
    counted = 0
    while at > 0:
        counted += tree[at]
        at -= at & -at
    return counted


@kernel
def count_at(tree: NDArray[np.int64], at: int) -> None:
    """Count one more at a place of a Fenwick tree, from 1 on."""
    while at < len(tree):
        tree[at] += 1
        at += at & -at


@kernel
def online_p_values(
    rank: NDArray[np.int64], higher: Floats, equal: Floats, null: float, chance: Floats, p_values: Floats
) -> None:
    """Each row's smoothed place among the null and the rows before it, written to `p_values`, shape (n,).

    rank: of each score among all of them, from 0, ties equal. higher, equal: how many of the `null` scores are higher, or equal.
    chance: uniform numbers that break ties. Exchangeable rows give independent uniform p-values, ties or not.
    """
    size = 1
    for r in rank:
        size = max(size, r + 1)
    tree = np.zeros(size + 1, dtype=np.int64)  # Fenwick: how many earlier rows have a rank below
    for i in range(len(rank)):
        up_to, below = counted_to(tree, rank[i] + 1), counted_to(tree, rank[i])
        above = higher[i] + (i - up_to)
        same = 1.0 + equal[i] + (up_to - below)
        p_values[i] = (above + chance[i] * same) / (null + i + 1.0)
        count_at(tree, rank[i] + 1)


@kernel
def online_p_values_by_cell(cell: NDArray[np.int64], chance: Floats, tree: NDArray[np.int64], p_values: Floats) -> None:
    """As `online_p_values`, for scores told apart by cells only, and going on from where the last call stopped.

    cell: of each score, from 0, higher is stranger. tree: a Fenwick tree over the cells that counts all earlier scores, shape
    (cells + 1,), with their number at 0; moved on in place.
    """
    for i in range(len(cell)):
        up_to, below = counted_to(tree, cell[i] + 1), counted_to(tree, cell[i])
        above, same = tree[0] - up_to, 1.0 + (up_to - below)
        p_values[i] = (above + chance[i] * same) / (tree[0] + 1.0)
        tree[0] += 1
        count_at(tree, cell[i] + 1)


@kernel
def jump_on(p_values: Floats, bets: Floats, jump: float, share: Floats, logarithm: float, capital: Floats) -> None:
    """As `jumper`, going on from a capital of this logarithm, spread over the bets as `share` says; `share` is moved on in place."""
    m = len(bets)
    for i in range(len(p_values)):
        total = 0.0
        for k in range(m):
            share[k] = ((1.0 - jump) * share[k] + jump / m) * (1.0 + bets[k] * (p_values[i] - 0.5))
            total += share[k]
        for k in range(m):
            share[k] /= total
        logarithm += np.log10(total)
        capital[i] = logarithm


@kernel
def jumper(p_values: Floats, bets: Floats, jump: float, capital: Floats) -> None:
    """The decimal logarithm of a gambler's capital after each row, written to `capital`, shape (n,).

    The capital is spread over `bets`, each of which multiplies it by 1 + bet * (p - 1/2); before each row a share `jump` of all is
    spread anew. It starts at 1, and under uniform p-values it is a martingale: it reaches 100 with a chance of at most 1%.
    """
    m = len(bets)
    jump_on(p_values, bets, jump, np.full(m, 1.0 / m), 0.0, capital)
