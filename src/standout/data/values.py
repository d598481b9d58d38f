"""Python values as Arrow arrays: what databases, spreadsheets and object columns give, mixed types included.

>>> array_of([1, 2.5, None]).type
DataType(double)
>>> array_of([1, "x"]).to_pylist()
['1', 'x']
>>> array_of([10**400, 1]).to_pylist()
[inf, 1.0]
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa

from standout.data.source import BATCH_ROWS

_EPOCH_ZONE = datetime.UTC
# what Arrow takes as it is, without a look at each value
_PLAIN = tuple(frozenset((*types, type(None))) for types in ((int,), (int, float), (str,), (bool,)))


def array_of(values: Sequence[Any]) -> pa.Array:
    """The narrowest of: nothing, flags, whole numbers, numbers, times, text; mixed values become text, none is lost."""
    if any(set(map(type, values)) <= plain for plain in _PLAIN):
        try:
            return pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, OverflowError):
            pass  # whole numbers beyond 64 bits
    kinds = {kind_of(v) for v in values} - {""}
    if not kinds:
        return pa.nulls(len(values))
    try:
        if kinds <= {"number"}:
            return pa.array([_number(v) for v in values], from_pandas=True)
        if kinds == {"flag"}:
            return pa.array([None if kind_of(v) == "" else bool(v) for v in values], pa.bool_())
        if kinds == {"time"}:
            return pa.array([_naive(v) for v in values], pa.timestamp("us"))
        if kinds == {"text"}:
            return pa.array([None if kind_of(v) == "" else str(v) for v in values], pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass  # such as numbers too large for 64 bits together with text-like ones
    if kinds <= {"number", "flag"}:
        return pa.array([None if kind_of(v) == "" else _float(v) for v in values], pa.float64())
    return pa.array([as_text(v) for v in values], pa.string())


def batches_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[pa.RecordBatch]:
    """Rows of Python values in batches; types may differ from batch to batch."""
    rows = iter(rows)
    while piece := list(islice(rows, BATCH_ROWS)):
        yield pa.RecordBatch.from_arrays([array_of(c) for c in zip(*piece, strict=True)], names=list(names))


def as_text(value: Any) -> str | None:
    """A value as a person would write it in a table; None where it is missing."""
    if kind_of(value) == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str, sort_keys=True)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    return str(value)


def kind_of(value: Any) -> str:
    """What a value is: "flag", "number", "time", "text", "other", or "" where it is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is _pandas_missing(value):
        return ""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float | decimal.Decimal):
        return "number"
    if isinstance(value, datetime.date):
        return "time"
    if isinstance(value, str):
        return "text"
    return _of_numpy(value)


def _of_numpy(value: Any) -> str:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "b":
        return "flag"
    if kind in "iuf" and kind:
        return "number" if value == value else ""
    return "other"


def _pandas_missing(value: Any) -> Any:
    # pandas' NA and NaT are single objects; pandas itself is not imported for them
    return value if type(value).__name__ in ("NAType", "NaTType") else ...


def _number(value: Any) -> int | float | None:
    if kind_of(value) == "":
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else _float(value)
    number = float(value)
    return (
        int(number)
        if isinstance(value, decimal.Decimal) and value == value.to_integral_value() and abs(value) < 2**63
        else number
    )


def _float(value: Any) -> float:
    """A number as a float; a whole one beyond all floats is infinite, as 1e999 is."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _naive(value: datetime.date) -> datetime.datetime | None:
    if kind_of(value) == "":
        return None
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value.astimezone(_EPOCH_ZONE).replace(tzinfo=None) if value.tzinfo is not None else value
