"""Measure a saved model on a labelled file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL, with labels.", metavar="FILE")],
    reading: Reading,
    label: Annotated[str | None, typer.Option(help="The label column.", show_default="the model's")] = None,
    normal: Annotated[str | None, typer.Option(help="The label's value that means normal.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, the curves included.")] = False,
) -> None:
    """Measure a saved model on a labelled file."""
    from standout.core.model import Model
    from standout.deploy.cli.printing import tell_kept
    from standout.deploy.scoring import evaluate_source

    found = evaluate_source(Model.load(model), file, label=label, normal=normal, **reading)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str))
        return
    counts = found.confusion
    for name in ("auroc", "average_precision", "precision", "recall"):
        figure = getattr(found, name)
        shown = "not measurable" if figure is None else f"{figure.value:.3f}  (95%: {figure.low:.3f} to {figure.high:.3f})"
        typer.echo(f"{name.replace('_', ' '):<18} {shown}")
    typer.echo(
        f"{'alerts':<18} {counts.alerts:,} of {counts.rows:,} rows: {counts.caught:,} anomalies, {counts.false_alarms:,} false"
    )
    typer.echo(f"{'missed':<18} {counts.missed:,} of {counts.anomalies:,} anomalies")
    for kind in found.by_kind:
        typer.echo(f"  {kind.kind:<24} {kind.caught:,} of {kind.rows:,} caught")
    if found.kept:
        typer.echo("\nfalse alarms on the rows labelled normal, promised and realised:")
        tell_kept(found.kept)
    for finding in found.findings:
        typer.echo(f"{finding.message} {finding.hint}".strip(), err=True)


command = with_reading(_command)
