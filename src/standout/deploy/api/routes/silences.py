"""Silences: alerts that match are kept and counted, and nobody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, Done, Long, Moment, Number, Page, Paging, Shape, Short, found
from standout.deploy.live import answers

router = APIRouter(prefix="/api/v1/silences", tags=["silences"])
YEAR = 366 * 86_400.0


class Silence(Shape):
    """A silence, and what it hid."""

    id: int = Field(description="Its number.", examples=[2])
    match: dict[str, str] = Field(
        description="What alerts must be equal to: stream, entity, because, kind, or a column's value.",
        examples=[{"entity": "card-9"}],
    )
    owner: str = Field(description="Who made it.", examples=["anna"])
    reason: str = Field(description="Why.", examples=["the shop moves house"])
    starts: datetime = Field(description="From when on.")
    ends: datetime = Field(description="Until when.")
    hidden: int = Field(description="How many alerts it hid.", examples=[12])
    lifted: datetime | None = Field(description="When it was ended before its time.")


class NewSilence(Shape):
    """A silence to be made."""

    match: dict[Short, Short] = Field(
        description="What alerts must be equal to: stream, entity, because, kind, or a column's value.",
        min_length=1,
        max_length=20,
        examples=[{"entity": "card-9"}],
    )
    reason: Long = Field(description="Why.", min_length=1, examples=["the shop moves house"])
    lasts: float = Field(gt=0, le=YEAR, description="For how many seconds.", examples=[3600.0])
    starts: Moment | None = Field(None, description="From when on; now unless told.")


@router.get("", operation_id="listSilences", dependencies=VIEW, response_model=Page[Silence])
def silences(request: Request, asked: Annotated[Paging, Query()]) -> Any:
    """Silences, newest first, those that are over too."""
    with of(request).service.store.reading() as unit:
        return unit.silences.page(**dict(asked))


@router.post("", operation_id="makeSilence", dependencies=ACT, response_model=Silence, status_code=201)
def make(request: Request, new: NewSilence) -> Any:
    """Make a silence; you are its owner."""
    wanted = answers.NewSilence(new.match, who_of(request).name, new.reason, new.lasts, new.starts)
    return of(request).service.silence(wanted)


@router.post("/{number}/lift", operation_id="liftSilence", dependencies=ACT, response_model=Done)
def lift(request: Request, number: Number) -> Any:
    """End a silence before its time; what it hid stays on record."""
    context = of(request)
    with context.service.store.reading() as unit:
        found(unit.silences.get(number), "silence", number)
    context.service.lift(number, who_of(request).name)
    return DONE
