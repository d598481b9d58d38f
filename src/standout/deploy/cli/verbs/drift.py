"""Say whether a model still fits new rows, and which columns moved."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    reading: Reading,
    seed: Annotated[int, typer.Option(help="The seed of what chance there is.")] = 0,
    as_of: Annotated[
        datetime | None, typer.Option(help="When the rows were asked for (UTC): tells data that had stopped.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, every test included.")] = False,
    gate: Annotated[bool, typer.Option("--gate", help="Leave with exit code 10 where something moved.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Say whether a model still fits new rows, and which columns moved."""
    import numpy as np

    from standout.core.model import Model
    from standout.deploy.cli import GATE_FAILED
    from standout.deploy.cli.printing import tell_kept
    from standout.deploy.cli.progress import watching
    from standout.deploy.drifting import drift_source

    loaded = Model.load(model)
    with watching(quiet=quiet or as_json) as steps:
        steps.phase(6, "Comparing")
        until = None if as_of is None else np.datetime64(as_of, "us")
        found = drift_source(loaded, file, seed=seed, until=until, steps=steps, **reading)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        held = not found.drifted
        typer.echo(f"{'Nothing moved' if held else 'Something moved'} in {found.rows:,} rows.")
        for finding in sorted(found.findings, key=lambda f: ("problem", "warning", "info").index(f.level)):
            typer.echo(f"- {finding.message} {finding.hint}".rstrip())
        tell_kept(found.scores.kept)
        if found.columns:
            typer.echo("\ncolumn                           compared  distance  p-value")
        for test in found.columns[:20]:
            mark = "moved" if test.moved else ""
            typer.echo(f"{test.column[:32]:<32} {test.what:<9} {test.distance:>8.3f}  {test.p_value:<8.2g} {mark}".rstrip())
    if gate and found.drifted:
        raise typer.Exit(GATE_FAILED)


command = with_reading(_command)
