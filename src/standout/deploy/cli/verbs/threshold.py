"""Change the alert budget of a saved model; nothing is fitted again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.budgets import ANOTHER, Asked, with_budget


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    asked: Asked,
    out: Annotated[Path | None, typer.Option(help="Where to write it.", show_default="over MODEL")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print both policies as JSON.")] = False,
) -> None:
    """Change the alert budget of a saved model; nothing is fitted again."""
    from typing import cast

    from standout.core import store
    from standout.core.calibrator import Calibrator, Policy, promises
    from standout.core.errors import ParameterError
    from standout.core.layout import check_state
    from standout.core.part import under
    from standout.core.registry import part_from_dict
    from standout.deploy.cli.printing import tell_findings

    document, arrays = store.read(model)
    old = cast("Policy", part_from_dict("policy", document["policy"]))
    clock = any(field.get("role") == "time" for field in document["schema"])
    if not asked:
        raise ParameterError(f"No budget was told; {model.name} keeps {old.in_words()}.", ANOTHER)
    new = asked.policy(old, clock=clock)
    if new.name == "per-day" and not clock:
        raise ParameterError("The model knows no clock, so days cannot be counted.", "Use --alerts-per-10000-rows, or --alerts.")
    if new != old:  # what the old budget remembers of rows before means nothing to the new one
        arrays = {name: array for name, array in arrays.items() if not name.startswith("policy/")}
    store.write(out or model, {**document, "policy": new.as_dict()}, arrays)
    calibrator, null = cast("Calibrator", part_from_dict("calibrator", document["calibrator"])), under("calibrator", arrays)
    check_state(calibrator, null, {})
    findings = promises(new, calibrator, null, document["provenance"].get("rows"))
    if as_json:
        said = [f.as_dict() for f in findings]
        typer.echo(json.dumps({"model": str(out or model), "old": old.as_dict(), "new": new.as_dict(), "findings": said}))
        return
    typer.echo(f"before  {old.in_words()}")
    typer.echo(f"now     {new.in_words()}")
    typer.echo(f"{out or model} was written; nothing was fitted again.", err=True)
    tell_findings(findings)


command = with_budget(_command)
