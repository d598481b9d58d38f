"""Whether the server lives, whether it can be given work, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from standout.deploy.api.context import of
from standout.deploy.api.metrics import CONTENT_TYPE
from standout.deploy.api.roles import VIEW

router = APIRouter(tags=["health"])


class Ready(BaseModel):
    """Whether rows can be taken in."""

    ready: bool = Field(description="Whether the service takes rows in.", examples=[True])
    store: str = Field(description="How the store is: good, or what is wrong with it.", examples=["good"])


@router.get("/healthz", operation_id="healthz")
async def healthz() -> dict[str, str]:
    """Answer, to show that the process lives; asks neither the store nor the engine."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="readyz", response_model=Ready, responses={503: {"model": Ready}})
def readyz(request: Request) -> JSONResponse:
    """Whether the service takes rows in: 200 where it does, 503 where not."""
    health = of(request).service.health()
    return JSONResponse({"ready": health.ready, "store": health.store}, 200 if health.ready else 503)


@router.get(
    "/metrics",
    operation_id="metrics",
    dependencies=VIEW,
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """All metrics, as Prometheus reads them."""
    return Response(of(request).metrics.text(), media_type=CONTENT_TYPE)
