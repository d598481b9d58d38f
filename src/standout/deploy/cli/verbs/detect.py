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
    from standout.core.model import Model
    from standout.deploy.cli.printing import deliver, tell_findings
    from standout.deploy.cli.progress import watching
    from standout.deploy.results import told
    from standout.deploy.scoring import score_source

    with watching(quiet=quiet or as_json) as steps:
        steps.phase(6, "Scoring")
        done = score_source(Model.load(model), file, steps=steps, **reading)
    deliver(iter([told(*done.raised_rows())]), out, suffix=".jsonl" if as_json else ".csv")
    tell_findings(() if as_json else done.findings)
    typer.echo(f"{done.raised.in_words()}: {done.model.policy.in_words()}.", err=True)


command = with_reading(_command)
