"""The log weight of a set of columns that may be wrong: the density of the rest of the row, times that of wrong values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.explain.wrong import log_wrong
from standout.kernels import kernel

MOST = 8
"""Columns that may be set aside in all; beyond three they join one by one."""

_LOG_2PI = float(np.log(2 * np.pi))


class Clouds(NamedTuple):
    """The fields of `Faults`, as kernels take them."""

    log_weight: Floats
    mean: Floats
    precision: Floats
    start: NDArray[np.int64]
    offset: Floats
    prior: float
    held: Floats


class Space(NamedTuple):
    """Room for what is worked out of one row, used again for the next.

    y: (clouds, d), P (row - mean). base: (clouds,), the log weight of the whole row. wrong: (columns,), of a wrong value. levels:
    (clouds,), of one set. places: the features of that set; block, away: see `factor`.
    """

    y: Floats
    base: Floats
    wrong: Floats
    levels: Floats
    places: NDArray[np.int64]
    block: Floats
    away: Floats


@kernel
def space_for(clouds: Clouds) -> Space:
    """Room for rows among these clouds."""
    many, d = clouds.mean.shape
    room = min(d, (MOST + 1) * np.max(clouds.start[1:] - clouds.start[:-1]))
    y, base, wrong, levels = np.empty((many, d)), np.empty(many), np.empty(len(clouds.start) - 1), np.empty(many)
    return Space(y, base, wrong, levels, np.empty(room, dtype=np.int64), np.empty((room, room)), np.empty(room))


@kernel
def log_sum(values: Floats, n: int) -> float:
    top = values[0]
    for i in range(1, n):
        top = max(top, values[i])
    total = 0.0
    for i in range(n):
        total += np.exp(values[i] - top)
    return top + np.log(total)


@kernel
def factor(precision: Floats, y: Floats, places: NDArray[np.int64], m: int, block: Floats, away: Floats) -> float:
    """Half of y' P^-1 y less half of log det P, over the chosen places; `block` holds P's Cholesky root, `away` L^-1 y."""
    level = 0.0
    for a in range(m):
        for b in range(a + 1):
            entry = precision[places[a], places[b]]
            for t in range(b):
                entry -= block[a, t] * block[b, t]
            if a == b:
                block[a, a] = np.sqrt(max(entry, 1e-12))
            else:
                block[a, b] = entry / block[b, b]
        left = y[places[a]]
        for t in range(a):
            left -= block[a, t] * away[t]
        away[a] = left / block[a, a]
        level += 0.5 * away[a] * away[a] - np.log(block[a, a])
    return level


@kernel
def gather(start: NDArray[np.int64], chosen: NDArray[np.int64], places: NDArray[np.int64]) -> int:
    """Write the places of the features of a set of columns, which ends at -1; how many there are."""
    m = 0
    for t in range(len(chosen)):
        if chosen[t] < 0:
            break
        for f in range(start[chosen[t]], start[chosen[t] + 1]):
            places[m] = f
            m += 1
    return m


@kernel
def place(clouds: Clouds, row: Floats, space: Space) -> float:
    """The row in each cloud; the log weight of the empty set."""
    mean, precision, y = clouds.mean, clouds.precision, space.y
    many, d = mean.shape
    for c in range(many):
        form = 0.0
        for a in range(d):
            y[c, a] = 0.0
            for b in range(d):
                y[c, a] += precision[c, a, b] * (row[b] - mean[c, b])
            form += y[c, a] * (row[a] - mean[c, a])
        space.base[c] = clouds.log_weight[c] - 0.5 * form
    return log_sum(space.base, many)


@kernel
def suspect(clouds: Clouds, row: Floats, wrong: Floats) -> None:
    """The log weight of each column's value as one that is wrong."""
    start = clouds.start
    for k in range(len(wrong)):
        wrong[k] = -clouds.offset[k] - clouds.prior
        for f in range(start[k], start[k + 1]):
            wrong[k] += 0.5 * _LOG_2PI + log_wrong(row[f], clouds.held[f])


@kernel
def weigh(clouds: Clouds, space: Space, sets: NDArray[np.int64], first: int, last: int, weights: Floats) -> None:
    """The log weights of the sets from `first` up to `last`, each a row that ends at -1."""
    start, precision, places = clouds.start, clouds.precision, space.places
    y, base, wrong, levels, block, away = space.y, space.base, space.wrong, space.levels, space.block, space.away
    for s in range(first, last):
        extra = 0.0
        for t in range(sets.shape[1]):
            if sets[s, t] < 0:
                break
            extra += wrong[sets[s, t]]
        m = gather(start, sets[s], places)
        for c in range(len(base)):
            levels[c] = base[c] + factor(precision[c], y[c], places, m, block, away)
        weights[s] = log_sum(levels, len(base)) + extra
