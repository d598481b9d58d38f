"""List the detectors, or show one with its parameters."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer


def command(
    name: Annotated[str | None, typer.Argument(help="A detector's name; all of them are listed without one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the detectors, or show one with its parameters."""
    from standout.core.registry import find, names

    if name is None:
        cards = [find("detector", n) for n in names("detector")]
        if as_json:
            typer.echo(json.dumps([_as_dict(c) for c in cards], indent=2))
            return
        width = max(len(c.name) for c in cards)
        for card in cards:
            typer.echo(f"{card.name:<{width}}  {card.card.title}: {card.card.finds}.")
        typer.echo("\nshow one:  standout detectors NAME\nuse one:   standout run FILE --detector NAME --set parameter=value")
        return
    part = find("detector", name)
    if as_json:
        typer.echo(json.dumps(_as_dict(part), indent=2))
        return
    typer.echo(f"{part.name}: {part.card.title}\n\nfinds      {part.card.finds}\ncosts      {part.card.costs}")
    typer.echo(f"reference  {part.card.reference}\n")
    for key, spec in part.specs().items():
        default = part.defaults()[key]
        typer.echo(f"--set {key}={default}\n    {spec.help}" + (f" Range: {spec.range}." if spec.range else ""))


def _as_dict(part: Any) -> dict[str, Any]:
    parameters = {
        key: {"default": str(part.defaults()[key]), "help": spec.help, "range": spec.range} for key, spec in part.specs().items()
    }
    card = part.card
    about = {"title": card.title, "reference": card.reference, "finds": card.finds, "costs": card.costs}
    facts = {"kind": part.kind, "causal": part.causal, "learns_from": part.learns_from}
    return {"name": part.name, **about, **facts, "parameters": parameters}
