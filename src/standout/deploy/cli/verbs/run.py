"""Find what stands out in a file: alerts with reasons, a report and a model."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from standout.deploy.cli.options import Reading, with_goal
from standout.goal.goal import Goal

FILE = "A file (CSV, Parquet, JSON lines, Arrow, Excel), a folder of Parquet files, - for standard input, or an SQL URL."


def _command(
    file: Annotated[str, typer.Argument(help=FILE, metavar="FILE")],
    goal: Goal,
    reading: Reading,
    out: Annotated[Path | None, typer.Option(help="The folder for the results.", show_default="NAME-run")] = None,
    detector: Annotated[str | None, typer.Option(help="A detector by name; standout detectors lists them.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A parameter of the detector, as name=value.")] = None,
    calibrator: Annotated[str | None, typer.Option(help="How scores become p-values; conformal-tail unless told.")] = None,
    calibrator_set: Annotated[list[str] | None, typer.Option(help="A parameter of the calibrator, as name=value.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of everything left to chance.")] = 0,
    shap: Annotated[
        bool, typer.Option("--shap", help="Draw SHAP values of the strongest alerts in the report (extra shap).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Find what stands out in a file: alerts with reasons, a report and a model."""
    from standout.data.opening import open_source

    source = open_source(file, **reading)
    with source.begun():  # what is imported now takes as long as reading a hundred megabytes
        from standout import flow
        from standout.deploy import folder, gates
        from standout.deploy.cli.options import calibrator_from, detector_from
        from standout.deploy.cli.printing import as_typed
        from standout.deploy.cli.progress import watching

        if shap:
            from standout.explain.shap_values import package

            package()  # before a long run, and not after it
        place, null = folder.folder_for(file, out), calibrator_from(calibrator, calibrator_set)
        chosen = detector_from(detector, set_)
        with watching(quiet=quiet or as_json) as steps:
            made = flow.run(source, goal, detector=chosen, calibrator=null, seed=seed, steps=steps)
            steps.phase(6, "Deployment")
            folder.write(made, place, as_typed(["standout", *sys.argv[1:]]), shap=shap)
            steps.note(str(place.path))
    failed = gates.failed(made)
    if as_json:
        typer.echo(json.dumps(_summary(made, place, failed), ensure_ascii=False))
    else:
        _tell(made, place, failed)
    if failed:
        raise typer.Exit(gates.EXIT_CODE)


command = with_goal(_command)


def _tell(made: Any, place: Any, failed: list[str]) -> None:
    """What was found, where the report is, and what to do next."""
    found = (*made.survey.findings, *made.findings)
    for finding in found:
        if finding.level == "problem":
            typer.secho(f"{finding.message} {finding.hint}".strip(), fg="yellow", err=True)
    warnings = [f for f in found if f.level == "warning"]
    for finding in warnings[:2]:
        typer.secho(f"Worth a look: {finding.message} {finding.hint}".strip(), fg="yellow", err=True)
    if len(warnings) > 2:
        typer.secho(f"The report has {len(warnings) - 2} more.", fg="yellow", err=True)
    for gate in failed:
        typer.secho(gate, fg="red", err=True)
    strongest = f" The strongest: {made.reasons[0].sentence}" if made.reasons else ""
    typer.echo(f"{made.raised.in_words()}.{strongest}")
    typer.echo(f"Report: {place.report}")
    typer.echo(f"Next:   standout score {shlex.quote(str(place.model))} NEW_FILE   (seed {made.seed})")


def _summary(made: Any, place: Any, failed: list[str]) -> dict[str, Any]:
    labelled = made.evaluation.labelled
    return {
        "rows": len(made.alarms),
        "alerts": int(made.alarms.sum()),
        "promise": made.model.policy.in_words(),
        "why_detector": made.trained.why,
        "detector": made.model.detector.part.as_dict(),
        "auroc": labelled.auroc.value if labelled and labelled.auroc else None,
        "average_precision": labelled.average_precision.value if labelled and labelled.average_precision else None,
        "strongest": [reason.as_dict() for reason in made.reasons[:10]],
        "findings": [f.as_dict() for f in (*made.survey.findings, *made.findings)],
        "gates_failed": failed,
        "report": str(place.report),
        "model": str(place.model),
        "model_digest": made.model.digest,
        "seed": made.seed,
        "seconds": {k: round(v, 3) for k, v in made.seconds.items()},
    }
