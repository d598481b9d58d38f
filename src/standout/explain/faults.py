"""Which columns do not belong to a row: the probability of each, over all small sets of columns that may be wrong.

A column that is wrong makes its neighbours look wrong too, since each is judged by the others. So sets are weighed against each
other: how likely is the rest of the row without them, times how likely a wrong value is to be what was seen (Bayes' rule; a wrong
value may be anything, which is a Cauchy distribution here). The rows' own clouds give the first, see `mixture`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats, State
from standout.explain.blocks import Blocks
from standout.kernels import kernel, spread

WRONG = 3.0
"""The spread of a wrong value, in the unit of the features."""

SUSPECTS, SUSPECTS_WIDE = 8, 6
"""Columns of a row of which all sets of up to three (of two, where columns have many features) are weighed."""

FEATURES_WIDE = 2
MOST = 8
"""Columns that may be set aside in all; beyond three they join one by one."""

EXPECTED = 2
"""Columns that are wrong in a row that stands out, as far as is known before it is looked at."""

QUANTILE = 0.95
_LOG_2PI = float(np.log(2 * np.pi))


@kernel
def _log_sum(values: Floats, n: int) -> float:
    top = values[0]
    for i in range(1, n):
        top = max(top, values[i])
    total = 0.0
    for i in range(n):
        total += np.exp(values[i] - top)
    return top + np.log(total)


@kernel
def _factor(precision: Floats, y: Floats, places: NDArray[np.int64], m: int, block: Floats, away: Floats) -> float:
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
def _weigh(
    chosen: NDArray[np.int64], many: int, start: NDArray[np.int64], precision: Floats, base: Floats, y: Floats, wrong: Floats,
    places: NDArray[np.int64], block: Floats, away: Floats, levels: Floats,
) -> float:  # fmt: skip  # one argument a line says no more
    """The log weight of one set of columns."""
    m, extra = 0, 0.0
    for t in range(many):
        extra += wrong[chosen[t]]
        for f in range(start[chosen[t]], start[chosen[t] + 1]):
            places[m] = f
            m += 1
    for c in range(len(base)):
        levels[c] = base[c] + _factor(precision[c], y[c], places, m, block, away)
    return _log_sum(levels, len(base)) + extra


@kernel
def _expect(
    precision: Floats, y: Floats, row: Floats, places: NDArray[np.int64], m: int, first: int, block: Floats, away: Floats,
    expected: Floats,
) -> None:  # fmt: skip  # as above
    """The features at places `first` and up, as all that are not among the places make likely."""
    _factor(precision, y, places, m, block, away)
    for a in range(m - 1, -1, -1):
        for t in range(a + 1, m):
            away[a] -= block[t, a] * away[t]
        away[a] /= block[a, a]
    for a in range(first, m):
        expected[places[a]] = row[places[a]] - away[a]


@kernel
def _search(
    log_weight: Floats, mean: Floats, precision: Floats, start: NDArray[np.int64], offset: Floats, rows: Floats,
    suspects: int, deepest: int, prior: float, odds: Floats, included: Floats, expected: Floats, aside: NDArray[np.int64],
    cloud: NDArray[np.int64], first: int, last: int,
) -> None:  # fmt: skip  # as above
    clouds, d = mean.shape
    columns = len(start) - 1
    room = min(d, (MOST + 1) * np.max(start[1:] - start[:-1]))
    y, base, levels = np.empty((clouds, d)), np.empty(clouds), np.empty(clouds)
    block, away, places = np.empty((room, room)), np.empty(room), np.empty(room, dtype=np.int64)
    wrong, single = np.empty(columns), np.empty(columns)
    chosen, best = np.empty(MOST + 1, dtype=np.int64), np.empty(MOST + 1, dtype=np.int64)
    order = np.empty(suspects, dtype=np.int64)
    sets = np.empty((suspects * (suspects * suspects + 5) // 6 + 1, 3), dtype=np.int64)
    weights = np.empty(columns + len(sets) + 1)
    for i in range(first, last):
        row = rows[i]
        for c in range(clouds):
            form = 0.0
            for a in range(d):
                y[c, a] = 0.0
                for b in range(d):
                    y[c, a] += precision[c, a, b] * (row[b] - mean[c, b])
                form += y[c, a] * (row[a] - mean[c, a])
            base[c] = log_weight[c] - 0.5 * form
        null = _log_sum(base, clouds)
        for k in range(columns):
            wrong[k] = -offset[k] - prior
            for f in range(start[k], start[k + 1]):
                wrong[k] += 0.5 * _LOG_2PI - np.log(np.pi * WRONG) - np.log1p((row[f] / WRONG) ** 2)
            chosen[0] = k
            single[k] = _weigh(chosen, 1, start, precision, base, y, wrong, places, block, away, levels)
            odds[i, k] = single[k] - null
        # the likeliest columns, by insertion
        many = 0
        for k in range(columns):
            at = many
            while at > 0 and single[order[at - 1]] < single[k]:
                if at < suspects:
                    order[at] = order[at - 1]
                at -= 1
            if at < suspects:
                order[at] = k
                many = min(many + 1, suspects)
        found = 0
        weights[0] = null
        top, size = null, 0
        for k in range(columns):
            weights[1 + k] = single[k]
            if single[k] > top:
                top, size = single[k], 1
                best[0] = k
        for a in range(many):
            for b in range(a + 1, many):
                for t in range(b, many):
                    if t > b and deepest < 3:
                        break
                    chosen[0], chosen[1], chosen[2] = order[a], order[b], order[t]
                    held = 2 if t == b else 3
                    weight = _weigh(chosen, held, start, precision, base, y, wrong, places, block, away, levels)
                    weights[1 + columns + found] = weight
                    sets[found, 0], sets[found, 1], sets[found, 2] = order[a], order[b], order[t] if held == 3 else -1
                    found += 1
                    if weight > top:
                        top, size = weight, held
                        best[:held] = chosen[:held]
        whole = _log_sum(weights, 1 + columns + found)
        for k in range(columns):
            included[i, k] = np.exp(single[k] - whole)
        for s in range(found):
            share = np.exp(weights[1 + columns + s] - whole)
            for t in range(3):
                if sets[s, t] >= 0:
                    included[i, sets[s, t]] += share
        grows = size == deepest
        while grows and size < MOST:
            grows = False
            held = size
            for a in range(many):
                known = False
                for t in range(held):
                    chosen[t] = best[t]
                    known = known or best[t] == order[a]
                if known:
                    continue
                chosen[held] = order[a]
                weight = _weigh(chosen, held + 1, start, precision, base, y, wrong, places, block, away, levels)
                if weight > top:
                    top, size, grows = weight, held + 1, True
                    best[held] = order[a]
            if grows:
                for t in range(size):
                    included[i, best[t]] = 1.0
        for t in range(size):  # how much less likely the row is when this one is taken as right and the others stay aside
            held = 0
            for u in range(size):
                if u != t:
                    chosen[held] = best[u]
                    held += 1
            odds[i, best[t]] = top - _weigh(chosen, held, start, precision, base, y, wrong, places, block, away, levels)
        m = 0
        for t in range(size):
            aside[i, t] = best[t]
            for f in range(start[best[t]], start[best[t] + 1]):
                places[m] = f
                m += 1
        fits, high = 0, -np.inf
        for c in range(clouds):
            level = base[c] + _factor(precision[c], y[c], places, m, block, away)
            if level > high:
                fits, high = c, level
        cloud[i] = fits
        _expect(precision[fits], y[fits], row, places, m, 0, block, away, expected[i])
        for k in range(columns):
            known = False
            for t in range(size):
                known = known or best[t] == k
            if not known:
                wide = m
                for f in range(start[k], start[k + 1]):
                    places[wide] = f
                    wide += 1
                _expect(precision[fits], y[fits], row, places, wide, m, block, away, expected[i])


@kernel
def pulls(precision: Floats, start: NDArray[np.int64], aside: NDArray[np.int64], away: Floats, own: int) -> Floats:
    """How far each column moves what is expected of feature `own`, shape (columns,), 0 for the columns aside (-1 is none).

    away: (d,), the row less the mean. `own` belongs to a column aside.
    """
    columns, d = len(start) - 1, len(away)
    known = np.zeros(columns, dtype=np.bool_)
    places, m = np.empty(d, dtype=np.int64), 0
    for k in aside:
        if k >= 0 and not known[k]:
            known[k] = True
            for f in range(start[k], start[k + 1]):
                places[m] = f
                m += 1
    block, unit, y = np.empty((m, m)), np.zeros(m), np.zeros(d)
    y[own] = 1.0
    _factor(precision, y, places, m, block, unit)
    for a in range(m - 1, -1, -1):
        for t in range(a + 1, m):
            unit[a] -= block[t, a] * unit[t]
        unit[a] /= block[a, a]
    found = np.zeros(columns)
    for k in range(columns):
        if not known[k]:
            total = 0.0
            for f in range(start[k], start[k + 1]):
                weight = 0.0
                for a in range(m):
                    weight += unit[a] * precision[places[a], f]
                total += weight * away[f]
            found[k] = abs(total)
    return found


@dataclass(frozen=True)
class Found:
    """What was found in rows: all in the order of the blocks.

    odds: (n, columns), how much likelier the row is with that column set aside beside those of `aside`, or alone where it is none of
    them, in nats. included: (n, columns), the
    probability that the column is wrong, 0 to 1. expected: (n, d), each feature as all columns that are not aside make likely.
    aside: (n, `MOST`), the likeliest set of wrong columns, -1 where there are fewer. cloud: (n,), the one that fits the rest best.
    """

    odds: Floats
    included: Floats
    expected: Floats
    aside: NDArray[np.int64]
    cloud: NDArray[np.int64]


@dataclass(frozen=True)
class Faults:
    """The clouds of a state made by `mixture.learn`, in the order of the blocks.

    offset: what is taken off the odds of each column, see `usual_odds`; prior: what each column set aside costs, in nats.
    """

    log_weight: Floats
    mean: Floats
    precision: Floats
    start: NDArray[np.int64]
    offset: Floats
    prior: float

    @classmethod
    def of(cls, state: State, blocks: Blocks, offset: Floats) -> Faults:
        """Of a fitted state; offset: what `usual_odds` gave for it, shape (columns,)."""
        precision = np.ascontiguousarray(state["cloud/precision"][:, blocks.order][:, :, blocks.order])
        log_det = np.array([float(np.linalg.slogdet(p)[1]) for p in precision])
        log_weight = np.log(np.maximum(state["cloud/weight"], 1e-300)) + 0.5 * log_det
        prior = float(np.log(max(len(offset) / EXPECTED, 1.0)))
        return cls(log_weight, np.ascontiguousarray(state["cloud/mean"][:, blocks.order]), precision, blocks.start, offset, prior)

    def search(self, rows: Floats) -> Found:
        """The columns that are wrong in each row, (n, d) in the order of the blocks, each row judged by itself."""
        n, columns = len(rows), len(self.start) - 1
        wide = int(np.diff(self.start).max(initial=1)) > FEATURES_WIDE
        suspects, deepest = min(columns, SUSPECTS_WIDE if wide else SUSPECTS), min(columns, 2 if wide else 3)
        odds, included, expected = np.empty((n, columns)), np.empty((n, columns)), np.empty(rows.shape)
        aside, cloud = np.full((n, MOST), -1, dtype=np.int64), np.empty(n, dtype=np.int64)

        def work(first: int, last: int) -> None:
            _search(
                self.log_weight, self.mean, self.precision, self.start, self.offset, rows, suspects, deepest, self.prior,
                odds, included, expected, aside, cloud, first, last,
            )  # fmt: skip  # one argument a line says no more

        spread(work, n, least=64)
        return Found(odds, included, expected, aside, cloud)


def usual_odds(state: State, blocks: Blocks, rows: Floats) -> Floats:
    """How far the columns of usual rows (n, d) seem wrong more often than clouds that fitted perfectly would have it, in nats.

    For those the mean over rows of exp(odds) is 1 at most, so odds above log(20) come in one row of twenty at most (Markov's
    inequality). What lies above is taken off later: few columns are as normal as their model.
    """
    if not blocks.names:
        return np.zeros(0)
    plain = Faults.of(state, blocks, np.zeros(len(blocks.names)))
    odds = plain.search(rows).odds
    return np.maximum(np.quantile(odds, QUANTILE, axis=0) - np.log(1 / (1 - QUANTILE)), 0.0)
