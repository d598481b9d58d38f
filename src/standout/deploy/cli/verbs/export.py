"""Write alerts, labels or rows that the live service keeps to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    what: Annotated[str, typer.Argument(help="alerts, labels or rows.", metavar="WHAT")],
    out: Annotated[Path, typer.Argument(help="A file that ends in .csv, .parquet or .jsonl.", metavar="FILE")],
    store: Annotated[str, typer.Option(help="Where the service keeps everything: a path or a database URL.", metavar="URL")],
    stream: Annotated[str | None, typer.Option(help="Only of this stream; rows are always of one.")] = None,
) -> None:
    """Write alerts, labels or rows that the live service keeps to a file."""
    from standout.core.errors import UnreadableError
    from standout.deploy.store.exporting import export
    from standout.deploy.store.store import Store

    path = store.removeprefix("sqlite:///")
    if "://" not in path and not Path(path).is_file():
        raise UnreadableError(f"There is no store at {path}.", "Give the path or URL that `standout serve` was given.")
    with Store.open(store) as opened:
        rows = export(opened, what, out, stream=stream)
    typer.echo(f"{rows:,} {what} in {out}.")
