"""A piece of an Arrow column as counters read it: numbers, moments or strings, each with the hashes of its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.core.table import Column, Field, Kind
from standout.kernels.hashing import MISSING, Hashes, hash_bytes, hash_floats, hash_ints

Form = Literal["number", "time", "text"]
Convert = Callable[[pa.Array, Field], Column]


@dataclass(frozen=True, slots=True)
class Piece:
    """values: numbers, or microseconds since 1970 for times, NaN where missing; None for text. strings: the text itself, in a
    dictionary where its values come back.
    """

    form: Form
    hashes: Hashes
    values: Floats | None = None
    strings: pa.Array | None = None


def form_of(kind: Kind, type_: pa.DataType) -> tuple[Form, bool]:
    """How a column of a kind is counted, and whether its Arrow values must be converted for that."""
    numeric = (
        pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_boolean(type_) or pa.types.is_decimal(type_)
    )
    if kind is Kind.TIME:
        return "time", not (pa.types.is_timestamp(type_) or pa.types.is_date(type_))
    if kind is Kind.NUMBER:
        return "number", not numeric
    if numeric or pa.types.is_null(type_):
        return "number", False
    return "text", False


def read(array: pa.Array, field: Field, convert: Convert) -> Piece:
    """One piece of a column; `convert` turns text into numbers or times where the field's kind asks for it."""
    form, converted = form_of(field.kind, array.type)
    if form == "text":
        strings = _strings(array)
        if pa.types.is_dictionary(strings.type):
            return Piece("text", _hash_codes(strings), strings=strings)
        return Piece("text", _hash_strings(strings), strings=strings)
    if converted:
        column = convert(array, field)
        return _times(column.values.view(np.int64)) if form == "time" else _floats(column.values)
    if form == "time":
        return _times(_integers(array.cast(pa.timestamp("us"), safe=False).cast(pa.int64())))
    if pa.types.is_integer(array.type) and not pa.types.is_uint64(array.type):
        return _ints(array)
    return _floats(_as_floats(array))


def _as_floats(array: pa.Array) -> Floats:
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    floats: Floats = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _floats(values: Floats) -> Piece:
    doubles = np.ascontiguousarray(values, dtype=np.float64)
    return Piece("number", hash_floats(doubles, np.isnan(doubles)), doubles)


def _ints(array: pa.Array) -> Piece:
    values = _as_floats(array)
    return Piece("number", hash_ints(_integers(array.cast(pa.int64())), np.isnan(values)), values)


_NAT = np.iinfo(np.int64).min


def _integers(array: pa.Array) -> NDArray[np.int64]:
    return array.fill_null(_NAT).to_numpy() if array.null_count else array.to_numpy()


def _times(micros: NDArray[np.int64]) -> Piece:
    missing = micros == _NAT
    values = micros.astype(np.float64)
    values[missing] = np.nan
    return Piece("time", hash_ints(micros, missing), values)


def _strings(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        values = array.dictionary
        if pa.types.is_string(values.type) and not values.null_count and len(values) <= len(array):
            return array
        array = array.dictionary_decode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array
    try:
        return array.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # bytes that are no text, and types that Arrow cannot write out
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.large_string())


def _hash_codes(strings: pa.DictionaryArray) -> Hashes:
    hashes = np.append(_hash_strings(strings.dictionary), MISSING)  # code -1, the last one, is missing
    codes = strings.indices.cast(pa.int32())
    return hashes[(codes.fill_null(-1) if codes.null_count else codes).to_numpy(zero_copy_only=False)]


def _hash_strings(strings: pa.Array) -> Hashes:
    n = len(strings)
    _, offsets, data = strings.buffers()
    width: type[Any] = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    starts = np.zeros(1, width) if offsets is None else np.frombuffer(offsets, width)[strings.offset : strings.offset + n + 1]
    text = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    missing = pc.is_null(strings).to_numpy(zero_copy_only=False)
    return hash_bytes(starts.astype(np.int64), text, missing)
