"""Write example data to try things on: payments, machine, network, clinic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    name: Annotated[str, typer.Argument(help="Which example.")],
    path: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    rows: Annotated[int, typer.Option(min=100, max=10_000_000, help="How many rows.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="The seed of everything left to chance.")] = 0,
) -> None:
    """Write example data to try things on: payments, machine, network, clinic."""
    from standout.data.examples import example

    example(name, path, rows=rows, seed=seed)
    typer.echo(f"{path}: {rows:,} rows of made-up data, label included.\nNext:   standout run {path} --label label")
