"""Whether rows are a series: moments that follow each other at a steady step, and numbers that go on from row to row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.core.sequence import Rhythm, in_order
from standout.core.table import Kind, Role, Table
from standout.data.quality import duration
from standout.data.ranks import mean_ranks

LEAST_ROWS = 200
"""Rows of an entity that make a series: two windows and room to compare them."""

LONG = 0.8
"""The share of rows that must belong to entities of so many rows."""

NEAR, STEADY = 0.5, 0.8
"""A step within so much of the usual one counts as steady, and the share of steps that must be. Arrivals by chance, as those of
payments, reach 0.35."""

NUMBERS = 2 / 3
"""The share of the columns to learn from that must be numbers: a series is measured, a table of events is described."""

GOES_ON = 0.2
"""The rank correlation of a column with itself one row later from which it counts as going on; four standard errors at least."""

COMES_BACK, LONGEST_LAG = 0.3, 1_500
"""The same at some later lag, up to a quarter of the rows: what comes round goes on as well. Six standard errors at least, since
the best of many lags is taken.
"""

STAYS_AWAY = 0.3
"""The same of the values themselves from row to row, far ones by their logarithm, six standard errors at least: of a column that rests
at one value most of the time, ranks see the rest's small noise, and not that what lifts off stays away for a while.
"""

SOME = 1 / 3
"""The share of number columns that must go on."""

MOST = 200
"""Columns and entities looked at, at most: the first ones."""

SERIES_DOUBTFUL = FindingKind(
    "series-doubtful",
    "warning",
    "{detector} reads the rows as a series, as asked, though {why}.",
    "Judge each row by itself (--detector cleaned), or name the clock with --time and whose row it is with --entity.",
)


def rhythm(table: Table) -> Rhythm:
    """What tells series from tables of events, of the first rows of a file in their order; no labels are looked at.

    >>> from standout.core.table import Column, Field, Schema
    >>> schema = Schema((Field("at", Kind.TIME, Role.TIME), Field("load", Kind.NUMBER)))
    >>> times = np.datetime64("2026-01-01", "us") + np.arange(500) * np.timedelta64(60_000_000, "us")
    >>> load = np.sin(np.arange(500) / 9)
    >>> found = rhythm(Table.of(schema, [Column(Kind.TIME, times), Column(Kind.NUMBER, load)]))
    >>> found.series, found.why
    (1, 'there is one row every 1 minute, and 1 of 1 number columns goes on from row to row')
    """
    clock, features = table.schema.with_role(Role.TIME), table.schema.features
    if clock is None:
        return Rhythm(0, 0, "there is no clock", clock=False)
    numbers = [f.name for f in features if f.kind is Kind.NUMBER]
    described = sum(f.kind is not Kind.FLAG for f in features)  # a switch may stand in a series as well as in a table of events
    if not numbers or len(numbers) < NUMBERS * described:
        which = f"only {len(numbers)} of {len(features)}" if numbers else "none of the"
        return Rhythm(0, len(numbers), f"{which} columns to learn from are numbers")
    runs = _runs(table, clock.name)
    if sum(map(len, runs)) < LONG * len(table) or not runs:
        whose = "" if table.schema.with_role(Role.ENTITY) is None else " of each entity"
        return Rhythm(0, len(numbers), f"there are too few rows{whose}: a series takes {LEAST_ROWS}")
    step, steady = _steps(table[clock.name].values, runs)
    if steady < STEADY:
        return Rhythm(0, len(numbers), "its rows do not follow each other at a steady step")
    going, seen = sum(_goes_on(table[name].values, runs) for name in numbers[:MOST]), len(numbers[:MOST])
    if going < max(1.0, SOME * seen):
        return Rhythm(0, len(numbers), "the numbers of a row say nothing of those of the next")
    whose = f" of each of {len(runs):,} series" if len(runs) > 1 else ""
    goes = f"{going} of {seen} number columns {'goes' if going == 1 else 'go'} on from row to row"
    return Rhythm(len(runs), len(numbers), f"there is one row every {duration(step)}{whose}, and {goes}")


def doubts(detector: str, rhythm: Rhythm) -> tuple[Finding, ...]:
    """A finding where a sequence detector was asked for, and the facts say that the rows are no series."""
    return () if rhythm.series else (SERIES_DOUBTFUL.found(detector=detector, why=rhythm.why),)


def _runs(table: Table, clock: str) -> list[NDArray[np.intp]]:
    """The rows of each entity that has enough of them, in order of time, those without a time left out."""
    order, starts = in_order(table)
    missing = table[clock].missing
    runs = (run[~missing[run]] for run in np.split(order, starts[1:]))
    return [run for run in runs if len(run) >= LEAST_ROWS]


def _steps(times: NDArray[np.datetime64], runs: list[NDArray[np.intp]]) -> tuple[float, float]:
    """The usual step in seconds, and the share of steps near it; a moment that stands twice is no step."""
    ticks = times.view(np.int64)
    steps = np.concatenate([np.diff(ticks[run]) for run in runs[:MOST]])
    usual = float(np.median(steps))
    if usual <= 0:
        return 0.0, 0.0
    return usual / 1e6, float(np.mean(np.abs(steps - usual) <= NEAR * usual))


def _goes_on(values: Floats, runs: list[NDArray[np.intp]]) -> bool:
    """Whether a column's ranks correlate with those one row later, or of some later lag, or its values do, over all runs."""
    products, squares, rows = np.zeros(LONGEST_LAG), 0.0, 0
    next_to, around = 0.0, 0.0
    for run in runs[:MOST]:
        series = values[run]
        series = series[np.isfinite(series)]
        if len(series) < LEAST_ROWS // 2:
            continue
        ranks = mean_ranks(series)
        ranks = ranks - ranks.mean()
        lagged = _lagged(ranks)
        products[: len(lagged)] += lagged
        squares, rows = squares + float(ranks @ ranks), rows + len(ranks)
        lifts = _lifts(series)
        next_to, around = next_to + float(lifts[1:] @ lifts[:-1]), around + float(lifts @ lifts)
    if not squares > 0:
        return False
    follows, comes_back = products[0] / squares, products[1:].max() / squares
    goes_on = follows >= max(GOES_ON, 4 / np.sqrt(rows)) or comes_back >= max(COMES_BACK, 6 / np.sqrt(rows))
    return bool(goes_on or next_to >= max(STAYS_AWAY, 6 / np.sqrt(rows)) * around > 0)


def _lifts(series: Floats) -> Floats:
    """How far values lie from their median, in units of the root mean square and beyond it by logarithm, without their mean."""
    away = series - np.median(series)
    largest = float(np.abs(away).max())
    if not largest > 0:
        return away
    away /= largest  # first, so that no square overflows
    soft = np.arcsinh(away / np.sqrt(np.mean(away**2)))
    return np.asarray(soft - soft.mean())


def _lagged(ranks: Floats) -> Floats:
    """The products of ranks with those 1, 2, ... rows later, up to a quarter of the rows."""
    size = 1 << (2 * len(ranks) - 1).bit_length()
    return np.asarray(np.fft.irfft(np.abs(np.fft.rfft(ranks, size)) ** 2, size)[1 : min(LONGEST_LAG, len(ranks) // 4) + 1])
