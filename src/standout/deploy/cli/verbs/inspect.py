"""Show what a model file holds; safe for a stranger's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole document as JSON.")] = False,
) -> None:
    """Show what a model file holds; safe for a stranger's."""
    from standout.core import store

    document = store.inspect(model)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    provenance = document.get("provenance", {})
    typer.echo(f"{model}: format {document['format']}, {len(document['arrays'])} arrays, {model.stat().st_size / 1e6:.1f} MB")
    for key in ("detector", "calibrator", "policy", "explainer"):
        typer.echo(f"{key:<11} {json.dumps(document.get(key), ensure_ascii=False)}")
    for key, value in sorted(provenance.items()):
        typer.echo(f"{key:<11} {json.dumps(value, ensure_ascii=False)}")
    typer.echo("\ncolumns")
    for field in document.get("schema", []):
        why = f"  ({field['why']})" if field.get("why") else ""
        typer.echo(f"  {field.get('name')!r:<28} {field.get('kind'):<9} {field.get('role')}{why}")
