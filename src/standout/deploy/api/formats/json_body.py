"""JSON: an array of objects, ``{"rows": [...]}``, ``{"columns": {...}}``, one object alone, or an object a line.

Rows that look alike are read by Arrow, as many threads as it likes and without Python objects; all others one by one. Both give the
same table: Arrow is told the type of each column beforehand, and whatever does not fit it is read the second way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.json as pj

from standout.core.errors import EmptyTableError, SchemaError, UnreadableError
from standout.core.table import CODED, Kind
from standout.data.json_source import flattened
from standout.data.values import array_of
from standout.deploy.api.formats.depth import depth_of
from standout.deploy.api.formats.expected import Expected
from standout.deploy.api.problems import TooLarge

Rows: TypeAlias = pa.Table | list[Any]
"""A table where rows are alike; else what stood in the body, for each row to be read or rejected by itself."""
FEW = 4_096
"""Bodies below so many bytes are read one by one at once: to set Arrow going takes longer."""
HINT = 'Send [{"column": value, ...}, ...], {"rows": [...]}, {"columns": {"column": [...]}}, or one object a line.'
_ROWS = re.compile(rb'\s*(?:\{\s*"rows"\s*:\s*)?\[\s*(?=\{)')
_END = re.compile(rb"\]\s*\}?\s*$")
_BETWEEN = re.compile(rb"\}\s*,\s*\{")


def read_json(body: bytes, expected: Expected) -> Rows:
    """Rows from one JSON document."""
    _check_depth(body, expected)
    if len(body) >= FEW and (start := _ROWS.match(body)) and (end := _END.search(body, len(body) - 64)):
        lines = _BETWEEN.sub(b"}\n{", body[start.end() : end.start()])
        table = _alike(lines, expected)
        if table is not None:
            return table
    return _of_document(_parsed(body, "The body"), expected)


def read_json_lines(body: bytes, expected: Expected) -> Rows:
    """Rows from one JSON object a line."""
    _check_depth(body, expected)
    if len(body) >= FEW:
        table = _alike(body, expected)
        if table is not None:
            return table
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    expected.check_size(len(lines), 0)
    return [_parsed(line, f"Line {number}") for number, line in lines]


def _check_depth(body: bytes, expected: Expected) -> None:
    if body.count(b"{") + body.count(b"[") <= expected.limits.depth:
        return
    depth = depth_of(body)
    if depth > expected.limits.depth:
        raise TooLarge(f"The JSON is nested {depth:,} levels deep.", f"At most {expected.limits.depth} levels are read.")


def _alike(lines: bytes, expected: Expected) -> pa.Table | None:
    """Rows of one form, read by Arrow; None where they are not, and for errors, which the other way can tell better."""
    try:
        first, _ = json.JSONDecoder().raw_decode(lines[: 1 << 16].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n"))
    except ValueError:
        return None
    if (
        not isinstance(first, dict)
        or len(first) > expected.limits.columns
        or any(isinstance(v, dict | list) for v in first.values())
    ):
        return None
    kinds = {f.name: f.kind for f in expected.schema.fields}
    types = [(name, _type_of(value, kinds.get(name))) for name, value in first.items()]
    options = pj.ParseOptions(explicit_schema=pa.schema(types), unexpected_field_behavior="error")
    try:
        table = pj.read_json(pa.BufferReader(lines), pj.ReadOptions(block_size=1 << 20), options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeError):
        return None
    expected.check_size(table.num_rows, table.num_columns)
    return table


def _type_of(value: Any, kind: Kind | None) -> pa.DataType:
    """The type of a column by the first of its values; where that is missing, by what the model has there."""
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int | float):
        return pa.int64() if kind in CODED and isinstance(value, int) else pa.float64()
    if isinstance(value, str):
        return pa.string()
    return pa.bool_() if kind is Kind.FLAG else pa.float64() if kind is Kind.NUMBER else pa.string()


def _parsed(text: bytes, where: str) -> Any:
    try:
        return _DECODER.decode(text.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{where} is not UTF-8 at byte {error.start}.", "Encode it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{where} is not JSON: {error.msg} at character {error.pos}.", HINT) from None
    except RecursionError:
        raise TooLarge(f"{where} is nested too deep.", "Send flat objects.") from None
    except ValueError as error:  # such as a number of more digits than Python reads
        raise UnreadableError(f"{where} cannot be read: {str(error)[:80]}.", HINT) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # set.add in a filter
        raise SchemaError(f"An object has the key {twice[:80]!r} twice.", "Give each column a name of its own.")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _of_document(document: Any, expected: Expected) -> Rows:
    if isinstance(document, dict):
        if set(document) == {"columns"} and isinstance(document["columns"], dict):
            return _of_columns(document["columns"], expected)
        document = document["rows"] if set(document) == {"rows"} and isinstance(document["rows"], list) else [document]
    if not isinstance(document, list):
        raise UnreadableError("The body is JSON and holds no rows.", HINT)
    if not document:
        raise EmptyTableError("The body has no rows.", HINT)
    expected.check_size(len(document), 0)
    return document


def _of_columns(columns: Mapping[str, Any], expected: Expected) -> pa.Table:
    for name, values in columns.items():
        if not isinstance(values, list):
            raise SchemaError(f"The column {name[:80]!r} is no array.", HINT)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise SchemaError(f"The columns have {min(lengths):,} to {max(lengths):,} values.", "Give each column as many values.")
    expected.check_size(max(lengths, default=0), len(columns))
    return _table(columns, expected)


def table_of(rows: Sequence[Any], expected: Expected) -> pa.Table:
    """Rows that were read one by one as a table; SchemaError names one that is no object."""
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise SchemaError(f"Row {number} is no object.", HINT)
    flat = [flattened(row) for row in rows] if any(isinstance(v, dict) for row in rows for v in row.values()) else rows
    names = dict.fromkeys(name for row in flat for name in row)
    expected.check_size(len(rows), len(names))
    return _table({name: [row.get(name) for row in flat] for name in names}, expected)


def _table(columns: Mapping[str, Sequence[Any]], expected: Expected) -> pa.Table:
    if not columns or not len(next(iter(columns.values()))):
        raise EmptyTableError("The body has no rows.", HINT)
    arrays = {}
    for name, values in columns.items():
        try:
            arrays[name] = _ids(values) if name == expected.event_id else array_of(values)
        except (UnicodeError, pa.ArrowException):
            raise UnreadableError(f"{name[:80]!r} holds text that is no Unicode.", "Look for half surrogate pairs.") from None
    try:
        return pa.table(arrays)
    except UnicodeError:
        raise UnreadableError("The name of a column is no Unicode.", "Look for half surrogate pairs.") from None


def _ids(values: Sequence[Any]) -> pa.Array:
    return pa.array([_id(v) for v in values], pa.string())


def _id(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise SchemaError("An event id is neither text nor a whole number.", 'Send it as text: {"event_id": "a-17"}.')
