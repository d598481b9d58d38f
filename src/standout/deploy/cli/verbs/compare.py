"""Compare detectors on a file, and say which to use and why."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from standout.deploy.cli.options import Reading, goal_flags, with_goal
from standout.goal.goal import Goal

COLUMNS = ("AUROC", "AP", "planted", "stable", "agrees", "fit s", "us/row")


def _command(
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    goal: Goal,
    reading: Reading,
    detectors: Annotated[
        str | None, typer.Option(help="Which to compare, with commas; a class path is wrapped.", show_default="all that fit")
    ] = None,
    rows: Annotated[
        int, typer.Option(min=50, max=100_000, help="At most how many rows are compared on: a seeded sample.")
    ] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The seed of everything left to chance.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Compare detectors on a file, and say which to use and why."""
    from standout.deploy.cli.options import detector_from
    from standout.deploy.cli.printing import tell_findings
    from standout.deploy.cli.progress import watching
    from standout.deploy.comparing import compare_source

    asked = [detector_from(name.strip(), None) for name in (detectors or "").split(",") if name.strip()]
    with watching(quiet=quiet or as_json) as steps:
        chosen = [d for d in asked if d is not None]
        found = compare_source(file, goal, detectors=chosen, rows=rows, seed=seed, steps=steps, **reading)
    if as_json:
        typer.echo(json.dumps(_as_dict(found), ensure_ascii=False))
        return
    tell_findings(found.findings)
    _tell(found, ["standout", "run", file, *goal_flags(goal)])


command = with_goal(_command)


def _tell(found: Any, run: list[str]) -> None:
    """The table, the recommendation, and the command that follows it: `run`, the words of this comparison's own file and goal."""
    from standout.deploy.cli.printing import as_typed
    from standout.evaluate.recommend import called

    typer.echo(f"{found.name}: {len(found.compared)} detectors on {found.rows:,} rows and {found.features} features")
    if found.label:
        typer.echo(f"{found.anomalies:,} of these rows are anomalies by the column {found.label}")
    typer.echo()
    width = max(len(called(r)) for r in found.compared)
    typer.echo(f"{'':<{width}}  " + "".join(f"{c:>9}" for c in COLUMNS))
    for row in sorted(found.compared, key=_order):
        shown = called(row)
        typer.echo(f"{shown:<{width}}  " + (row.failed if row.failed else "".join(f"{cell:>9}" for cell in _cells(row))))
    typer.echo(
        "\nplanted: made-up anomalies among the strangest 1%. stable: top rows that stay with another seed. agrees: top rows that"
    )
    typer.echo(f"others share. AUROC, AP: by the labels, where there are any. fit s: on {found.rows // 2:,} rows.\n")
    best = found.recommended
    typer.echo(f"Use {called(best.compared)}.")
    for reason in best.reasons:
        typer.echo(f"  {reason}")
    typer.echo("What this does not prove:")
    for caution in best.cautions:
        typer.echo(f"  {caution}")
    typer.echo(f"Next:   {as_typed([*run, '--detector', *_flags(best.compared)])}")


def _flags(row: Any) -> list[str]:
    part = row.detector
    if part.name != "wrapped":
        return [str(part.name)]
    return [part.estimator, *(word for s in part.settings for word in ("--set", s))]


def _order(row: Any) -> tuple[float, ...]:
    """Those with figures first, by the labels, else by planted anomalies."""
    precision = row.average_precision.value if row.average_precision else 0.0
    return (float(bool(row.failed)), -precision, -(row.strange or 0.0))


def _cells(row: Any) -> list[str]:
    labelled = [f"{e.value:.3f}" if e else "" for e in (row.auroc, row.average_precision)]
    shares = [f"{v:.0%}" if v is not None else "" for v in (row.strange, row.stability, row.overlap)]
    return [*labelled, *shares, f"{row.seconds:.2f}", f"{row.microseconds:.1f}"]


def _as_dict(found: Any) -> dict[str, Any]:
    return {
        "name": found.name,
        "rows": found.rows,
        "features": found.features,
        "label": found.label,
        "anomalies": found.anomalies,
        "compared": [_row(r) for r in found.compared],
        "recommended": found.recommended.compared.detector.as_dict(),
        "reasons": list(found.recommended.reasons),
        "cautions": list(found.recommended.cautions),
        "findings": [f.as_dict() for f in found.findings],
    }


def _row(row: Any) -> dict[str, Any]:
    plain = {k: getattr(row, k) for k in ("seconds", "microseconds", "planted", "strange", "stability", "overlap", "failed")}
    labelled = {
        k: {"value": e.value, "low": e.low, "high": e.high} if (e := getattr(row, k)) else None
        for k in ("auroc", "average_precision")
    }
    return {"detector": row.detector.as_dict(), "default": row.chosen, **labelled, **plain}
