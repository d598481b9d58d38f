"""Rows and what became of them as Arrow bodies: what the journal holds, and the way back to the same table to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.core.errors import StoreError
from standout.core.table import Schema, Table
from standout.data.convert import to_table
from standout.data.frames import to_arrow

ID = "event_id"
REJECTED = {b"standout": b"rejected"}  # marks a body whose last two columns are why rows were rejected, and what came
LITTLE = 64  # rows below which packing costs more than it saves
PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
PLAIN = pa.ipc.IpcWriteOptions()
NO_ALERT = -1


def pack_rows(table: Table, ids: list[str | None], rejected: Mapping[int, str], came: Mapping[int, str]) -> bytes:
    """A journal's body: event ids first, the columns of the model, and where rows were rejected, why and what came."""
    n = len(table)
    # columns are told by their place: one of the model's may be called event_id, too
    arrays = [pa.array(ids, pa.string()), *(to_arrow(c) for c in table.columns)]
    names = [ID, *table.schema.names]
    if rejected:
        arrays += [pa.array([texts.get(r) for r in range(n)], pa.string()) for texts in (rejected, came)]
        names += ["rejected", "came"]
    schema = pa.schema([pa.field(name, a.type) for name, a in zip(names, arrays, strict=True)], REJECTED if rejected else None)
    return _written(pa.RecordBatch.from_arrays(arrays, schema=schema))


@dataclass(frozen=True)
class Unpacked:
    """A journal's body, read. rejected: why, by row; came: what came instead."""

    table: Table
    ids: list[str | None]
    rejected: dict[int, str]
    came: dict[int, str]


def unpack_rows(body: bytes, schema: Schema) -> Unpacked:
    """The rows of a journal's body under the model's schema."""
    batch = _read(body)
    metadata = batch.schema.metadata or {}
    end = batch.num_columns - 2 if metadata.items() >= REJECTED.items() else batch.num_columns
    columns = pa.RecordBatch.from_arrays(batch.columns[1:end], names=batch.schema.names[1:end])
    table, _ = to_table(columns, schema, 0)
    why, came = ({}, {}) if end == batch.num_columns else (_told(batch.column(end)), _told(batch.column(end + 1)))
    return Unpacked(table, batch.column(0).to_pylist(), why, came)


def _told(texts: pa.Array) -> dict[int, str]:
    return {row: text for row, text in enumerate(texts.to_pylist()) if text is not None}


@dataclass
class Judged:
    """What became of rows, in the order in which they were judged. alert: its id, `NO_ALERT` for none; raw, p_value: NaN if unscored."""

    batch: NDArray[np.int64]
    row: NDArray[np.int32]
    raw: NDArray[np.float64]
    p_value: NDArray[np.float64]
    outcome: NDArray[np.int8]
    alert: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.batch)

    @classmethod
    def of(cls, batch: NDArray[np.int64], row: NDArray[np.int32], outcome: int) -> Judged:
        """Rows that all ended alike, before they were scored."""
        n = len(batch)
        nothing = np.full(n, np.nan)
        return cls(batch, row, nothing, nothing.copy(), np.full(n, outcome, np.int8), np.full(n, NO_ALERT, np.int64))

    @classmethod
    def together(cls, parts: list[Judged]) -> Judged:
        """Several, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(p, f) for p in parts]) for f in cls.__dataclass_fields__))

    def where(self, mask: NDArray[np.bool_]) -> Judged:
        """Some of them, in the same order."""
        return Judged(*(getattr(self, f)[mask] for f in self.__dataclass_fields__))


def double(values: NDArray[Any]) -> NDArray[np.float64]:
    """Scores as verdicts keep them."""
    return values.astype(np.float64)


def pack_judged(judged: Judged) -> bytes:
    """A body of `Verdicts`."""
    alerts = pa.array(judged.alert, mask=judged.alert == NO_ALERT)
    arrays: list[Any] = [pa.array(getattr(judged, f)) for f in ("batch", "row", "raw", "p_value", "outcome")]
    return _written(pa.RecordBatch.from_arrays([*arrays, alerts], names=list(Judged.__dataclass_fields__)))


def unpack_judged(body: bytes) -> Judged:
    """The inverse of `pack_judged`."""
    batch = _read(body)
    columns = {n: batch.column(i) for i, n in enumerate(batch.schema.names)}
    alert = columns.pop("alert").fill_null(NO_ALERT)
    return Judged(**{n: c.to_numpy(zero_copy_only=False) for n, c in columns.items()}, alert=alert.to_numpy())


def _written(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=PACKED if batch.num_rows >= LITTLE else PLAIN) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _read(body: bytes) -> pa.RecordBatch:
    try:
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            return reader.read_next_batch()
    except (pa.ArrowException, StopIteration, OSError) as error:
        raise StoreError(
            f"A batch of the store cannot be read: {error}.", "The store was altered; put a backup in its place."
        ) from error
