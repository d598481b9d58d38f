"""Raise the rows of a file that stand out, by a saved model, with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    reading: Reading,
    out: Annotated[Path | None, typer.Option(help="Where to: .csv, .parquet or .jsonl.", show_default="CSV, printed")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Raise the rows of a file that stand out, by a saved model, with reasons."""
    import numpy as np

    from standout.core.model import Model
    from standout.deploy.cli.printing import deliver, stand_out, tell_findings
    from standout.deploy.cli.progress import watching
    from standout.deploy.results import scored
    from standout.deploy.scoring import score_source

    with watching(quiet=quiet or as_json) as steps:
        steps.phase(6, "Scoring")
        done = score_source(Model.load(model), file, steps=steps, **reading)
    at = done.strangest()
    rows, reasons = done.explained(at)
    table = scored(rows, done.scores.take(at), np.ones(len(at), dtype=np.bool_), reasons, done.raised.told(at))
    deliver(iter([table]), out, suffix=".jsonl" if as_json else ".csv")
    tell_findings(() if as_json else done.findings)
    typer.echo(f"{stand_out(done.raised)}: {done.model.policy.in_words()}.", err=True)


command = with_reading(_command)
