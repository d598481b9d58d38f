"""Which reader a body goes to, by its Content-Type."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from standout.deploy.api.formats.arrow_body import read_arrow
from standout.deploy.api.formats.csv_body import read_csv
from standout.deploy.api.formats.expected import Expected
from standout.deploy.api.formats.json_body import Rows, read_json, read_json_lines, table_of
from standout.deploy.api.problems import WrongMedia

__all__ = ["ARROW_STREAM", "MEDIA", "Expected", "read_rows", "read_table"]
ARROW_STREAM = "application/vnd.apache.arrow.stream"
MEDIA: dict[str, Callable[[bytes, Expected], Rows]] = {
    "application/json": read_json,
    "application/x-ndjson": read_json_lines,
    "application/jsonl": read_json_lines,
    "text/csv": read_csv,
    ARROW_STREAM: read_arrow,
    "application/vnd.apache.arrow.file": read_arrow,
}
"""Readers by the type of body that they read."""


def read_rows(body: bytes, content_type: str, expected: Expected) -> Rows:
    """The rows of a body; WrongMedia where its type is none of `MEDIA`."""
    kind = content_type.partition(";")[0].strip().lower()
    reader = MEDIA.get(kind)
    if reader is None:
        raise WrongMedia(f"A body of type {kind[:80] or 'unknown'!r} is not read.", f"Send one of {', '.join(MEDIA)}.")
    return reader(body, expected)


def read_table(body: bytes, content_type: str, expected: Expected) -> pa.Table:
    """The rows of a body as a table, as scoring wants them."""
    rows = read_rows(body, content_type, expected)
    return rows if isinstance(rows, pa.Table) else table_of(rows, expected)
