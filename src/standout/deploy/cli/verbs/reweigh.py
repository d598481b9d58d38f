"""Weigh a model's null toward new rows whose mix has shifted; the detector stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file, fitted with --calibrator conformal-weighted.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL: rows as they come now.", metavar="NEW_FILE")],
    reading: Reading,
    out: Annotated[Path | None, typer.Option(help="Where to write it.", show_default="over MODEL")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of what chance there is.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Weigh a model's null toward new rows whose mix has shifted; the detector stays as it is."""
    from standout.core.model import Model
    from standout.deploy.reweighing import reweigh_source

    weighed, findings = reweigh_source(Model.load(model), file, seed=seed, **reading)
    weighed.save(out or model)
    if as_json:
        typer.echo(json.dumps({"model": str(out or model), "findings": [f.as_dict() for f in findings]}, ensure_ascii=False))
        return
    for finding in findings:
        typer.echo(f"{finding.message} {finding.hint}".rstrip())
    typer.echo(f"{out or model} was written; the detector stays as it was.", err=True)


command = with_reading(_command)
