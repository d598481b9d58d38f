"""Say why rows score as they do: chosen ones, or the strangest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from standout.deploy.cli.options import Reading, with_reading


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    reading: Reading,
    row: Annotated[list[int] | None, typer.Option(min=0, help="A row by its number, the first being 0; may be repeated.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Without --row: this many of the strangest rows.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Say why rows score as they do: chosen ones, or the strangest."""
    import numpy as np

    from standout.core.errors import ParameterError
    from standout.core.model import Model
    from standout.deploy.scoring import score_source

    done = score_source(Model.load(model), file, **reading)
    for number in row or ():
        if number >= len(done.scores):
            raise ParameterError(f"There is no row {number}: {file} has {len(done.scores)}.", "Rows are counted from 0.")
    numbers = np.array(row) if row else done.strangest(top)
    _, reasons = done.explained(numbers)
    for number, reason in zip(numbers.tolist(), reasons, strict=True):
        severity = round(float(done.scores.severity[number]), 4)
        if as_json:
            typer.echo(json.dumps({"severity": severity, **reason.as_dict()}, ensure_ascii=False))
        else:
            _tell(number, severity, reason)


def _tell(number: int, severity: float, reason: Any) -> None:
    typer.echo(f"row {number}, severity {severity:g}: {reason.sentence}")
    for c in reason.contributions[:5]:
        typer.echo(f"    {c.share:>4.0%}  {c.column}: seen {_plain(c.seen)}, expected {_plain(c.expected)} ({c.how})")


def _plain(value: Any) -> str:
    return "nothing" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)


command = with_reading(_command)
