"""Watch streams: HTTP API, dashboard and alerts, in one process on one port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from standout.deploy.cli.settings import with_settings
from standout.deploy.live.settings import Settings


def _command(
    live: Callable[..., Settings],
    models: Annotated[
        list[str] | None, typer.Argument(help="Model files, each PATH or NAME=PATH: a stream of that name.", metavar="MODEL...")
    ] = None,
) -> None:
    """Watch streams: HTTP API, dashboard and alerts, in one process on one port."""
    from standout.deploy.serving import serve

    serve(live(models=tuple(models or ())), tell=typer.echo)


command = with_settings(_command, without=("models",))
