"""Incidents: alerts that belong together, and how far people are with them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, Done, Moment, Number, Page, Paging, Shape, Short, found
from standout.deploy.store.records import Kind, Status

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])


class Incident(Shape):
    """Alerts that belong together: one entity, near in time, one reason."""

    id: int = Field(description="Its number.", examples=[4])
    stream: str = Field(description="Of which stream.", examples=["payments"])
    entity: str | None = Field(description="Whose rows they are.", examples=["card-9"])
    because: str = Field(description="The reason that the alerts share.", examples=["amount"])
    headline: str = Field(description="In one sentence.", examples=["amount is 1,040, far above the usual 9.5 to 260."])
    opened: datetime = Field(description="When its first alert was raised.")
    last: datetime = Field(description="When its latest alert was raised.")
    alerts: int = Field(description="How many alerts it has.", examples=[3])
    severity: float = Field(description="The highest of them.", examples=[99.98])
    status: Status = Field(description="How far it is.", examples=["open"])
    owner: str = Field(description="Who acknowledged or closed it.", examples=["anna"])


class Asked(Paging):
    """Which incidents, and which page of them."""

    stream: Short | None = Field(None, description="Of this stream only.")
    status: Status | None = Field(None, description="So far only.")
    entity: Short | None = Field(None, description="Of this entity only.")
    since: Moment | None = Field(None, description="With an alert then or later.")
    kind: Kind | None = Field(None, description="With an alert of this kind.")
    text: Short | None = Field(None, description="With this anywhere in headline, entity or reason, in any case.")


@router.get("", operation_id="listIncidents", dependencies=VIEW, response_model=Page[Incident])
def incidents(request: Request, asked: Annotated[Asked, Query()]) -> Any:
    """Incidents, newest first."""
    with of(request).service.store.reading() as unit:
        return unit.incidents.page(**dict(asked))


@router.get("/{number}", operation_id="getIncident", dependencies=VIEW, response_model=Incident)
def incident(request: Request, number: Number) -> Any:
    """One incident."""
    with of(request).service.store.reading() as unit:
        return found(unit.incidents.get(number), "incident", number)


@router.post("/{number}/acknowledge", operation_id="acknowledgeIncident", dependencies=ACT, response_model=Done)
def acknowledge(request: Request, number: Number) -> Any:
    """Say that you are looking at it; others see who."""
    incident(request, number)
    of(request).service.acknowledge(number, who_of(request).name)
    return DONE


@router.post("/{number}/close", operation_id="closeIncident", dependencies=ACT, response_model=Done)
def close(request: Request, number: Number) -> Any:
    """Say that it is over; later alerts of its kind open a new one."""
    incident(request, number)
    of(request).service.close_incident(number, who_of(request).name)
    return DONE
