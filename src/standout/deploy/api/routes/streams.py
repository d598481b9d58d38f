"""Watched streams: how each is, and what its model holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from standout.deploy.api.context import Context, of
from standout.deploy.api.roles import VIEW
from standout.deploy.api.shapes import Finding, Plain, Shape, Stream

router = APIRouter(prefix="/api/v1/streams", tags=["streams"], dependencies=VIEW)


class Watched(Shape):
    """How one stream is."""

    name: str = Field(description="Its name.", examples=["payments"])
    owned: bool = Field(description="Whether this server watches it.", examples=[True])
    owner: str = Field(description="Which server does.", examples=["host-1234"])
    model: str = Field(description="The model's digest.", examples=["9f2b61c0"])
    detector: str = Field(description="The detector's name.", examples=["isolation-forest"])
    policy: str = Field(description="What is promised.", examples=["at most 5 alerts a day"])
    learn: bool = Field(description="Whether the model keeps learning.", examples=[False])
    counts: dict[str, int] = Field(description="Rows since the start, by outcome.", examples=[{"ordinary": 98}])
    last: datetime | None = Field(description="When the last rows came.")
    quiet: float | None = Field(description="Seconds since then.", examples=[2.5])
    usual: float | None = Field(description="The longest quiet that is usual, in seconds.", examples=[60.0])
    stopped: bool = Field(description="Whether data have stopped.", examples=[False])
    waiting: int = Field(description="Rows held until their time comes.", examples=[0])
    entities: int = Field(description="Entities that are remembered.", examples=[120])
    drift: float = Field(description="Decimal logarithm of the evidence against the model's null; sure from 6.", examples=[0.2])
    model_age: float | None = Field(description="Days since the model file was written.", examples=[3.5])
    findings: list[Finding] = Field(description="What is worth telling of it.")


class Card(Shape):
    """What a model is made of; nothing that it learned of single rows is in here."""

    digest: str = Field(description="SHA-256 of everything in the model.", examples=["9f2b61c0"])
    columns: list[dict[str, str]] = Field(
        description="Columns with kind and role.", examples=[[{"name": "amount", "kind": "number", "role": "feature"}]]
    )
    detector: dict[str, Plain] = Field(
        description="The detector and its parameters.", examples=[{"part": "isolation-forest", "trees": 100}]
    )
    calibrator: dict[str, Plain] = Field(description="The calibrator and its parameters.")
    policy: dict[str, Plain] = Field(description="The budget as parameters.", examples=[{"part": "per-day", "alerts": 5}])
    promise: str = Field(description="The budget in words.", examples=["at most 5 alerts a day"])
    provenance: dict[str, Plain] = Field(description="Where it comes from: when, of what, with which versions.")


@router.get("", operation_id="listStreams", response_model=list[Watched])
def streams(request: Request) -> Any:
    """Every stream, and how it is."""
    return [s.as_dict() for s in of(request).service.health().streams.values()]


@router.get("/{stream}", operation_id="getStream", response_model=Watched)
def stream_(request: Request, stream: Stream) -> Any:
    """How one stream is."""
    context = of(request)
    context.stream(stream)
    return context.service.health().streams[stream].as_dict()


@router.get("/{stream}/model", operation_id="inspectModel", response_model=Card)
def card(request: Request, stream: Stream) -> Any:
    """What the stream's model is made of."""
    return _card(of(request), stream)


def _card(context: Context, stream: str) -> Card:
    model, policy = context.stream(stream).model, context.stream(stream).policy
    return Card(
        digest=model.digest,
        columns=model.schema.as_list(),
        detector=model.detector.part.as_dict(),
        calibrator=model.calibrator.part.as_dict(),
        policy=policy.as_dict(),
        promise=policy.in_words(),
        provenance=dict(model.provenance),
    )
