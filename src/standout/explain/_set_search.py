"""The search for the columns that are wrong in a row: which sets are weighed, which is the likeliest, and what it makes expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.explain._set_weights import MOST, Clouds, Space, factor, gather, log_sum, place, space_for, suspect, weigh
from standout.kernels import kernel


@kernel
def _alone(columns: int, paired: int, tripled: int) -> NDArray[np.int64]:
    """The empty set and each column alone, with room for the sets of two and three; a set ends at -1."""
    room = paired * (paired - 1) // 2 + tripled * (tripled - 1) * (tripled - 2) // 6
    sets = np.full((1 + columns + room, MOST), -1, dtype=np.int64)
    for k in range(columns):
        sets[1 + k, 0] = k
    return sets


@kernel
def _likeliest(single: Floats, order: NDArray[np.int64]) -> None:
    """Write the likeliest columns in order, by insertion."""
    many, suspects = 0, len(order)
    for k in range(len(single)):
        at = many
        while at > 0 and single[order[at - 1]] < single[k]:
            if at < suspects:
                order[at] = order[at - 1]
            at -= 1
        if at < suspects:
            order[at] = k
            many = min(many + 1, suspects)


@kernel
def _twos_and_threes(order: NDArray[np.int64], tripled: int, sets: NDArray[np.int64], found: int) -> int:
    """Write all sets of two, and of three of the first `tripled`, after the `found` that there are; how many there are then."""
    for a in range(len(order)):
        for b in range(a + 1, len(order)):
            for t in range(b, max(b + 1, tripled)):
                sets[found, 0], sets[found, 1] = order[a], order[b]
                sets[found, 2] = order[t] if t > b else -1
                found += 1
    return found


@kernel
def _include(sets: NDArray[np.int64], weights: Floats, found: int, included: Floats) -> None:
    """The probability that each column is wrong: the share of the weight that its sets have."""
    included[:] = 0.0
    whole = log_sum(weights, found)
    for s in range(1, found):
        share = np.exp(weights[s] - whole)
        for t in range(3):
            if sets[s, t] >= 0:
                included[sets[s, t]] += share


@kernel
def _best(weights: Floats, found: int) -> int:
    """The first of the likeliest sets."""
    best = 0
    for s in range(1, found):
        if weights[s] > weights[best]:
            best = s
    return best


@kernel
def _size(chosen: NDArray[np.int64]) -> int:
    size = 0
    while size < len(chosen) and chosen[size] >= 0:
        size += 1
    return size


@kernel
def _grow(
    clouds: Clouds, space: Space, order: NDArray[np.int64], best: NDArray[np.int64], top: float, trials: NDArray[np.int64],
    weights: Floats, included: Floats,
) -> float:  # fmt: skip  # one argument a line says no more
    """Let the column that helps most join the best set, again and again; its log weight then."""
    for held in range(_size(best), MOST):
        tried = 0
        for k in order:
            if not np.any(best == k):
                trials[tried] = best
                trials[tried, held] = k
                tried += 1
        weigh(clouds, space, trials, 0, tried, weights)
        likeliest = _best(weights, tried)
        if not (tried and weights[likeliest] > top):
            break
        best[held], top = trials[likeliest, held], weights[likeliest]
        for t in range(held + 1):
            included[best[t]] = 1.0
    return top


@kernel
def _odds_within(
    clouds: Clouds, space: Space, best: NDArray[np.int64], top: float, trials: NDArray[np.int64], weights: Floats, odds: Floats,
) -> None:  # fmt: skip  # as above
    """How much less likely the row is when one of the best set is taken as right and the others stay aside."""
    size = _size(best)
    for t in range(size):
        trials[t] = -1
        trials[t, :t] = best[:t]
        trials[t, t : size - 1] = best[t + 1 : size]
    weigh(clouds, space, trials, 0, size, weights)
    for t in range(size):
        odds[best[t]] = top - weights[t]


@kernel
def _fitting(clouds: Clouds, space: Space, m: int) -> int:
    """The cloud that fits best what is not at the first `m` places."""
    fits, high = 0, -np.inf
    for c in range(len(space.base)):
        level = space.base[c] + factor(clouds.precision[c], space.y[c], space.places, m, space.block, space.away)
        if level > high:
            fits, high = c, level
    return fits


@kernel
def _expect(
    precision: Floats, y: Floats, row: Floats, places: NDArray[np.int64], m: int, first: int, block: Floats, away: Floats,
    expected: Floats,
) -> None:  # fmt: skip  # as above
    """The features at places `first` and up, as all that are not among the `m` places make likely."""
    factor(precision, y, places, m, block, away)
    for a in range(m - 1, -1, -1):
        for t in range(a + 1, m):
            away[a] -= block[t, a] * away[t]
        away[a] /= block[a, a]
    for a in range(first, m):
        expected[places[a]] = row[places[a]] - away[a]


@kernel
def _expect_all(clouds: Clouds, space: Space, row: Floats, best: NDArray[np.int64], expected: Floats) -> int:
    """Every feature as the columns that are neither aside nor its own make likely; the cloud that says so."""
    start, places, block, away = clouds.start, space.places, space.block, space.away
    m = gather(start, best, places)
    fits = _fitting(clouds, space, m)
    precision, y = clouds.precision[fits], space.y[fits]
    _expect(precision, y, row, places, m, 0, block, away, expected)
    for k in range(len(start) - 1):
        if not np.any(best == k):
            wide = m
            for f in range(start[k], start[k + 1]):
                places[wide] = f
                wide += 1
            _expect(precision, y, row, places, wide, m, block, away, expected)
    return fits


@kernel
def search(
    clouds: Clouds, rows: Floats, paired: int, tripled: int, odds: Floats, included: Floats, expected: Floats,
    aside: NDArray[np.int64], cloud: NDArray[np.int64], first: int, last: int,
) -> None:  # fmt: skip  # as above
    """Write what `Found` holds of the rows from `first` up to `last`; `aside` comes filled with -1.

    paired, tripled: of how many of the likeliest columns all sets of two and of three are weighed; fewer than three tripled are none.
    """
    columns, deepest = len(clouds.start) - 1, min(3 if tripled >= 3 else 2, paired)
    space, sets = space_for(clouds), _alone(columns, paired, tripled)
    weights, order = np.empty(len(sets)), np.empty(paired, dtype=np.int64)
    room = max(MOST, paired)
    trials, trial_weights = np.empty((room, MOST), dtype=np.int64), np.empty(room)
    for i in range(first, last):
        weights[0] = place(clouds, rows[i], space)
        suspect(clouds, rows[i], space.wrong)
        weigh(clouds, space, sets, 1, 1 + columns, weights)
        _likeliest(weights[1 : 1 + columns], order)
        found = _twos_and_threes(order, tripled, sets, 1 + columns)
        weigh(clouds, space, sets, 1 + columns, found, weights)
        _include(sets, weights, found, included[i])
        likeliest, best = _best(weights, found), aside[i]
        best[:] = sets[likeliest]
        top = weights[likeliest]
        if _size(best) == deepest:
            top = _grow(clouds, space, order, best, top, trials, trial_weights, included[i])
        odds[i] = weights[1 : 1 + columns] - weights[0]
        _odds_within(clouds, space, best, top, trials, trial_weights, odds[i])
        cloud[i] = _expect_all(clouds, space, rows[i], best, expected[i])
