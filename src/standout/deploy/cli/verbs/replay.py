"""Say what a budget would have raised over a history, and when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standout.deploy.cli.budgets import Asked, with_budget
from standout.deploy.cli.options import Reading, with_reading

if TYPE_CHECKING:
    from standout.evaluate.replay import Replayed


def _command(
    model: Annotated[Path, typer.Argument(help="A model file.", metavar="MODEL")],
    history: Annotated[str, typer.Argument(help="A file or an SQL URL.", metavar="HISTORY")],
    asked: Asked,
    reading: Reading,
    label: Annotated[str | None, typer.Option(help="The label column.", show_default="the model's")] = None,
    normal: Annotated[str | None, typer.Option(help="The label's value that means normal.")] = None,
    strongest: Annotated[int, typer.Option(help="How many of the strongest to show.", min=0)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Say what a budget would have raised over a history, and when."""
    from standout.core.model import Model
    from standout.core.table import Role
    from standout.deploy.cli.printing import tell_findings
    from standout.deploy.cli.progress import watching
    from standout.deploy.replaying import replay_source

    loaded = Model.load(model)
    policy = asked.policy(loaded.policy, clock=loaded.schema.with_role(Role.TIME) is not None)
    with watching(quiet=quiet or as_json) as steps:
        steps.phase(6, "Replaying")
        done = replay_source(
            loaded, policy, history, label=label, normal=normal, most=strongest, steps=steps, **reading
        )  # fmt: skip  # one line a flag reads worse
    if as_json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False))
        return
    typer.echo(f"{policy.in_words().capitalize()}: {done.asked.in_words()}")
    if len(done.strongest):
        typer.echo("\nThe strongest of them:")
    clock = done.strongest.with_role(Role.TIME)
    for i, row in enumerate(done.strongest.rows):
        when = "" if clock is None else f"  {str(clock.at(i) or 'no time')[:19]:<19}"
        why = done.reasons[i].sentence if done.reasons else ""
        typer.echo(f"  row {row:<9,}{when}  p {done.scores.p_value[i]:<9.2g} {why}")
    if done.notices:
        typer.echo("\nAnd with the rank of an alert, beside the budget:")
        for notice in done.notices:
            typer.echo(f"  {notice.kind:<13} {notice.finding.message}")
    if len(done.others) > 1:
        typer.echo("\n" + "\n".join(_table(done.others)))
    tell_findings(done.findings)


def _table(replayed: Sequence[Replayed]) -> list[str]:
    """Budgets against alerts, and against precision and recall where labels are known."""
    width = max(len(r.policy.in_words()) for r in replayed)
    days, judged = replayed[0].days is not None, any(r.recall is not None for r in replayed)
    head = f"{'budget':<{width}} {'alerts':>8}{'   a day' if days else ''}{'  precision   recall' if judged else ''}"
    lines = [head]
    for one in replayed:
        rate = f" {one.a_day:>7.2g}" if one.a_day is not None else ""
        shown = [f"{e.value:.0%}" if e is not None else "-" for e in (one.precision, one.recall)]
        quality = f"  {shown[0]:>9} {shown[1]:>8}" if judged else ""
        lines.append(f"{one.policy.in_words():<{width}} {one.alerts:>8,}{rate}{quality}")
    return lines


command = with_budget(with_reading(_command))
