"""How the description of the API tells of bodies with rows."""

from __future__ import annotations

from typing import Any

from standout.deploy.api.formats.reading import ARROW_STREAM

_ROW = {"type": "object", "additionalProperties": True, "description": "A value for each column by name."}
_EXAMPLE = {"amount": 1040.0, "country": "DE", "event_id": "a-17"}
_BINARY = {"type": "string", "format": "binary"}
ROWS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Rows. A column that the model does not know is ignored and told; one that is absent counts as missing.",
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"type": "array", "items": _ROW, "description": "Rows."},
                        {"type": "object", "required": ["rows"], "properties": {"rows": {"type": "array", "items": _ROW}}},
                        {
                            "type": "object",
                            "required": ["columns"],
                            "properties": {"columns": {"type": "object", "additionalProperties": {"type": "array", "items": {}}}},
                        },
                    ],
                },
                "examples": {
                    "rows": {"value": {"rows": [_EXAMPLE]}},
                    "columns": {"value": {"columns": {"amount": [1040.0], "country": ["DE"]}}},
                    "array": {"value": [_EXAMPLE]},
                },
            },
            "application/x-ndjson": {"schema": {"type": "string", "description": "One object a line."}},
            "text/csv": {"schema": {"type": "string", "description": "A line with the columns' names, then one line a row."}},
            ARROW_STREAM: {"schema": _BINARY},
        },
    }
}
"""For routes that take rows."""


def arrow_or(text: str) -> dict[int | str, dict[str, Any]]:
    """The same answer as Arrow, where the caller accepts it."""
    return {200: {"content": {ARROW_STREAM: {"schema": {**_BINARY, "description": text}}}}}
