"""Arrow batches to Tables under a schema: no loop over rows, and each value reads the same alone as among a million.

>>> from standout.core.table import Field
>>> batch = pa.RecordBatch.from_pydict({"x": ["1", "two"]})
>>> table, findings = to_table(batch, Schema((Field("x", Kind.NUMBER),)), 0)
>>> table["x"].values.tolist(), findings[0].code
([1.0, nan], 'not-converted')
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from standout.core.errors import SchemaError
from standout.core.finding import Finding, FindingKind
from standout.core.table import COLUMN_ABSENT, COLUMN_EXTRA, Column, Field, Kind, Role, Schema, Table
from standout.data.forms import epoch, numbers_of, times_of
from standout.data.source import Source, cast
from standout.data.values import as_text

NOT_CONVERTED = FindingKind(
    "not-converted", "warning", "{count} values of {column} are no {kind}, such as {example!r}, and are taken as missing.",
    "Clean them, or say the column's kind.",
)  # fmt: skip
BIG_INTEGERS = FindingKind(
    "big-integers", "info", "{count} whole numbers of {column} are beyond 2^53 and lose their last digits.",
    "If they are identifiers, say --id or --ignore.",
)  # fmt: skip
_EXACT = 2**53
Partial = tuple[Table, tuple[Finding, ...], Callable[[NDArray[np.intp]], Table]]
TRUE, FALSE = frozenset({"1", "true", "t", "yes", "y", "on"}), frozenset({"0", "false", "f", "no", "n", "off"})
MARKS = frozenset({"", "na", "n/a", "nan", "null", "none", "<na>", "#n/a", "?", "-"})


def to_table(
    batch: pa.RecordBatch, schema: Schema, first_row: int, roles: Collection[Role] | None = None
) -> tuple[Table, tuple[Finding, ...]]:
    """The batch as a Table of this schema, rows numbered from `first_row`, and what was noticed.

    Columns may stand in any order. An absent one becomes missing values, an extra one is ignored, a value that does not fit its
    kind becomes missing: all told. roles: only columns that have one of these are taken, and the table's schema has no others.
    Raises SchemaError where none of the schema's features is there.
    """
    present = {name: i for i, name in enumerate(batch.schema.names)}
    findings = [COLUMN_EXTRA.found(column=n) for n in present if n not in schema.by_name]
    if schema.features and not any(f.name in present for f in schema.features):
        raise SchemaError(
            f"None of the columns {', '.join(f.name for f in schema.features[:5])} is there.",
            f"The data has {', '.join(list(present)[:5])}; give the names that the model was fitted with.",
        )
    if roles is not None:
        schema = Schema(tuple(f for f in schema.fields if f.role in roles))
    columns = []
    for field in schema.fields:
        if field.name in present:
            column, noticed = to_column(batch.column(present[field.name]), field)
            findings.extend(noticed)
        else:
            column = Column.absent(field.kind, batch.num_rows)
            if field.role is Role.FEATURE:
                findings.append(COLUMN_ABSENT.found(column=field.name))
        columns.append(column)
    rows = np.arange(first_row, first_row + batch.num_rows, dtype=np.int64)
    return Table(schema, tuple(columns), rows), tuple(findings)


def tables(source: Source, schema: Schema, roles: Collection[Role] | None = None) -> Iterator[tuple[Table, tuple[Finding, ...]]]:
    """All rows of a source as Tables of a given schema; absent and extra columns are told with the first."""
    for table, findings, _ in partial_tables(source, schema, roles):
        yield table, findings


def partial_tables(source: Source, schema: Schema, roles: Collection[Role] | None) -> Iterator[Partial]:
    """As `tables`, but with the columns of some roles only, and with a way to the whole of those rows that are chosen.

    Identifiers, of which no two are alike, take longer to convert than all that is learned from.
    """
    first_row = 0
    for piece in source.pieces():
        table, findings = to_table(piece, schema, first_row, roles)
        if first_row:
            findings = tuple(f for f in findings if f.code not in (COLUMN_ABSENT.code, COLUMN_EXTRA.code))
        first_row += len(table)
        yield table, findings, table.take if roles is None else partial(_chosen, piece, schema, table.rows)


def _chosen(piece: pa.RecordBatch, schema: Schema, rows: NDArray[np.int64], at: NDArray[np.intp]) -> Table:
    table, _ = to_table(piece.take(pa.array(at)), schema, 0)
    return Table(schema, table.columns, rows[at])


def to_column(array: Any, field: Field) -> tuple[Column, tuple[Finding, ...]]:
    """One Arrow array as a column of the field's kind."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if field.kind is Kind.NUMBER:
        return _number(array, field)
    if field.kind is Kind.FLAG:
        return _flag(array, field)
    if field.kind is Kind.TIME:
        return _time(array, field)
    return _coded(array, field.kind), ()


def is_text(type_: pa.DataType) -> bool:
    """Whether a type holds text."""
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def encoded(array: pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Any array as codes (-1 for missing) and its distinct values as text."""
    if not pa.types.is_dictionary(array.type):
        if not is_text(array.type) and not pa.types.is_primitive(array.type):
            array = pa.array([as_text(v) for v in array.to_pylist()], pa.string())
        array = array.dictionary_encode()
    codes = array.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, _texts(array.dictionary)


def _texts(values: pa.Array) -> pa.Array:
    if pa.types.is_string(values.type):
        return values
    if is_text(values.type):
        return values.cast(pa.string())
    if pa.types.is_floating(values.type):  # 3.0 and 3 are one code, whatever the file calls them
        return pa.array([as_text(v) for v in values.to_pylist()], pa.string())
    return cast(values, pa.string())


def _coded(array: pa.Array, kind: Kind) -> Column:
    codes, texts = encoded(array)
    names: list[str | None] = texts.to_pylist()
    if all(n and n.strip() for n in names) and len(set(names)) == len(names) and (not len(codes) or codes.max() < len(names)):
        return Column(kind, codes.astype(np.int32), tuple(n for n in names if n))
    # empty text and missing entries of a dictionary are missing; two spellings of one value are one
    known: dict[str, int] = {}
    lookup = [known.setdefault(n, len(known)) if n and n.strip() else -1 for n in names]
    return Column(kind, np.array([*lookup, -1], dtype=np.int32)[codes], tuple(known))


def _number(array: pa.Array, field: Field) -> tuple[Column, tuple[Finding, ...]]:
    type_ = array.type
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_) or pa.types.is_null(type_):
        values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        big = int((np.abs(values) > _EXACT).sum()) if pa.types.is_integer(type_) and type_.bit_width == 64 else 0
        findings = (BIG_INTEGERS.found(column=field.name, count=big),) if big else ()
        return Column(Kind.NUMBER, np.ascontiguousarray(values)), findings
    if pa.types.is_boolean(type_):
        return Column(Kind.NUMBER, array.cast(pa.int8()).cast(pa.float64()).to_numpy(zero_copy_only=False)), ()
    if pa.types.is_time(type_) or pa.types.is_duration(type_):
        return Column(Kind.NUMBER, _seconds(array)), ()
    codes, texts = encoded(array)
    numbers, found = numbers_of(texts, field.form)
    if field.form not in ("", "percent"):  # a plain number among marked ones is one too
        plain, also = numbers_of(texts)
        numbers, found = pc.if_else(found, numbers, plain), pc.or_(found, also)
    return _looked_up(codes, texts, numbers.to_numpy(zero_copy_only=False), found, field, np.nan)


def _flag(array: pa.Array, field: Field) -> tuple[Column, tuple[Finding, ...]]:
    if pa.types.is_boolean(array.type):
        return Column(Kind.FLAG, array.cast(pa.int8()).cast(pa.float64()).to_numpy(zero_copy_only=False)), ()
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        values = array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).copy()
        wrong = ~((values == 0) | (values == 1) | np.isnan(values))
        findings = _told(field, wrong, values)
        values[wrong] = np.nan
        return Column(Kind.FLAG, values), findings
    codes, texts = encoded(array)
    names = [(t or "").strip().lower() for t in texts.to_pylist()]
    values = np.array([1.0 if n in TRUE else 0.0 if n in FALSE else np.nan for n in names])
    return _looked_up(codes, texts, values, pa.array(~np.isnan(values), pa.bool_()), field, np.nan)


def _time(array: pa.Array, field: Field) -> tuple[Column, tuple[Finding, ...]]:
    type_ = array.type
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        values = array.cast(pa.timestamp("us", type_.tz if pa.types.is_timestamp(type_) else None), safe=False)
        return Column(
            Kind.TIME, values.cast(pa.int64()).fill_null(_NAT).to_numpy(zero_copy_only=False).view("datetime64[us]")
        ), ()
    if field.form != "%Y%m%d" and (pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_null(type_)):
        return Column(Kind.TIME, epoch(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))), ()
    codes, texts = encoded(array)
    parsed = times_of(texts, field.form)
    if field.form:  # an ISO time tells itself
        parsed = pc.coalesce(parsed, times_of(texts))
    values = parsed.cast(pa.int64()).fill_null(_NAT).to_numpy(zero_copy_only=False).view("datetime64[us]")
    return _looked_up(codes, texts, values, parsed.is_valid(), field, np.datetime64("NaT", "us"))


_NAT = np.iinfo(np.int64).min


def _looked_up(
    codes: NDArray[np.int32], texts: pa.Array, values: NDArray[Any], found: pa.Array, field: Field, missing: Any
) -> tuple[Column, tuple[Finding, ...]]:
    marks = np.array([(t or "").strip().lower() in MARKS for t in texts.to_pylist()], dtype=bool)
    good = found.to_numpy(zero_copy_only=False).astype(bool)
    wrong = np.append(~good & ~marks, False)[codes]
    count = int(wrong.sum())
    findings: tuple[Finding, ...] = ()
    if count:
        example = texts[int(codes[np.argmax(wrong)])].as_py()
        findings = (NOT_CONVERTED.found(column=field.name, kind=field.kind.value, count=count, example=str(example)[:40]),)
    return Column(field.kind, np.append(values, missing)[codes]), findings


def _told(field: Field, wrong: NDArray[np.bool_], values: NDArray[Any]) -> tuple[Finding, ...]:
    if not wrong.any():
        return ()
    example = f"{values[int(np.argmax(wrong))]:g}"
    return (NOT_CONVERTED.found(column=field.name, kind=field.kind.value, count=int(wrong.sum()), example=example),)


def _seconds(array: pa.Array) -> NDArray[np.float64]:
    unit = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[array.type.unit]
    whole = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64()).cast(pa.float64(), safe=False)
    return whole.to_numpy(zero_copy_only=False) / unit
