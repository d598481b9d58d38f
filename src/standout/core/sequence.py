"""Rows along time: put in order, entity by entity, and what tells whether they are a series at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, heeded, reach
from standout.core.finding import Finding, FindingKind
from standout.core.matrix import Matrix
from standout.core.part import State
from standout.core.table import Role, Table

SERIES_SHORT = FindingKind(
    "series-short",
    "warning",
    "{short:,} of {series:,} series have fewer than the {least:,} rows that {detector} looks at together, {rows:,} rows in all: they are "
    "judged by what there is, or not at all.",
    "Leave them out, give the detector a smaller window, or judge each row by itself: --detector cleaned.",
)


SERIES_SWITCHES = FindingKind(
    "series-switches",
    "warning",
    "{columns} hold yes and no and stand beside measurements: {detector} leaves them out of what it compares, so that a change in "
    "them alone is not raised.",
    "Say --kind {first}=number to compare one like a measurement, or judge each row by itself, switches included: --detector cleaned.",
)

NAMED = 4
"""Columns that are named before the rest is counted."""


def series_findings(detector: Detector, state: State, matrix: Matrix) -> tuple[Finding, ...]:
    """What must be told of how a sequence detector reads these rows; nothing of row detectors."""
    return _short(detector, state, matrix) + _left_out(detector, state, matrix) if detector.kind == "sequence" else ()


def _left_out(detector: Detector, state: State, matrix: Matrix) -> tuple[Finding, ...]:
    heeds = heeded(detector, state, matrix.width)
    left = [column for column, at in matrix.by_column.items() if not heeds[at].any()]
    return (SERIES_SWITCHES.found(columns=_named(left), first=left[0], detector=detector.name),) if left else ()


def _named(columns: Sequence[str]) -> str:
    """The first columns by name, the rest by number."""
    more = len(columns) - NAMED
    if more > 1:
        return f"{', '.join(columns[:NAMED])} and {more:,} more"
    return ", ".join(columns)


def _short(detector: Detector, state: State, matrix: Matrix) -> tuple[Finding, ...]:
    """A finding where runs are shorter than what a sequence detector looks at together."""
    least = reach(detector, state)
    lengths = [run.stop - run.start for run in matrix.runs]
    short = [n for n in lengths if n < least]
    if not short:
        return ()
    return (SERIES_SHORT.found(short=len(short), series=len(lengths), least=least, detector=detector.name, rows=sum(short)),)


def in_order(table: Table) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The order to read a table in, shape (n,), and where each entity's run begins in it.

    Rows of equal time, and rows of a table without a clock, keep the order they stand in. A missing time sorts last.
    """
    n = len(table)
    time, entity = table.with_role(Role.TIME), table.with_role(Role.ENTITY)
    times = np.zeros(n, dtype="datetime64[us]") if time is None else time.values
    if entity is None:
        return np.argsort(times, kind="stable"), np.zeros(1, dtype=np.int64)
    order = np.lexsort((times, entity.values))
    owners = entity.values[order]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if n else np.zeros(1)
    return order, starts.astype(np.int64)


def placed(matrix: Matrix, table: Table) -> Matrix:
    """The matrix made of a table, with when each row was and whose it is, where the table says so."""
    time, entity = table.with_role(Role.TIME), table.with_role(Role.ENTITY)
    when = None
    if time is not None:
        when = np.unique(time.values, return_inverse=True)[1].astype(np.int64)
        when[time.missing] = -1
    whose = None if entity is None else np.unique(entity.values, return_inverse=True)[1].astype(np.int64)
    return replace(matrix, when=when, whose=whose)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Whether rows are a series, from facts that need no labels.

    series: how many there are, 0 where the rows are none. columns: how many hold numbers. why: the facts as a clause.
    clock: whether the rows have one.
    """

    series: int
    columns: int
    why: str
    clock: bool = True
