"""Write alerts, labels or rows that the live service keeps to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.stores import HELP, STORE


def command(
    what: Annotated[str, typer.Argument(help="alerts, labels or rows.", metavar="WHAT")],
    out: Annotated[Path, typer.Argument(help="A file that ends in .csv, .parquet or .jsonl.", metavar="FILE")],
    store: Annotated[str, typer.Option(help=HELP)] = STORE,
    stream: Annotated[str | None, typer.Option(help="Only of this stream; rows are always of one.")] = None,
) -> None:
    """Write alerts, labels or rows that the live service keeps to a file."""
    from standout.deploy.cli.stores import opened
    from standout.deploy.store.exporting import export

    with opened(store) as found:
        rows = export(found, what, out, stream=stream)
    typer.echo(f"{rows:,} {what} in {out}.")
