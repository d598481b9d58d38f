"""Which columns do not belong to a row: the probability of each, over all small sets of columns that may be wrong.

A column that is wrong makes its neighbours look wrong too, since each is judged by the others. So sets are weighed against each
other: how likely is the rest of the row without them, times how likely a wrong value is to be what was seen (Bayes' rule). The rows'
own clouds give the first, see `mixture`; `wrong` gives the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats, State
from standout.explain._set_search import search
from standout.explain._set_weights import MOST, Clouds, factor
from standout.explain.blocks import Blocks
from standout.explain.wrong import densities
from standout.kernels import kernel, spread

PAIRED, TRIPLED = 14, 8
"""How many columns, the most suspect of a row, all sets of two and of three are weighed of."""

PAIRED_WIDE = 6
"""The same for sets of two where columns have many features; there are none of three then."""

FEATURES_WIDE = 2

EXPECTED = 2
"""Columns that are wrong in a row that stands out, as far as is known before it is looked at."""

QUANTILE = 0.95

CALIBRATED = 200
"""Rows, the first, by which the odds of each column are calibrated."""


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
    factor(precision, y, places, m, block, unit)
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
    held: the density of each feature, see `wrong.densities`.
    """

    log_weight: Floats
    mean: Floats
    precision: Floats
    start: NDArray[np.int64]
    offset: Floats
    prior: float
    held: Floats

    @classmethod
    def of(cls, state: State, blocks: Blocks, offset: Floats, usual: NDArray[np.float32]) -> Faults:
        """Of a fitted state; offset: what `usual_odds` gave for it, shape (columns,); usual: training rows (r, d) as in the matrix."""
        precision = np.ascontiguousarray(state["cloud/precision"][:, blocks.order][:, :, blocks.order])
        log_det = np.array([float(np.linalg.slogdet(p)[1]) for p in precision])
        log_weight = np.log(np.maximum(state["cloud/weight"], 1e-300)) + 0.5 * log_det
        prior = float(np.log(max(len(offset) / EXPECTED, 1.0)))
        mean = np.ascontiguousarray(state["cloud/mean"][:, blocks.order])
        return cls(log_weight, mean, precision, blocks.start, offset, prior, densities(usual[:, blocks.order]))

    def search(self, rows: Floats) -> Found:
        """The columns that are wrong in each row, (n, d) in the order of the blocks, each row judged by itself."""
        n, columns = len(rows), len(self.start) - 1
        clouds = Clouds(self.log_weight, self.mean, self.precision, self.start, self.offset, self.prior, self.held)
        wide = int(np.diff(self.start).max(initial=1)) > FEATURES_WIDE
        paired, tripled = min(columns, PAIRED_WIDE if wide else PAIRED), 0 if wide else min(columns, TRIPLED)
        odds, included, expected = np.empty((n, columns)), np.empty((n, columns)), np.empty(rows.shape)
        aside, cloud = np.full((n, MOST), -1, dtype=np.int64), np.empty(n, dtype=np.int64)

        def work(first: int, last: int) -> None:
            search(clouds, rows, paired, tripled, odds, included, expected, aside, cloud, first, last)

        spread(work, n, least=64)
        return Found(odds, included, expected, aside, cloud)


def usual_odds(state: State, blocks: Blocks, rows: NDArray[np.float32]) -> Floats:
    """How far columns of usual rows seem wrong more often than clouds that fitted perfectly would have it, in nats.

    rows: (n, d), as in the matrix.

    For those the mean over rows of exp(odds) is 1 at most, so odds above log(20) come in one row of twenty at most (Markov's
    inequality). What lies above is taken off later: few columns are as normal as their model.
    """
    if not blocks.names:
        return np.zeros(0)
    plain = Faults.of(state, blocks, np.zeros(len(blocks.names)), rows)
    odds = plain.search(rows[:CALIBRATED][:, blocks.order].astype(np.float64)).odds
    return np.maximum(np.quantile(odds, QUANTILE, axis=0) - np.log(1 / (1 - QUANTILE)), 0.0)
