"""The profile: one entry a column from its counter and the sample, the clock, and rank correlations."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.part import Floats
from standout.core.profile import LEVELS, Clock, ColumnProfile, Profile
from standout.core.table import CODED, Column, Field, Kind, Role, Table
from standout.data.clock import ClockFacts
from standout.data.quality import Evidence, ranked
from standout.data.ranks import mean_ranks

BINS = 40
SHOWN = 20
"""So many of the commonest values are kept in a profile."""

_MOST_COLUMNS = 200
_MOST_PAIRS = 500
_CORRELATED = 0.1
_ROWS_RANKED = 10_000
_HEAVY = 10.0


def describe(name: str, seen: Evidence, pairs: tuple[tuple[str, str, float], ...], findings: tuple[Finding, ...]) -> Profile:
    """Put together what was counted and what the sample shows."""
    time = seen.schema.with_role(Role.TIME)
    clock = None if time is None or seen.clock is None else _clock(time.name, seen.clock)
    return Profile(
        name=name,
        rows=seen.rows,
        columns=tuple(_column(field, seen) for field in seen.schema.fields),
        duplicates=seen.repeats,
        sampled=len(seen.sample),
        clock=clock,
        correlations=pairs,
        findings=findings,
        facts={"duplicates_compared": seen.compared},
    )


def _column(field: Field, seen: Evidence) -> ColumnProfile:
    counter, column = seen.counters[field.name], seen.sample[field.name]
    numeric = field.kind is Kind.NUMBER
    counted = seen.counted(field)
    mean, deviation = None, None
    if field.kind in (Kind.NUMBER, Kind.FLAG) and counted and counter.form == "number" and counter.moments.count:
        mean, deviation = _finite(counter.moments.mean), counter.moments.deviation
    elif field.kind in (Kind.NUMBER, Kind.FLAG):
        values = column.values[np.isfinite(column.values)]
        with np.errstate(over="ignore"):
            mean, deviation = (_finite(float(values.mean())), _finite(float(values.std()))) if len(values) else (None, None)
    sorted_ = seen.finite(field.name) if numeric else _in_order(column)
    quantiles: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    if len(sorted_) and field.kind in (Kind.NUMBER, Kind.TIME):
        if counted and counter.moments.count:  # the ends are of all rows
            sorted_ = sorted_.copy()
            sorted_[0], sorted_[-1] = counter.moments.least, counter.moments.greatest
        quantiles = tuple(ranked(sorted_, *LEVELS))
        edges, counts = histogram(sorted_)
    top = seen.commonest(field, SHOWN) if field.kind in CODED | {Kind.FLAG} else []
    return ColumnProfile(
        field=field,
        rows=seen.rows,
        missing=counter.missing,
        distinct=counter.distinct,
        estimated=counter.estimated,
        exact=seen.whole,
        infinite=counter.moments.infinite if numeric and counted else 0,
        mean=mean,
        deviation=deviation,
        quantiles=quantiles,
        edges=edges,
        counts=counts,
        top=tuple(top),
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _in_order(column: Column) -> Floats:
    if column.kind in CODED:
        return np.empty(0)
    if column.kind is Kind.TIME:
        return np.sort(column.values[~column.missing].astype(np.int64)).astype(np.float64)
    return np.sort(column.values[np.isfinite(column.values)])


def histogram(values: Floats) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Edges and counts of sorted finite values, from the least to the greatest.

    A few whole numbers get a bin each. A heavy tail gets bins of equal ratio where all values are positive, else bins that grow
    with the distance from the median (equal steps of the inverse hyperbolic sine), so that both the bulk and the tail are seen.
    All else gets equal bins by Freedman and Diaconis (1981, doi:10.1007/BF01025868), at most `BINS`.

    >>> histogram(np.array([1.0, 2.0, 2.0, 4.0]))
    ((0.5, 1.5, 2.5, 3.5, 4.5), (1, 2, 0, 1))
    """
    least, greatest = float(values[0]), float(values[-1])
    shrink = 2.0**-600 if max(abs(least), abs(greatest)) > 1e150 else 1.0  # huge numbers must not overflow on the way
    edges = np.maximum.accumulate(_edges(values * shrink, least * shrink, greatest * shrink) / shrink)
    edges[0], edges[-1] = min(edges[0], least), max(edges[-1], greatest)
    counts = np.diff(np.searchsorted(values, edges[1:-1], side="left"), prepend=0, append=len(values))
    return tuple(edges.tolist()), tuple(int(c) for c in counts)


def _edges(values: Floats, least: float, greatest: float) -> Floats:
    reach = greatest / 2 - least / 2
    if reach <= 0.0:
        wide = max(0.5, abs(least) * 1e-3)
        return np.array([least - wide, greatest + wide])
    if 2 * reach <= BINS and np.array_equal(values, np.round(values)):
        return np.arange(least - 0.5, greatest + 1.0)
    low, quarter, middle, three, high = ranked(values, 0.005, 0.25, 0.5, 0.75, 0.995)
    scale = (three - quarter) / 8 or (high - low) / 40
    heavy = scale > 0.0 and max(greatest - middle, middle - least) > _HEAVY * 8 * scale
    if heavy and least > 0.0:
        edges = np.geomspace(least, greatest, BINS + 1)
    elif heavy:
        with np.errstate(over="ignore"):  # a ratio beyond all numbers ends the histogram at the largest sinh there is
            ends = np.clip(np.arcsinh(np.array([least / scale - middle / scale, greatest / scale - middle / scale])), -700, 700)
        edges = middle + scale * np.sinh(np.linspace(ends[0], ends[1], BINS + 1))
    else:
        width = (three - quarter) / len(values) ** (1 / 3)
        bins = BINS if width <= 0 else min(BINS, max(10, math.ceil(reach / width)))
        edges = np.linspace(least, greatest, bins + 1)
    return np.asarray(edges)


def correlations(seen: Evidence, rng: np.random.Generator) -> tuple[tuple[str, str, float], ...]:
    """Spearman's rank correlation of pairs of number features, strongest first, those of at least 0.1.

    Of at most 10,000 rows and the first 200 columns; a pair is compared where both values are there.
    """
    names = [f.name for f in seen.numbers if seen.counters[f.name].distinct > 1][:_MOST_COLUMNS]
    if len(names) < 2 or len(seen.sample) < 3:
        return ()
    table = seen.sample
    if len(table) > _ROWS_RANKED:
        table = table.take(np.sort(rng.choice(len(table), _ROWS_RANKED, replace=False)))
    rho = _spearman(table, names)
    one, other = np.triu_indices(len(names), 1)
    values = rho[one, other]
    strong = np.flatnonzero(np.abs(values) >= _CORRELATED)
    order = strong[np.lexsort((strong, -np.abs(values[strong])))][:_MOST_PAIRS]
    return tuple((names[one[i]], names[other[i]], round(float(values[i]), 4)) for i in order)


def _spearman(table: Table, names: list[str]) -> NDArray[np.float64]:
    ranks = np.zeros((len(table), len(names)))
    there = np.zeros((len(table), len(names)))
    for j, name in enumerate(names):
        values = table[name].values
        present = ~np.isnan(values)
        if present.any():
            own = mean_ranks(values[present])
            ranks[present, j] = (own - own.mean()) / len(own)
            there[present, j] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if there.all():
            deviation = np.sqrt((ranks**2).sum(axis=0))
            rho = ranks.T @ ranks / np.outer(deviation, deviation)
            return np.where(np.isfinite(rho), np.clip(rho, -1.0, 1.0), 0.0)
        n = there.T @ there
        mean = ranks.T @ there / n  # of the column's ranks over the rows where the other is there too
        square = (ranks**2).T @ there / n - mean**2
        rho = (ranks.T @ ranks / n - mean * mean.T) / np.sqrt(square * square.T)
    return np.where((n >= 3) & np.isfinite(rho), np.clip(rho, -1.0, 1.0), 0.0)


def _clock(column: str, facts: ClockFacts) -> Clock:
    first, last = (str(np.datetime64(m, "us")) + "Z" for m in (facts.first, facts.last))
    return Clock(column, first, last, facts.step, facts.largest_gap)
