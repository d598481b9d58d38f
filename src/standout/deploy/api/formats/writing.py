"""Scores as the caller asks for them: JSON, whose numbers come back to the same bits, or an Arrow IPC stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from starlette.responses import Response

from standout.core.finding import Finding
from standout.core.scores import Scores
from standout.deploy.api.formats.reading import ARROW_STREAM

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def wants_arrow(accept: str) -> bool:
    """Whether an Accept header asks for Arrow."""
    return ARROW_STREAM in accept.lower()


def scores_json(scores: Scores, *, columns: bool, more: dict[str, Any]) -> Response:
    """Scores as JSON: an object for each row, or an array for each column."""
    arrays = {"score": scores.raw.tolist(), "p_value": scores.p_value.tolist(), "severity": scores.severity.tolist()}
    if columns:
        shown: Any = arrays
    else:
        shown = [dict(zip(arrays, values, strict=True)) for values in zip(*arrays.values(), strict=True)]
    return plain_json({**more, "count": len(scores), "scores": shown, "findings": told(scores.findings)})


def scores_arrow(scores: Scores, *, more: dict[str, Any]) -> Response:
    """Scores as an Arrow IPC stream; findings and what else there is stand in the schema's metadata, as JSON."""
    table = pa.table({"score": scores.raw, "p_value": scores.p_value, "severity": scores.severity})
    return arrow(table, {**more, "findings": told(scores.findings)})


def arrow(table: pa.Table, more: dict[str, Any]) -> Response:
    """A table as an Arrow IPC stream."""
    table = table.replace_schema_metadata({"standout": json.dumps(more, ensure_ascii=False)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW_STREAM)


def plain_json(value: Any, status: int = 200) -> Response:
    """Plain values as JSON; half surrogate pairs in text are written with a mark in their place."""
    text = ENCODER.encode(value)
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


def told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as plain values."""
    return [f.as_dict() for f in findings]
