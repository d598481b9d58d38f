"""CSV with a header: the delimiter and encoding are found out as for files; a row of another width stops the whole."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.csv as pc

from standout.core.errors import EmptyTableError, UnreadableError
from standout.core.table import Kind
from standout.data.csv_head import MISSING, Head, look
from standout.deploy.api.formats.expected import Expected

HINT = "Send a line with the names of the columns, and then one line a row."
_HEAD = 1 << 20
_WIDTHS = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read_csv(body: bytes, expected: Expected) -> pa.Table:
    """Rows from delimited text whose first line names the columns."""
    if not body.strip():
        raise EmptyTableError("The body is empty.", HINT)
    head = look(body[:_HEAD], whole=len(body) < _HEAD, header=True)
    expected.check_size(body.count(b"\n"), len(head.names))
    if head.encoding not in ("utf-8", "utf-8-sig", "ascii"):
        body = _recoded(body, head.encoding)
    plain = {f.name for f in expected.schema.fields if f.kind is Kind.NUMBER and not f.form}
    numbers = {name: pa.float64() if name in plain else pa.string() for name in head.names}
    try:
        table = _read(body, head, numbers)
    except pa.ArrowInvalid as error:
        if "conversion error" not in str(error):
            raise _told(error) from None
        table = None
    if table is None:  # a number that is none: each value is then read by itself, and told where it does not fit
        try:
            table = _read(body, head, dict.fromkeys(head.names, pa.string()))
        except pa.ArrowInvalid as error:
            raise _told(error) from None
    if not table.num_rows:
        raise EmptyTableError("The body has a header and no rows.", HINT)
    return table


def _read(body: bytes, head: Head, types: dict[str, pa.DataType]) -> pa.Table:
    return pc.read_csv(
        pa.BufferReader(body),
        pc.ReadOptions(block_size=max(1 << 20, len(body) // 4), column_names=list(head.names), skip_rows=head.skip),
        pc.ParseOptions(delimiter=head.delimiter, newlines_in_values=head.spans, ignore_empty_lines=len(head.names) > 1),
        pc.ConvertOptions(column_types=types, null_values=list(MISSING), strings_can_be_null=True),
    )


def _recoded(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        raise UnreadableError(f"The body is not {encoding} text.", "Encode it as UTF-8.") from None


def _told(error: pa.ArrowInvalid) -> UnreadableError:
    """What is wrong, without the values that Arrow's own message shows."""
    found = _WIDTHS.search(str(error))
    if found:
        row, wanted, got = found.groups()
        return UnreadableError(f"Row {row} has {got} fields and the header {wanted}.", "A delimiter inside a value needs quotes.")
    if "UTF8" in str(error):
        return UnreadableError("The body is not UTF-8.", "Encode it as UTF-8.")
    return UnreadableError("The body is no CSV that can be read.", "Look for a quotation mark that is not closed.")
