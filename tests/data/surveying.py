"""Shared by tests of the survey: a data set in memory, surveyed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from standout.core.finding import Finding
from standout.data.hints import Hints
from standout.data.source import Source
from standout.data.survey import Survey, survey

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class InPieces(Source):
    """A table in memory, cut at will."""

    def __init__(self, table: pa.Table, rows: int = 65_536) -> None:
        self.name = "made"
        self._table, self._rows = table, rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield from self._table.to_batches(max_chunksize=self._rows) or [pa.RecordBatch.from_pylist([], self._table.schema)]


def looked_at(
    columns: Mapping[str, Any] | pa.Table, *, cut: int = 65_536, sample_rows: int = 50_000, seed: int = 0, **hints: Any
) -> Survey:
    table = columns if isinstance(columns, pa.Table) else pa.table({n: pa.array(v, from_pandas=True) for n, v in columns.items()})
    rng = np.random.default_rng(seed)
    return survey(InPieces(table, cut), Hints(**hints), rng, sample_rows=sample_rows, now=NOW)


def found(seen: Survey, code: str) -> Finding | None:
    return next((f for f in seen.findings if f.code == code), None)


def codes(seen: Survey) -> list[str]:
    return [f.code for f in seen.findings]
