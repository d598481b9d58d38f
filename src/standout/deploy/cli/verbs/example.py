"""Write example data to try things on; without a name, list the examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    name: Annotated[str | None, typer.Argument(help="Which example.")] = None,
    path: Annotated[
        Path | None, typer.Argument(help="The CSV file to write, or a folder for it.", show_default="NAME.csv")
    ] = None,
    rows: Annotated[int, typer.Option(min=50, max=10_000_000, help="How many rows.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="The seed of everything left to chance.")] = 0,
) -> None:
    """Write example data to try things on; without a name, list the examples."""
    import shlex

    from standout.data import examples

    if name is None:
        for known in examples.names():
            typer.echo(f"{known:<10} {examples.title(known)}")
        return
    written = examples.example(name, path or Path(f"{name}.csv"), rows=rows, seed=seed)
    label = examples.make(name, examples.LEAST_ROWS).column_names[-1]
    typer.echo(f"{written}: {rows:,} rows of made-up data; the column {label} names what was planted.")
    typer.echo(f"Next:   standout run {shlex.quote(str(written))} --label {label}")
