"""Why somebody was, or was not, told of an event."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field

from standout.deploy.api.context import of
from standout.deploy.api.roles import VIEW
from standout.deploy.api.shapes import Plain, Shape, Short, Stream

router = APIRouter(prefix="/api/v1", tags=["events"])


class Stage(Shape):
    """One stage of an event's way."""

    name: str = Field(description="The stage.", examples=["silence"])
    passed: bool = Field(description="Whether the event went on from there.", examples=[True])
    sentence: str = Field(description="What happened.", examples=["No silence matched it."])
    numbers: dict[str, Plain] = Field(description="The numbers behind it.", examples=[{"p_value": 0.0002}])


class Trace(Shape):
    """Every stage that an event came to, in order; the last one decided."""

    stream: str = Field(description="The stream.", examples=["payments"])
    event_id: str = Field(description="The event.", examples=["a-17"])
    outcome: str = Field(description="Where its way ended.", examples=["notified"])
    sentence: str = Field(description="Why, in one sentence.", examples=["An alert was raised, and ops was told."])
    stages: list[Stage] = Field(description="In order.")
    batch: int = Field(description="The journal's batch.", examples=[3])
    row: int = Field(description="The row in it.", examples=[0])
    received: datetime = Field(description="When it was taken in.")
    alert: int | None = Field(description="Its alert, if it came so far.", examples=[17])
    incident: int | None = Field(description="Its incident, if it came so far.", examples=[4])


@router.get("/why/{stream}/{event_id}", operation_id="whyEvent", dependencies=VIEW, response_model=Trace)
def why(
    request: Request,
    stream: Stream,
    event_id: Annotated[Short, Path(description="The row's own id, or batch.row.", examples=["a-17"])],
) -> Any:
    """Why was I, or was I not, told of this event? Score, p-value, policy, duplicates, grouping, silences and messages."""
    context = of(request)
    context.stream(stream)
    return context.service.why(stream, event_id).as_dict()
