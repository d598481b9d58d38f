"""Who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of
from standout.deploy.api.roles import VIEW
from standout.deploy.api.shapes import Page, Paging, Plain, Shape, Short

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class Entry(Shape):
    """Something that somebody did."""

    id: int = Field(description="Its number.", examples=[40])
    at: datetime = Field(description="When.")
    who: str = Field(description="The name of the key, or local where keys are off.", examples=["anna"])
    what: str = Field(description="What they did.", examples=["acknowledged an incident"])
    detail: dict[str, Plain] = Field(description="Numbers and names of what it was done to.", examples=[{"incident": 4}])


class Asked(Paging):
    """Which entries, and which page of them."""

    who: Short | None = Field(None, description="Of this name only.")


@router.get("", operation_id="listAudit", dependencies=VIEW, response_model=Page[Entry])
def audit(request: Request, asked: Annotated[Asked, Query()]) -> Any:
    """What people did, newest first."""
    with of(request).service.store.reading() as unit:
        return unit.audit.page(**dict(asked))
