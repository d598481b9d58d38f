"""Look at a file before anything is learned: each column in numbers, and findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_goal
from standout.goal.goal import Goal

MARKS = {"info": "·", "warning": "!", "problem": "!!"}


def _command(
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    goal: Goal,
    reading: Reading,
    out: Annotated[Path | None, typer.Option(help="Write the whole profile: .html or .json.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of the sample.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole profile as JSON.")] = False,
) -> None:
    """Look at a file before anything is learned: each column in numbers, and findings."""
    from standout import flow
    from standout.deploy.cli.printing import write_profile

    found = flow.profile(file, goal, seed=seed, **reading)
    if out is not None:
        write_profile(found, out)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    typer.echo(f"{found.name}: {found.rows:,} rows, {len(found.columns)} columns, {found.duplicates:,} rows doubled")
    width = min(28, max((len(c.field.name) for c in found.columns), default=0))
    for c in found.columns:
        missing = f"{c.missing / max(1, c.rows):.1%} missing" if c.missing else ""
        kinds = f"{c.field.kind.value}, {c.field.role.value}"
        typer.echo(f"  {c.field.name[:width]:<{width}}  {kinds:<18} {'' if c.exact else '~'}{c.distinct:,} values  {missing}")
    for finding in found.findings:
        typer.echo(f"{MARKS[finding.level]:>2} {finding.message} {finding.hint}".rstrip())
    if out is not None:
        typer.echo(f"Profile: {out}")


command = with_goal(_command)
