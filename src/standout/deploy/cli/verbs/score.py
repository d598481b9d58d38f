"""Score every row of a file with a saved model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    reading: Reading,
    out: Annotated[Path | None, typer.Option(help="Where to: .csv, .parquet or .jsonl.", show_default="CSV, printed")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON; needs --out.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Score every row of a file with a saved model."""
    from standout.core.model import Model
    from standout.deploy.cli.printing import deliver, tell_findings
    from standout.deploy.cli.progress import watching
    from standout.deploy.scoring import score_source

    with watching(quiet=quiet or as_json) as steps:
        steps.phase(6, "Scoring")
        done = score_source(Model.load(model), file, steps=steps, **reading)
        steps.note(f"{len(done.scores):,} rows")
    deliver(done.pieces(), out)
    if as_json and out is not None:
        summary = {"rows": len(done.scores), "alerts": int(done.alarms.sum()), "out": str(out)}
        typer.echo(json.dumps(summary | {"findings": [f.as_dict() for f in done.findings]}))
        return
    tell_findings(done.findings)
    typer.echo(f"{done.raised.in_words()}: {done.model.policy.in_words()}.", err=True)


command = with_reading(_command)
