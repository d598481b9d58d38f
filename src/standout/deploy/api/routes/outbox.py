"""The outbox: what people are told of, what could not be sent, and sending it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.problems import Conflict
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, Done, Number, Page, Paging, Shape, Short, found
from standout.deploy.store.records import Audit, Sending
from standout.deploy.store.store import Unit

router = APIRouter(prefix="/api/v1/outbox", tags=["outbox"])


class Message(Shape):
    """Something to tell a channel, once."""

    id: int = Field(description="Its number.", examples=[5])
    key: str = Field(description="Never repeats; a receiver that knows keys may get it again.", examples=["incident-4-opened"])
    channel: str = Field(description="The channel's name.", examples=["ops"])
    title: str = Field(description="What it says first.", examples=["payments: amount is 1,040"])
    body: str = Field(description="What it says.", examples=["amount is 1,040, far above the usual 9.5 to 260."])
    due: datetime = Field(description="When it is, or was, to be sent.")
    incident: int | None = Field(description="What it tells of.", examples=[4])
    severity: float = Field(description="The incident's.", examples=[99.98])
    state: Sending = Field(description="How far it is; doubt where it may have arrived.", examples=["dead"])
    tries: int = Field(description="How often it was tried.", examples=[6])
    error: str = Field(description="What the last try met.", examples=["no answer in 4 s"])
    sent: datetime | None = Field(description="When it was sent.")


class Asked(Paging):
    """Which messages, and which page of them."""

    state: Sending | None = Field(None, description="So far only; dead is the dead-letter list.")
    channel: Short | None = Field(None, description="Of this channel only.")


@router.get("", operation_id="listMessages", dependencies=VIEW, response_model=Page[Message])
def messages(request: Request, asked: Annotated[Asked, Query()]) -> Any:
    """Messages, newest first."""
    with of(request).service.store.reading() as unit:
        return unit.outbox.page(**dict(asked))


@router.post("/{number}/resend", operation_id="resendMessage", dependencies=ACT, response_model=Done)
def resend(request: Request, number: Number) -> Any:
    """Send a message again that is dead or in doubt; one in doubt may then arrive twice."""
    who, now = who_of(request).name, datetime.now(UTC)

    def work(unit: Unit) -> None:
        message = found(unit.outbox.get(number), "message", number)
        if message.state not in (Sending.DEAD, Sending.DOUBT):
            raise Conflict(f"Message {number} is {message.state.value}.", "Only dead ones and those in doubt are sent again.")
        unit.outbox.resend(number, now)
        unit.audit.add(Audit(now, who, "sent a message again", {"message": number}))

    of(request).service.store.write(work)
    return DONE
