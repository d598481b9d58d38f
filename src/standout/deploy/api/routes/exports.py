"""What the store holds, as a file for other programs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from standout.deploy.api.context import of
from standout.deploy.api.roles import VIEW
from standout.deploy.api.shapes import Short
from standout.deploy.store.exporting import export

router = APIRouter(prefix="/api/v1/export", tags=["export"])
MEDIA = {"csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}
}


@router.get("/{what}", operation_id="export", dependencies=VIEW, response_class=Response, responses=ANSWERS)
async def exported(
    request: Request,
    what: Annotated[Literal["alerts", "labels", "rows"], Path(description="What to write; rows need a stream.")],
    form: Annotated[Literal["csv", "jsonl", "parquet"], Query(alias="format", description="The file's format.")] = "csv",
    stream: Annotated[Short | None, Query(description="Of this stream only.")] = None,
) -> Response:
    """Alerts, labels or the rows of a stream as a file. Text that a spreadsheet would run as a formula gets an apostrophe in CSV."""
    context = of(request)
    handle, name = tempfile.mkstemp(suffix=f".{form}")
    os.close(handle)
    path = FilePath(name)
    try:
        await context.work(lambda: export(context.service.store, what, path, stream=stream))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=MEDIA[form], filename=f"{what}.{form}", background=gone)
