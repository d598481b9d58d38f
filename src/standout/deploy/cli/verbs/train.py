"""Fit a model on a file and save it, without scoring the file or writing a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from standout.deploy.cli.options import Reading, with_goal
from standout.goal.goal import Goal


def _command(
    file: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="FILE")],
    goal: Goal,
    reading: Reading,
    out: Annotated[Path, typer.Option(help="The model file to write.")] = Path("model.standout"),
    detector: Annotated[str | None, typer.Option(help="A detector by name; standout detectors lists them.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A parameter of the detector, as name=value.")] = None,
    calibrator: Annotated[str | None, typer.Option(help="How scores become p-values; conformal-tail unless told.")] = None,
    calibrator_set: Annotated[list[str] | None, typer.Option(help="A parameter of the calibrator, as name=value.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of everything left to chance.")] = 0,
) -> None:
    """Fit a model on a file and save it, without scoring the file or writing a report."""
    from standout import flow
    from standout.deploy.cli.options import calibrator_from, detector_from
    from standout.deploy.cli.printing import tell_findings

    null = calibrator_from(calibrator, calibrator_set)
    trained = flow.fit(file, goal, detector=detector_from(detector, set_), calibrator=null, seed=seed, **reading)
    trained.model.save(out)
    tell_findings(trained.findings)
    typer.echo(f"{trained.model.detector.part.name} learned from {len(trained.own):,} rows; {trained.model.policy.in_words()}.")
    typer.echo(f"Model: {out}\nNext:  standout score {out} NEW_FILE")


command = with_goal(_command)
