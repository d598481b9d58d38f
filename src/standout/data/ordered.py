"""Rows of a source that follow each other: whole and in order of time for a sequence detector, or its first ones for a look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.sequence import in_order
from standout.core.table import Table, concat
from standout.data.convert import tables
from standout.data.source import Source
from standout.data.survey import Survey

SEQUENCE_ROWS = 1_000_000
"""Rows that a sequence detector learns from, at most."""

SEQUENCE_CUT = FindingKind(
    "sequence-cut",
    "warning",
    "Only the first {most:,} rows were learned from; a sequence detector reads them whole and in order.",
    "Give it a shorter history, or fewer entities at a time.",
)


def ordered(surveyed: Survey, source: Source) -> tuple[Table, NDArray[np.int64], tuple[Finding, ...]]:
    """The rows entity by entity and each in order of time, where each entity begins, and a finding where not all were taken."""
    pieces: list[Table] = []
    for piece, _ in tables(source, surveyed.schema):
        pieces.append(piece)
        if sum(map(len, pieces)) >= SEQUENCE_ROWS:
            break
    whole = concat(pieces)
    cut = (SEQUENCE_CUT.found(most=len(whole)),) if len(whole) < surveyed.rows else ()
    order, starts = in_order(whole)
    return whole.take(order), starts, cut


def first_rows(surveyed: Survey, source: Source) -> Table:
    """Rows as they follow each other in the file: all of them where the sample holds them, else those of its first piece."""
    if len(surveyed.sample) == surveyed.rows:
        return surveyed.sample
    return next((table for table, _ in tables(source, surveyed.schema) if len(table)), surveyed.sample)
