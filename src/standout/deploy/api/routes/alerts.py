"""Alerts: what stood out, with reason and values."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of
from standout.deploy.api.roles import VIEW
from standout.deploy.api.shapes import BEFORE, LARGEST, LIMIT, Moment, Number, Page, Plain, Shape, Short, Word, found
from standout.deploy.live.answers import word
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import HIDDEN, RAISED, Kind, Status, Verdict

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], dependencies=VIEW)
OUTCOMES = {word(o): o for o in sorted(HIDDEN | RAISED)}


class Alert(Shape):
    """Something that stood out."""

    id: int = Field(description="Its number.", examples=[17])
    stream: str = Field(description="Of which stream.", examples=["payments"])
    kind: Kind = Field(description="A strange row, or something about the stream itself.", examples=["row"])
    raised: datetime = Field(description="When it was raised.")
    sentence: str = Field(description="Why, in one sentence.", examples=["amount is 1,040, far above the usual 9.5 to 260."])
    outcome: Word = Field(
        description="Where its way ended: notified, grouped, silenced, expected or suppressed.", examples=["notified"]
    )
    severity: float = Field(description="The percentile among normal rows, 0 to 100.", examples=[99.98])
    p_value: float = Field(description="The share of normal rows that would score as high.", examples=[0.0002])
    score: float = Field(description="The detector's own score.", examples=[0.71])
    event_id: str = Field(description="The row's own id.", examples=["a-17"])
    batch: int = Field(description="The journal's batch that the row came in.", examples=[3])
    row: int = Field(description="The row in that batch.", examples=[0])
    entity: str | None = Field(description="Whose row it is.", examples=["card-9"])
    time: datetime | None = Field(description="The row's own time.")
    because: str = Field(description="What alerts of one reason share.", examples=["amount"])
    reason: dict[str, Plain] = Field(description="Why, column by column.")
    values: dict[str, Plain] = Field(description="The row's values.", examples=[{"amount": 1040.0}])
    incident: int | None = Field(description="The incident that it belongs to.", examples=[4])
    hidden_by: int | None = Field(description="The label, calendar or silence that hid it.", examples=[None])
    verdict: Verdict | None = Field(description="The newest verdict that was not undone.", examples=["true"])


class Count(Shape):
    """How many there are."""

    count: int = Field(description="How many.", examples=[31])


class Asked(Shape):
    """Which alerts, and which page of them."""

    stream: Short | None = Field(None, description="Of this stream only.")
    entity: Short | None = Field(None, description="Of this entity only.")
    kind: Kind | None = Field(None, description="Of this kind only.")
    outcome: list[Literal["suppressed", "expected", "silenced", "grouped", "notified"]] | None = Field(
        None, description="With one of these outcomes."
    )
    verdict: Literal["true", "false", "expected", "unsure", "none"] | None = Field(
        None, description="Judged so; none for alerts that nobody has judged."
    )
    status: Status | None = Field(None, description="Whose incident is so far.")
    incident: int | None = Field(None, ge=1, le=LARGEST, description="Of this incident only.")
    because: Short | None = Field(None, description="With this reason only.")
    since: Moment | None = Field(None, description="Raised then or later.")
    until: Moment | None = Field(None, description="Raised before then.")
    least_severity: float | None = Field(None, ge=0, le=100, description="At least so severe.")
    text: Short | None = Field(None, description="With this anywhere in sentence, entity or event id, in any case.")

    def filter(self) -> AlertFilter:
        """The same as the store takes it."""
        told = {name: getattr(self, name) for name in Asked.model_fields if name != "outcome"}
        outcomes = None if self.outcome is None else frozenset(OUTCOMES[o] for o in self.outcome)
        return AlertFilter(**told, outcomes=outcomes)


class AskedPage(Asked):
    """Which alerts, and which page of them."""

    before: int | None = BEFORE
    limit: int = LIMIT


@router.get("", operation_id="listAlerts", response_model=Page[Alert])
def alerts(request: Request, asked: Annotated[AskedPage, Query()]) -> Any:
    """Alerts, newest first: those that people see, and those that something hid."""
    with of(request).service.store.reading() as unit:
        return unit.alerts.page(asked.filter(), before=asked.before, limit=asked.limit)


@router.get("/count", operation_id="countAlerts", response_model=Count)
def count(request: Request, asked: Annotated[Asked, Query()]) -> Any:
    """How many alerts there are."""
    with of(request).service.store.reading() as unit:
        return Count(count=unit.alerts.count(asked.filter()))


@router.get("/{number}", operation_id="getAlert", response_model=Alert)
def alert(request: Request, number: Number) -> Any:
    """One alert."""
    with of(request).service.store.reading() as unit:
        return found(unit.alerts.get(number), "alert", number)
