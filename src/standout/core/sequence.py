"""Rows along time: put in order, entity by entity, and what tells whether they are a series at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, reach
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


def short_series(detector: Detector, state: State, matrix: Matrix) -> tuple[Finding, ...]:
    """A finding where runs are shorter than what a sequence detector looks at together; nothing of row detectors."""
    least = reach(detector, state) if detector.kind == "sequence" else 0
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
