"""Calendars: events that are expected, such as a backup each night; what they cause is kept and counted, and nobody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, Done, Moment, Number, Page, Paging, Shape, Short, found
from standout.deploy.store import records

router = APIRouter(prefix="/api/v1/calendars", tags=["calendars"])
MATCH = "What alerts must be equal to: stream, entity, because, kind, or a column's value."
Repeats = Literal["once", "daily", "weekly", "monthly"]


class Calendar(Shape):
    """An event that is expected, and what it hid."""

    id: int = Field(description="Its number.", examples=[3])
    name: str = Field(description="What it is called.", examples=["nightly backup"])
    owner: str = Field(description="Who expects it.", examples=["anna"])
    match: dict[str, str] = Field(description=MATCH, examples=[{"stream": "servers"}])
    starts: datetime = Field(description="When it first begins.")
    lasts: float = Field(description="For how many seconds.", examples=[3600.0])
    repeats: Repeats = Field(description="How often, by the clock of its zone.", examples=["daily"])
    zone: str = Field(description="Its time zone.", examples=["Europe/Berlin"])
    until: datetime | None = Field(description="From when on it is expected no more.")
    hidden: int = Field(description="How many alerts it hid.", examples=[12])


class NewCalendar(Shape):
    """An event to expect."""

    name: Short = Field(description="What it is called.", examples=["nightly backup"])
    match: dict[Short, Short] = Field(description=MATCH, min_length=1, max_length=20, examples=[{"stream": "servers"}])
    starts: Moment = Field(description="When it first begins.")
    lasts: float = Field(gt=0, le=366 * 86_400.0, description="For how many seconds.", examples=[3600.0])
    repeats: Repeats = Field("once", description="How often, by the clock of its zone.")
    zone: Short = Field("UTC", description="Its time zone, by its IANA name.", examples=["Europe/Berlin"])
    until: Moment | None = Field(None, description="From when on it is expected no more.")


@router.get("", operation_id="listCalendars", dependencies=VIEW, response_model=Page[Calendar])
def calendars(request: Request, asked: Annotated[Paging, Query()]) -> Any:
    """Expected events, newest first, those that are over too."""
    with of(request).service.store.reading() as unit:
        return unit.calendars.page(**dict(asked))


@router.post("", operation_id="expectEvent", dependencies=ACT, response_model=Calendar, status_code=201)
def expect(request: Request, new: NewCalendar) -> Any:
    """Expect an event; you are its owner."""
    told = {name: getattr(new, name) for name in NewCalendar.model_fields}
    return of(request).service.expect(records.Calendar(owner=who_of(request).name, **told))


@router.post("/{number}/end", operation_id="endCalendar", dependencies=ACT, response_model=Done)
def end(request: Request, number: Number) -> Any:
    """Expect an event no more; what it hid stays on record."""
    context = of(request)
    with context.service.store.reading() as unit:
        found(unit.calendars.get(number), "expected event", number)
    context.service.unexpect(number, who_of(request).name)
    return DONE
