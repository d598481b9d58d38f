"""Tables that are in memory already: pandas, polars, anything narwhals or Arrow know, numpy arrays, dicts of columns, Tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from standout.core.errors import EmptyTableError, ParameterTypeError, SchemaError
from standout.core.finding import Finding, FindingKind
from standout.core.table import CODED, Column, Kind, Table
from standout.data.arrow_files import flat
from standout.data.source import MIXED_TYPES, Source, Spooled, rebatched, unique_names
from standout.data.values import array_of, kind_of

INDEX_TAKEN = FindingKind(
    "index-taken", "info", "The frame's index is taken as the column {column}.", "Drop the index to leave it."
)


class FrameSource(Source):
    """A table in memory."""

    def __init__(self, what: Any, name: str = "data") -> None:
        self.name = name
        self._noticed: list[Finding] = []
        table = self._table(what)
        if table.num_columns == 0 or table.num_rows == 0:
            raise EmptyTableError(f"{name} has {table.num_columns} columns and {table.num_rows} rows.", "Give it some.")
        names, renamed = unique_names(table.column_names)
        self._noticed.extend(renamed)
        table = table.rename_columns(names)
        self._flat = pa.Table.from_batches([flat(b) for b in table.to_batches()])
        self.rows = table.num_rows

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed while taking the table in."""
        return tuple(self._noticed)

    costly = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over the table; nothing is copied where Arrow can share."""
        yield from rebatched(self._flat)

    def _table(self, what: Any) -> pa.Table:
        if isinstance(what, pa.Table):
            return what
        if isinstance(what, pa.RecordBatch):
            return pa.Table.from_batches([what])
        if isinstance(what, Table):
            return _of_table(what)
        if isinstance(what, np.ndarray):
            return self._of_numpy(what)
        if isinstance(what, Mapping):
            return self._of_mapping(what)
        if type(what).__module__.partition(".")[0] == "pandas":
            return self._of_pandas(what)
        return _of_any(what)

    def _of_mapping(self, what: Mapping[Any, Any]) -> pa.Table:
        arrays = {str(name): self._array(str(name), values) for name, values in what.items()}
        lengths = {name: len(a) for name, a in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise SchemaError(f"The columns have different lengths: {lengths}.", "Give each column as many values.")
        return pa.table(arrays)

    def _of_numpy(self, what: np.ndarray[Any, Any]) -> pa.Table:
        if what.dtype.names is not None:
            return self._of_mapping({n: what[n] for n in what.dtype.names})
        if what.ndim == 1:
            what = what[:, None]
        if what.ndim != 2:
            raise SchemaError(f"The array has {what.ndim} dimensions.", "Give rows and columns.")
        return self._of_mapping({f"column_{i + 1}": what[:, i] for i in range(what.shape[1])})

    def _of_pandas(self, frame: Any) -> pa.Table:
        if frame.ndim == 1:
            frame = frame.to_frame()
        index = frame.index
        if any(n is not None for n in index.names) or index.dtype.kind == "M":
            names = [str(n) if n is not None else "index" for n in index.names]
            if not set(names) & {str(c) for c in frame.columns}:
                frame = frame.reset_index(names=names)
                self._noticed.extend(INDEX_TAKEN.found(column=n) for n in names)
        arrays = [self._array(str(n), frame.iloc[:, i]) for i, n in enumerate(frame.columns)]
        return pa.Table.from_arrays(arrays, names=[str(n) for n in frame.columns])

    def _array(self, name: str, values: Any) -> Any:
        if isinstance(values, pa.Array | pa.ChunkedArray):
            return values
        dtype = getattr(values, "dtype", None)
        if dtype is not None and getattr(dtype, "kind", "") != "O":
            try:
                return pa.array(np.ascontiguousarray(values) if isinstance(values, np.ndarray) else values, from_pandas=True)
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
                pass  # such as complex numbers or periods: Python writes them
        listed = values.tolist() if hasattr(values, "tolist") else list(values)
        array = array_of(listed)
        if pa.types.is_string(array.type):
            other = next((v for v in listed if kind_of(v) not in ("", "text")), None)
            if other is not None and any(kind_of(v) == "text" for v in listed):
                self._noticed.append(MIXED_TYPES.found(column=name, before="text", example=str(other), after="text"))
        return array


class StreamSource(Spooled):
    """A stream that can be read once: an Arrow record batch reader, kept as it is read."""

    def __init__(self, reader: pa.RecordBatchReader, name: str = "data") -> None:
        super().__init__()
        self.name, self._reader = name, reader
        self._names, self._noticed[:] = unique_names(reader.schema.names)

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        empty = True
        for batch in self._reader:
            empty &= batch.num_rows == 0
            yield flat(batch.rename_columns(self._names))
        if empty:
            raise EmptyTableError(f"{self.name} has no rows.", "Give a stream with at least one row.")


def _of_any(what: Any) -> pa.Table:
    if hasattr(what, "__arrow_c_stream__"):
        return pa.table(what)
    import narwhals as nw

    try:
        return nw.from_native(what).lazy().collect("pyarrow").to_native()
    except TypeError:
        raise ParameterTypeError(
            f"A {type(what).__name__} is no table.", "Give a path, a database URL, a frame, an array or a dict of columns."
        ) from None


def _of_table(table: Table) -> pa.Table:
    return pa.table({f.name: to_arrow(c) for f, c in zip(table.schema.fields, table.columns, strict=True)})


def to_arrow(column: Column) -> pa.Array:
    """A column as Arrow sees it: flags true and false, categories in a dictionary."""
    if column.kind in CODED:
        codes = pa.array(column.values, mask=column.missing)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(column.categories), pa.string()))
    if column.kind is Kind.FLAG:
        return pa.array(column.values == 1.0, mask=column.missing)
    return pa.array(column.values, from_pandas=True)
