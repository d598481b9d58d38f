"""Champion and challenger: begin one, see how it does beside the model that serves, and let it take over or go."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from standout.deploy.api.context import of, who_of
from standout.deploy.api.problems import NotFound
from standout.deploy.api.roles import ACT, VIEW
from standout.deploy.api.shapes import DONE, Done, Shape, Stream

router = APIRouter(prefix="/api/v1/streams/{stream}/challenger", tags=["challenger"])


class Comparison(Shape):
    """How a challenger does beside the model that serves."""

    rows: int = Field(description="Rows that both have scored.", examples=[40_000])
    added: int = Field(description="Rows that it alone would have raised.", examples=[2])
    dropped: int = Field(description="Rows that the model alone raised.", examples=[17])
    both: int = Field(description="Rows that both raise.", examples=[9])
    agreement: float = Field(description="The share of rows on which both decide alike.", examples=[0.9995])
    below: float = Field(description="The share of rows that it calls as rare as 1 in 100.", examples=[0.0101])
    in_band: bool = Field(description="Whether that share is what its null promises.", examples=[True])
    learned: dict[str, float] = Field(
        description="Rows and labels that it was fitted on, and how well labelled rows are ranked.", examples=[{"rows": 20_000}]
    )
    sentence: str = Field(description="The same in words.", examples=["Of 40,000 rows it would have raised 2 that ..."])


@router.get("", operation_id="compareChallenger", dependencies=VIEW, response_model=Comparison)
def compare(request: Request, stream: Stream) -> Any:
    """How the challenger does; 404 where there is none."""
    context = of(request)
    context.stream(stream)
    found = context.service.comparison(stream)
    if found is None:
        raise NotFound("There is no challenger.", "Begin one, or give more labels.")
    return found.as_dict()


@router.post("", operation_id="beginChallenger", dependencies=ACT, response_model=Done, status_code=202)
def begin(request: Request, stream: Stream) -> Any:
    """Fit a challenger on recent rows and labels, in the background; nobody is told of what it raises."""
    of(request).stream(stream)
    of(request).service.challenge(stream, who_of(request).name)
    return DONE


@router.post("/promote", operation_id="promoteChallenger", dependencies=ACT, response_model=Done)
def promote(request: Request, stream: Stream) -> Any:
    """Let the challenger serve from the next row on."""
    of(request).stream(stream)
    of(request).service.promote(stream, who_of(request).name)
    return DONE


@router.post("/dismiss", operation_id="dismissChallenger", dependencies=ACT, response_model=Done)
def dismiss(request: Request, stream: Stream) -> Any:
    """Let the challenger go."""
    of(request).stream(stream)
    of(request).service.dismiss(stream, who_of(request).name)
    return DONE


@router.post("/take-back", operation_id="takeBackPromotion", dependencies=ACT, response_model=Done)
def take_back(request: Request, stream: Stream) -> Any:
    """Let the model that the last promotion replaced serve again."""
    of(request).stream(stream)
    of(request).service.take_back(stream, who_of(request).name)
    return DONE
