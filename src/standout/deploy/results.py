"""Rows with their scores as Arrow tables, and from there as CSV, Parquet or JSON lines: what other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from standout.core.errors import ParameterError
from standout.core.files import replacing
from standout.core.part import Floats
from standout.core.reason import Reason
from standout.core.scores import Alerts, Scores, Span
from standout.core.table import CODED, Column, Kind, Table

FORMATS = (".csv", ".parquet", ".jsonl")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell; text that begins so gets an apostrophe in CSV files."""


def arrow_column(column: Column) -> pa.Array:
    """A column as Arrow has it; missing values are null."""
    if column.kind in CODED:
        codes = pa.array(column.values, mask=column.values < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(column.categories, pa.string())).cast(pa.string())
    if column.kind is Kind.TIME:
        return pa.array(column.values, pa.timestamp("us", tz="UTC"))
    if column.kind is Kind.FLAG:
        return pa.array(column.values != 0, pa.bool_(), mask=np.isnan(column.values))
    return _whole(column.values) if _is_whole(column.values) else pa.array(column.values, from_pandas=True)


def _is_whole(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(np.all(np.abs(known) < 2**53)) and bool(np.all(known == np.floor(known)))


def _whole(values: Floats) -> pa.Array:
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)


def scored(table: Table, scores: Scores, alarms: Any, reasons: Sequence[Reason] = (), spans: Sequence[Span] = ()) -> pa.Table:
    """One row each: its number in the file, severity, p-value, raw score, alarm, reason, and its own columns behind them.

    spans: of a series, the event that each row stands for: its rows, the first and last of them, when it began and ended.
    Own columns that share a name with one of ours get "_data" behind theirs.
    """
    columns: dict[str, pa.Array] = {
        "row": pa.array(table.rows),
        "severity": pa.array(np.round(scores.severity, 4)),
        "p_value": pa.array(scores.p_value),
        "score": pa.array(scores.raw),
        "alarm": pa.array(alarms),
    }
    if spans:
        columns["event_rows"] = pa.array([s.rows for s in spans])
        columns["event_first_row"] = pa.array([s.first for s in spans])
        columns["event_last_row"] = pa.array([s.last for s in spans])
        if spans[0].began is not None:
            for name, moments in (("began", [s.began for s in spans]), ("ended", [s.ended for s in spans])):
                columns[f"event_{name}"] = pa.array(np.array(moments, "datetime64[us]"), pa.timestamp("us", tz="UTC"))
    if reasons:
        known = list(reasons) + [None] * (len(table) - len(reasons))
        columns["reason"] = pa.array([r.sentence if r else None for r in known], pa.string())
        columns["because_of"] = pa.array(
            [r.contributions[0].column if r and r.contributions else None for r in known], pa.string()
        )
    for field, column in zip(table.schema.fields, table.columns, strict=True):
        name = field.name
        while name in columns:
            name = f"{name}_data"
        columns[name] = arrow_column(column)
    return pa.table(columns)


def told(alerts: Alerts, reasons: Sequence[Reason] = ()) -> pa.Table:
    """Alerts as a table, one row each, as `scored` has it; with columns for reasons also where there is no alert."""
    table = scored(alerts.table, alerts.scores, np.ones(len(alerts), dtype=np.bool_), reasons, alerts.spans)
    if not len(alerts):  # a program that reads it every day finds the same columns
        for i, name in enumerate(("reason", "because_of"), table.schema.get_field_index("alarm") + 1):
            table = table.add_column(i, name, pa.array([], pa.string()))
    return table


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table whole or not at all, in the format that the path's ending names."""
    with replacing(path) as handle:
        write_pieces(iter([table]), handle, path.suffix)


def write_pieces(pieces: Iterator[pa.Table], handle: IO[bytes], suffix: str) -> int:
    """Write pieces of one schema, one after the other, without holding them; returns the number of rows."""
    if suffix not in FORMATS:
        raise ParameterError(
            f"Results cannot be written as {suffix or 'a file without an ending'}.", f"Use {', '.join(FORMATS)}."
        )
    writer: Any = None
    rows = 0
    for piece in pieces:
        rows += len(piece)
        if suffix == ".jsonl":
            for record in piece.to_pylist():
                handle.write(json.dumps(record, ensure_ascii=False, default=str).encode() + b"\n")
            continue
        piece = _inert(piece) if suffix == ".csv" else piece
        if writer is None:
            writer = (pa.csv.CSVWriter if suffix == ".csv" else pa.parquet.ParquetWriter)(handle, piece.schema)
        writer.write_table(piece.cast(writer.schema) if hasattr(writer, "schema") else piece)
    if writer is not None:
        writer.close()
    return rows


def _inert(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before any text that a spreadsheet would run as a formula."""
    for i, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table.column(i).combine_chunks()
            risky = pa.compute.match_substring_regex(column, r"^[=+\-@\t\r]")
            safe = pa.compute.if_else(
                pa.compute.fill_null(risky, False), pa.compute.binary_join_element_wise("'", column, ""), column
            )
            table = table.set_column(i, field, safe)
    return table
