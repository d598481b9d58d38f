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
    counterfactual: Annotated[
        bool, typer.Option(help="Say which fewest columns, moved within what was seen, would bring a raised row under the limit.")
    ] = True,
    overview: Annotated[
        bool, typer.Option(help="Say what the rows have in common, and how often reasons are right on this table.")
    ] = True,
    shap: Annotated[
        Path | None,
        typer.Option(help="A folder for the shap package's beeswarm and waterfall pictures of these rows (extra shap)."),
    ] = None,
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
    _, reasons = done.explained(numbers, done.limit if counterfactual else None)
    drawn = done.shap_pictures(numbers) if shap is not None else ()
    whole = done.overview(reasons) if overview else None
    for number, reason in zip(numbers.tolist(), reasons, strict=True):
        severity = round(float(done.scores.severity[number]), 4)
        if as_json:
            typer.echo(json.dumps({"severity": severity, **reason.as_dict()}, ensure_ascii=False))
        else:
            _tell(number, severity, reason)
    if shap is not None:
        shap.mkdir(parents=True, exist_ok=True)
        for (_, png), name in zip(drawn, ("beeswarm.png", "waterfall.png"), strict=True):
            (shap / name).write_bytes(png)
            typer.echo(f"Picture: {shap / name}", err=as_json)
    if whole is not None and as_json:
        typer.echo(json.dumps({"overview": whole.as_dict()}, ensure_ascii=False))
    elif whole is not None:
        _tell_all(whole)


def _tell(number: int, severity: float, reason: Any) -> None:
    from standout.evaluate.report.words import value

    typer.echo(f"row {number}, severity {severity:g}: {reason.sentence}")
    for c in (c for c in reason.contributions[:5] if reason.excess > 0):
        where = "" if not c.back else f", {abs(c.back)} rows {'before' if c.back > 0 else 'after'}"
        expected = "" if c.expected is None else f", expected {_rounded(c.expected)}"
        typer.echo(f"    {c.share:>4.0%}  {c.column}: seen {value(c.seen)}{expected} ({c.how}{where})")
    if reason.similar:
        named = [c.column for c in reason.contributions[:5]]
        like = ["; ".join(f"{n} {value(r.get(n))}" for n in named) for r in reason.similar]
        typer.echo(f"    similar usual rows: {' | '.join(like)}")
    changed = reason.counterfactual
    if changed is not None and changed.score >= changed.limit and not changed.found:
        typer.echo("    no change of columns within what was seen was found that brings it under the limit")
    elif changed is not None and changed.found:
        alone = changed.rows == 1
        moves = [f"{c.column} {value(c.to)}{f' in place of {value(c.seen)}' if alone else ''}" for c in changed.changes]
        held = "" if alone else f" in all of the last {changed.rows:,} rows"
        typer.echo(f"    it would not have been raised with {' and '.join(moves)}{held}")


def _tell_all(whole: Any) -> None:
    for group in (g for g in whole.groups if len(g.rows) > 1):
        typer.echo(f"{len(group.rows)} rows: {group.sentence}")
    if whole.drivers:
        typer.echo(f"driven by: {', '.join(f'{d.column} {d.share:.0%}' for d in whole.drivers[:5])}")
    for hit in whole.hits:
        typer.echo(
            f"reasons named {hit.rate:.0%} of the columns of planted {hit.kind} on this table ({hit.chance:.0%} would be chance)"
        )
    for finding in whole.findings:
        typer.echo(f"{finding.level}: {finding.message} {finding.hint}", err=True)


def _rounded(expected: Any) -> str:
    """What is expected is an estimate: a number has as many digits as a person would say."""
    from standout.evaluate.report.words import number, value

    return number(expected) if isinstance(expected, float) else value(expected)


command = with_reading(_command)
