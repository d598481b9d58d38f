"""What a message of a broker holds, as rows.

>>> rows_of(b'[{"x": 1}, {"x": 2}]'), rows_of(b'{"x": 1}\\n{"x": 2}\\n'), rows_of(b"no JSON")
([{'x': 1}, {'x': 2}], [{'x': 1}, {'x': 2}], ['no JSON'])
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LONGEST = 8 << 20
"""Bytes of one message; of a longer one only the beginning is kept, as a row that was rejected."""


def rows_of(body: bytes) -> list[Any]:
    """One object, a list of objects, or JSON lines; what is neither comes back as text, which the service rejects and keeps."""
    text = body[:LONGEST].decode("utf-8", "replace")
    if len(body) > LONGEST:
        return [text]
    found = _json(text)
    if isinstance(found, list):
        return found
    if found is not None:
        return [found]
    lines = [line for line in text.splitlines() if line.strip()]
    read = [_json(line) for line in lines]
    return [text] if len(lines) < 2 or any(row is None for row in read) else read


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def with_ids(rows: Sequence[Any], key: str, message: str) -> list[Any]:
    """The rows with ids made of their message's, where they have none of their own and the message has one."""
    if not message:
        return list(rows)
    return [
        {key: message if len(rows) == 1 else f"{message}.{i}", **row} if isinstance(row, dict) else row
        for i, row in enumerate(rows)
    ]
