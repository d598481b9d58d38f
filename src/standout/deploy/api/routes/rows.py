"""Take rows in: what a watched stream is sent, acknowledged only once the store has it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Annotated, Any, Literal, get_args

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from standout.deploy.api.formats import read_rows
from standout.deploy.api.formats.described import ROWS_BODY, arrow_or
from standout.deploy.api.formats.writing import arrow, plain_json, told, wants_arrow
from standout.deploy.api.quick import Call, Quick
from standout.deploy.api.roles import INGEST
from standout.deploy.api.shapes import Finding, Shape, Stream
from standout.deploy.live.answers import Receipt, word
from standout.deploy.store.records import Outcome, Role

router = APIRouter(prefix="/api/v1/streams/{stream}", tags=["rows"])
Layout = Literal["rows", "columns", "summary"]
LAYOUTS = get_args(Layout)
LITTLE = 16_384
"""Bodies up to so many bytes are read at once, and not on another thread: to hand them over takes longer."""
WORDS = np.array([word(o) for o in Outcome], dtype=object)


class Taken(Shape):
    """What became of one row."""

    event_id: str = Field(description="Its id, as sent or else batch.row.", examples=["a-17"])
    outcome: str = Field(description="Where its way ended.", examples=["notified"])
    severity: float | None = Field(
        description="The percentile among normal rows, 0 to 100; null where it was not scored yet.", examples=[99.98]
    )
    rejected: str | None = Field(None, description="Why it was rejected, if it was.")
    alert: int | None = Field(None, description="The alert that it became, if it did.", examples=[17])


class TakenColumns(Shape):
    """What became of rows, an array for each column."""

    event_id: list[str] = Field(description="Ids, as sent or else batch.row.", examples=[["a-17"]])
    outcome: list[str] = Field(description="Where their ways ended.", examples=[["notified"]])
    severity: list[float | None] = Field(description="Percentiles, null where a row was not scored yet.", examples=[[99.98]])


class Given(Shape):
    """A receipt: the store has these rows."""

    stream: str = Field(description="The stream.", examples=["payments"])
    batch: int = Field(description="The journal's number, 0 where every row was a duplicate.", examples=[3])
    counts: dict[str, int] = Field(description="How many rows ended where.", examples=[{"ordinary": 98, "notified": 2}])
    rows: list[Taken] | TakenColumns | None = Field(
        None, description="One for each row, in their order; arrays with layout=columns, left out with layout=summary."
    )
    rejected: dict[str, str] | None = Field(None, description="With layout=summary: why, by row.")
    alerts: dict[str, int] | None = Field(None, description="With layout=summary: alerts by row.")
    findings: list[Finding] = Field(description="What was noticed while the rows were read.")


@router.post("/rows", operation_id="takeRows", dependencies=INGEST, response_model=Given, openapi_extra=ROWS_BODY,
             responses=arrow_or("Columns event_id, outcome and severity."))  # fmt: skip
async def take(
    request: Request,
    stream: Stream,
    layout: Annotated[Layout, Query(description="An object for each row, an array for each column, or neither.")] = "rows",
) -> Response:
    """Take rows into a watched stream: score them, decide, and tell whom it concerns. Answers once the store has them.

    Give each row an id of its own as `event_id`: then the same row sent twice counts once, and you can send again whatever was not
    acknowledged. A row that cannot be read is rejected with its reason, and stored as it came.
    """
    return await _taken(Call.of(request, stream, layout=layout))


async def _taken(call: Call) -> Response:
    context, layout, as_arrow = call.context, call.layout(LAYOUTS), wants_arrow(call.accept)
    if len(call.body) <= LITTLE:
        receipt = await context.bell.result(_submitted(call))
        return _answered(receipt, layout, as_arrow=as_arrow)
    receipt = await context.bell.result(await context.work(lambda: _submitted(call)))
    context.metrics.rows("rows", len(receipt))
    return await context.work(lambda: _answered(receipt, layout, as_arrow=as_arrow))


quick = (Quick(f"{router.prefix}/rows", _taken, Role.INGEST),)
"""Answers in place of the route above, which describes it."""


def _submitted(call: Call) -> Future[Receipt]:
    rows = read_rows(call.body, call.kind, call.context.expected(call.stream))
    return call.context.service.submit(call.stream, rows)


def _answered(receipt: Receipt, layout: str, *, as_arrow: bool) -> Response:
    if layout == "rows" and not as_arrow:
        return plain_json(receipt.as_dict())
    short: dict[str, Any] = {"stream": receipt.stream, "batch": receipt.batch, "counts": receipt.counts}
    if layout == "summary":
        short |= {"rejected": {str(r): why for r, why in receipt.rejected.items()}}
        short |= {"alerts": {str(r): alert for r, alert in receipt.alerts.items()}}
    if as_arrow:
        return arrow(_table(receipt), {**short, "findings": told(receipt.findings)})
    if layout == "columns":
        table = _table(receipt)
        short["rows"] = {name: table[name].to_pylist() for name in table.column_names}
    return plain_json({**short, "findings": told(receipt.findings)})


def _table(receipt: Receipt) -> pa.Table:
    unscored = np.isnan(receipt.severity)
    return pa.table(
        {
            "event_id": pa.array(receipt.ids, pa.string()),
            "outcome": pa.array(WORDS[receipt.outcomes], pa.string()),
            "severity": pa.array(receipt.severity, mask=unscored),
        }
    )
