"""Check this installation, and what a live service would need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from standout.deploy.checkup.facts import Fact

MARKS = {"info": " ", "warning": "!", "problem": "x"}
UNWELL = 9
"""The exit code where something is a problem."""


def command(
    models: Annotated[
        list[str] | None, typer.Argument(help="Model files to check, each PATH or NAME=PATH.", metavar="[MODEL]...")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="A serve.toml: its models, store, channels, keys and port are checked.", metavar="FILE")
    ] = None,
    store: Annotated[str | None, typer.Option(help="The store to check, as for standout serve.", metavar="URL")] = None,
    warm: Annotated[bool, typer.Option("--warm", help="Compile the kernels now, so that the first start is quick.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this installation, and what a live service would need. Nothing is changed; leaves with 9 where there is a problem."""
    from standout.deploy.checkup import machine, service, warming

    found = [warming.warm()] if warm else []
    found = [*machine.facts(), *found]
    computes = all(f.level != "problem" for f in found if f.topic == "kernels")
    if computes and (models or settings or store):
        found += service.facts(settings, tuple(models or ()), store)
    problems = sum(f.level == "problem" for f in found)
    if as_json:
        typer.echo(json.dumps({"problems": problems, "facts": [f.as_dict() for f in found]}, indent=2, ensure_ascii=False))
    else:
        _tell(found, problems)
    if problems:
        raise typer.Exit(UNWELL)


def _tell(found: Iterable[Fact], problems: int) -> None:
    found = list(found)
    width = max(len(f.topic) for f in found)
    for fact in found:
        typer.echo(f"{MARKS[fact.level]} {fact.topic:<{width}}  {fact.says}")
        if fact.hint:
            typer.echo(f"  {'':<{width}}  {fact.hint}")
    warnings = sum(f.level == "warning" for f in found)
    noticed = f", {warnings} worth a look (!)" if warnings else ""
    typer.echo(f"{problems or 'No'} problem{'s' if problems != 1 else ''}{' (x)' if problems else ''}{noticed}.")
