"""What the store holds as a file for other programs: alerts, labels, or the rows of a stream; CSV, Parquet or JSON lines.

A file is written whole or not at all, in pieces that fit in memory, from one moment's view of the store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from standout.core.errors import EmptyTableError, UnknownNameError
from standout.core.files import replacing
from standout.data.source import unique_names
from standout.deploy.results import write_pieces
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import Alert, Batch, Label
from standout.deploy.store.rows import Page
from standout.deploy.store.store import Store, Unit

PIECE = 5_000
TIME = pa.timestamp("us", tz="UTC")
ALERTS = pa.schema(
    [
        ("id", pa.int64()), ("stream", pa.string()), ("kind", pa.string()), ("raised", TIME), ("outcome", pa.string()),
        ("severity", pa.float64()), ("p_value", pa.float64()), ("score", pa.float64()), ("event_id", pa.string()),
        ("entity", pa.string()), ("time", TIME), ("because", pa.string()), ("sentence", pa.string()), ("incident", pa.int64()),
        ("hidden_by", pa.int64()), ("verdict", pa.string()), ("batch", pa.int64()), ("row", pa.int64()), ("reason", pa.string()),
        ("values", pa.string()),
    ]
)  # fmt: skip  # a field a line would hide the schema
LABELS = pa.schema(
    [
        ("id", pa.int64()), ("alert", pa.int64()), ("stream", pa.string()), ("verdict", pa.string()), ("by", pa.string()),
        ("at", TIME), ("reason", pa.string()), ("acts", pa.bool_()), ("undone", TIME), ("undone_by", pa.string()),
    ]
)  # fmt: skip
OURS = {"batch": pa.int64(), "row": pa.int64(), "received": TIME}


def export(store: Store, what: str, path: Path, *, stream: str | None = None) -> int:
    """Write "alerts", "labels" or "rows" to a file in the format of its ending; returns how many.

    Rows are those of one stream whose bodies are still kept, with the columns of every batch; a column that a batch lacks is
    missing there, and one whose type changed is text. Raises UnknownNameError for a stream or a kind that is not there,
    EmptyTableError where there is nothing, OutputError where the file cannot be written.
    """
    if what not in EXPORTS:
        raise UnknownNameError.among("kind of export", what, EXPORTS)
    with store.reading() as seen:
        if stream is not None and seen.streams.get(stream) is None:
            raise UnknownNameError.among("stream", stream, (s.name for s in seen.streams.all()))
        with replacing(path) as handle:
            rows = write_pieces(EXPORTS[what](seen, stream), handle, path.suffix)
            if not rows:
                raise EmptyTableError(f"There are no {what} to export.", "Check the stream, or wait for some.")
    return rows


def _alerts(seen: Unit, stream: str | None) -> Iterator[pa.Table]:
    which = AlertFilter(stream=stream)
    return _paged(lambda before: seen.alerts.page(which, before=before, limit=PIECE), _alert, ALERTS)


def _labels(seen: Unit, stream: str | None) -> Iterator[pa.Table]:
    return _paged(lambda before: seen.labels.page(stream=stream, before=before, limit=PIECE), _label, LABELS)


def _paged(
    page: Callable[[int | None], Page[Any]], plain: Callable[[Any], dict[str, Any]], schema: pa.Schema
) -> Iterator[pa.Table]:
    before: int | None = None
    while True:
        found = page(before)
        if found.items:
            yield pa.Table.from_pylist([plain(i) for i in found.items], schema)
        if found.next is None:
            return
        before = found.next


def _alert(alert: Alert) -> dict[str, Any]:
    plain = {name: getattr(alert, name) for name in ALERTS.names}
    outcome = alert.outcome.name.lower().replace("_", "-")
    structures = {name: json.dumps(plain[name], ensure_ascii=False) for name in ("reason", "values")}
    return plain | structures | {"outcome": outcome, "kind": alert.kind.value, "verdict": alert.verdict and alert.verdict.value}


def _label(label: Label) -> dict[str, Any]:
    return {name: getattr(label, name) for name in LABELS.names} | {"verdict": label.verdict.value}


def _rows(seen: Unit, stream: str | None) -> Iterator[pa.Table]:
    if stream is None:
        raise UnknownNameError("Rows are exported from one stream.", "Say which.")
    types: dict[str, pa.DataType] = dict(OURS)
    for batch in seen.journal.after(stream, 0):
        for field in _table(batch).schema if batch.body else ():
            known = types.get(field.name, pa.null())
            types[field.name] = field.type if known in (pa.null(), field.type) else _both(known, field.type)
    schema = pa.schema(list(types.items()))
    for batch in seen.journal.after(stream, 0):
        if batch.body:
            table = _table(batch)
            arrays = [
                table[f.name].cast(f.type) if f.name in table.schema.names else pa.nulls(len(table), f.type) for f in schema
            ]
            yield pa.Table.from_arrays(arrays, schema=schema)


def _table(batch: Batch) -> pa.Table:
    """A batch's rows, with where and when they came; own columns that share a name with one of ours get "_data" behind theirs."""
    table = pa.ipc.open_stream(batch.body).read_all()
    names, _ = unique_names([f"{n}_data" if n in OURS else n for n in table.schema.names])
    rows = len(table)
    ours = [pa.array([batch.seq] * rows), pa.array(range(rows), pa.int64()), pa.array([batch.received] * rows, TIME)]
    return pa.Table.from_arrays([*ours, *table.columns], names=[*OURS, *names])


def _both(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A type that holds what both hold."""
    if other == pa.null():
        return one
    numbers = all(pa.types.is_integer(t) or pa.types.is_floating(t) for t in (one, other))
    return pa.float64() if numbers else pa.string()


EXPORTS: dict[str, Callable[[Unit, str | None], Iterator[pa.Table]]] = {"alerts": _alerts, "labels": _labels, "rows": _rows}
