"""Histograms of sparse random projections that take in rows as they come and forget old ones.

A projected value is taken about its centre, in units of its scale, u, and its bin is found on the axis sign(u) log(1 + |u|): bins
are fine where the rows are and ever wider beyond, so that no value, however far, needs new bins. Each projection's bins are
shifted by a random part of one, as in averaged shifted histograms (Scott 1985, doi:10.1214/aos/1176349654). `FINE` bins make a
coarse one: a fine bin is judged within its coarse one, and by that alone where there are few rows (a Polya tree of two levels,
Lavine 1992, doi:10.1214/aos/1176348767).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread

F64 = NDArray[np.float64]

REACH = math.log1p(1e4)
"""Where the outermost bins begin on the axis: at ten thousand scales from the centre."""

FINE = 16
"""How many bins make a coarse one."""

EVEN = 4.0
"""How many rows' worth of belief there is that rows lie evenly in a coarse bin."""

FULL = 2.0**40
"""When a row's weight has grown to this, all weights are divided by it; a power of two, so that nothing is rounded."""


@kernel
def projected(row: Any, columns: Any, weights: Any) -> float:
    """The weighted sum of the row's values in some columns, in their order."""
    total = 0.0
    for k in range(len(columns)):
        total += weights[k] * np.float64(row[columns[k]])
    return total


@kernel
def bin_of(value: float, centre: float, scale: float, shift: float, bins: int) -> int:
    """The bin of a projected value, 0 to bins - 1."""
    u = (value - centre) / scale
    along = math.log1p(abs(u))
    place = ((along if u >= 0 else -along) / REACH + 1.0) * 0.5 * (bins - 1) + shift
    return int(min(max(place, 0.0), bins - 1.0))


def bin_edges(shift: F64, bins: int) -> F64:
    """Where each projection's bins begin and end, in scales from the centre, (projections, bins + 1)."""
    along = ((np.arange(bins + 1) - shift[:, None]) * (2.0 / (bins - 1)) - 1.0) * REACH
    return np.sign(along) * np.expm1(np.abs(along))


@kernel
def fill_histograms(
    values: Any,
    columns: Any,
    weights: Any,
    centre: F64,
    scale: F64,
    shift: F64,
    growth: float,
    counts: F64,
    coarse: F64,
    gain: F64,
) -> None:
    """Count rows (n, d), one after the other, in `counts` (projections, bins) and `coarse` (projections, bins / FINE), in place.

    columns, weights: (projections, k). centre, scale, shift: (projections,). A row counts `growth` times as much as the one before
    it; gain (1,): how much the last row counted, moved on in place.
    """
    bins = counts.shape[1]
    for i in range(len(values)):
        gain[0] *= growth
        if gain[0] > FULL:
            gain[0] /= FULL
            for p in range(len(counts)):
                for k in range(bins):
                    counts[p, k] /= FULL
                for k in range(coarse.shape[1]):
                    coarse[p, k] /= FULL
        for p in range(len(counts)):
            k = bin_of(projected(values[i], columns[p], weights[p]), centre[p], scale[p], shift[p], bins)
            counts[p, k] += gain[0]
            coarse[p, min(k // FINE, coarse.shape[1] - 1)] += gain[0]


@kernel
def surprise_of(
    row: Any, p: int, columns: Any, weights: Any, places: Any, counts: F64, coarse: F64, gain: float, log_width: F64
) -> float:
    """Minus the logarithm of the density about a row in projection p, in units of its scale. places: centre, scale, shift.

    All coarse bins together hold one row more than was counted.
    """
    bins = counts.shape[1]
    k = bin_of(projected(row, columns[p], weights[p]), places[0, p], places[1, p], places[2, p], bins)
    group = min(k // FINE, coarse.shape[1] - 1)
    held = coarse[p, group] / gain
    within = (counts[p, k] / gain + EVEN / FINE) / (held + EVEN)
    return log_width[p, k] - math.log(within * (held + 1.0 / coarse.shape[1]))


@kernel
def _surprise_sums(
    values: Any, columns: Any, weights: Any, places: Any, counts: F64, coarse: F64, gain: float, log_width: F64, out: F64
) -> None:
    for i in range(len(values)):
        total = 0.0
        for p in range(len(counts)):
            total += surprise_of(values[i], p, columns, weights, places, counts, coarse, gain, log_width)
        out[i] = total


def surprise_sums(
    values: Any, columns: Any, weights: Any, places: F64, counts: F64, coarse: F64, gain: float, log_width: F64
) -> F64:
    """The sum over projections of each row's surprise in nats, (n,), short of the logarithm of how many rows were counted."""
    out = np.empty(len(values))
    spread(
        lambda a, b: _surprise_sums(values[a:b], columns, weights, places, counts, coarse, gain, log_width, out[a:b]), len(values)
    )
    return out


@kernel
def surprise_by_column(
    values: Any,
    columns: Any,
    weights: Any,
    places: Any,
    counts: F64,
    coarse: F64,
    gain: float,
    log_width: F64,
    sums: F64,
    with_it: F64,
) -> None:
    """As `surprise_sums`, into `sums` (n,), and the same over the projections that use a column alone, into `with_it` (n, d)."""
    for i in range(len(values)):
        for p in range(len(counts)):
            found = surprise_of(values[i], p, columns, weights, places, counts, coarse, gain, log_width)
            sums[i] += found
            for k in range(columns.shape[1]):
                with_it[i, columns[p, k]] += found
