"""Labels: what people say of alerts, what it would do, and taking it back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, LARGEST, Done, Long, Number, Page, Paging, Shape, Short, found
from standout.deploy.live import answers
from standout.deploy.store.records import Verdict

router = APIRouter(prefix="/api/v1/labels", tags=["labels"])


class Label(Shape):
    """A verdict on an alert."""

    id: int = Field(description="Its number.", examples=[8])
    alert: int = Field(description="The alert.", examples=[17])
    stream: str = Field(description="The alert's stream.", examples=["payments"])
    verdict: Verdict = Field(description="What it was.", examples=["false"])
    by: str = Field(description="Who said so.", examples=["anna"])
    at: datetime = Field(description="When.")
    reason: str = Field(description="Why they think so.", examples=["a test card"])
    acts: bool = Field(description="Whether it hides what is like it, or only counts.", examples=[True])
    undone: datetime | None = Field(description="When it was taken back.")
    undone_by: str = Field(description="By whom.", examples=[""])


class NewLabel(Shape):
    """A verdict to be given."""

    alert: int = Field(ge=1, le=LARGEST, description="The alert.", examples=[17])
    verdict: Verdict = Field(description="What it was.", examples=["false"])
    reason: Long = Field("", description="Why you think so.", examples=["a test card"])
    acts: bool = Field(True, description="Whether it hides what is like it, or only counts.", examples=[True])

    def by(self, name: str) -> answers.NewLabel:
        """The same, signed."""
        return answers.NewLabel(self.alert, self.verdict, name, self.reason, self.acts)


class Effect(Shape):
    """What a label would do."""

    hidden: int = Field(description="How many alerts of so many days it would have hidden.", examples=[31])
    confirmed: int = Field(description="How many of those were judged true.", examples=[0])
    days: float = Field(description="Of how many days.", examples=[30.0])
    sentence: str = Field(
        description="The same in words.", examples=["Would have hidden 31 alerts of the last 30 days and 0 confirmed ones."]
    )


class Asked(Paging):
    """Which labels, and which page of them."""

    stream: Short | None = Field(None, description="Of this stream only.")


@router.get("", operation_id="listLabels", dependencies=VIEW, response_model=Page[Label])
def labels(request: Request, asked: Annotated[Asked, Query()]) -> Any:
    """Labels, newest first, those that were undone too."""
    with of(request).service.store.reading() as unit:
        return unit.labels.page(**dict(asked))


@router.post("/preview", operation_id="previewLabel", dependencies=VIEW, response_model=Effect)
def preview(request: Request, verdict: NewLabel) -> Any:
    """What a label would do, before you give it; changes nothing."""
    return of(request).service.preview(_signed(request, verdict))


@router.post("", operation_id="giveLabel", dependencies=ACT, response_model=Label, status_code=201)
def give(request: Request, verdict: NewLabel) -> Any:
    """Give a label; it acts at once, and until it is undone."""
    return of(request).service.label(_signed(request, verdict))


@router.post("/{number}/undo", operation_id="undoLabel", dependencies=ACT, response_model=Done)
def undo(request: Request, number: Number) -> Any:
    """Take a label back; what it did ends, and it stays on record."""
    context = of(request)
    with context.service.store.reading() as unit:
        found(unit.labels.get(number), "label", number)
    context.service.undo(number, who_of(request).name)
    return DONE


def _signed(request: Request, verdict: NewLabel) -> answers.NewLabel:
    with of(request).service.store.reading() as unit:
        found(unit.alerts.get(verdict.alert), "alert", verdict.alert)
    return verdict.by(who_of(request).name)
