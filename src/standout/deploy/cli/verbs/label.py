"""List labels, say what an alert of the live service was, or take a label back."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from standout.deploy.cli.stores import BY, HELP, STORE, opened, signed


def command(
    alert: Annotated[int | None, typer.Argument(help="The number of an alert.", metavar="ALERT")] = None,
    verdict: Annotated[str | None, typer.Argument(help="true, false, expected or unsure.", metavar="VERDICT")] = None,
    reason: Annotated[str, typer.Option(help="Why you think so.")] = "",
    by: Annotated[str | None, typer.Option(help=BY, show_default=False)] = None,
    acts: Annotated[bool, typer.Option("--acts/--no-acts", help="Whether it hides what is like it, or only counts.")] = True,
    preview: Annotated[bool, typer.Option("--preview", help="Say what it would do, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask after the effect was shown.")] = False,
    undo: Annotated[int | None, typer.Option(help="Take the label of this number back.", metavar="NUMBER")] = None,
    store: Annotated[str, typer.Option(help=HELP)] = STORE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and ask nothing.")] = False,
) -> None:
    """List labels, say what an alert of the live service was, or take a label back; a running service follows within seconds."""
    from datetime import UTC, datetime

    from standout.core.errors import ParameterError
    from standout.deploy.live.labels.giving import take_back

    if (alert is None) != (verdict is None) or (undo is not None and alert is not None):
        raise ParameterError("A label is an alert and a verdict; --undo takes neither.", "Write: standout label 17 false")
    with opened(store) as kept:
        if undo is not None:
            with kept.writing() as unit:
                take_back(unit, undo, signed(by), datetime.now(UTC))
            typer.echo(json.dumps({"undone": undo}) if as_json else f"Label {undo} was taken back; what it hid stays hidden.")
        elif alert is None or verdict is None:
            _list(kept, as_json=as_json)
        else:
            _give(kept, (alert, verdict, signed(by), reason, acts), ask=not (yes or as_json), only=preview, as_json=as_json)


def _give(kept: Any, asked: tuple[Any, ...], *, ask: bool, only: bool, as_json: bool) -> None:
    from dataclasses import asdict
    from datetime import UTC, datetime

    from standout.core.model import Model
    from standout.deploy.live.answers import NewLabel
    from standout.deploy.live.labels.giving import checked, give
    from standout.deploy.live.labels.previewing import preview

    wanted, now = NewLabel(*asked), datetime.now(UTC)
    with kept.reading() as seen:
        label = checked(seen, wanted, now)
        stream = seen.streams.get(label.stream)
        effect = preview(seen, Model.load(stream.model), label, now)
    if only:
        typer.echo(json.dumps(asdict(effect)) if as_json else effect.sentence)
        return
    if not as_json:
        typer.echo(effect.sentence)
    if ask and not typer.confirm(f"Label alert {label.alert} {label.verdict.value}?"):
        return
    with kept.writing() as unit:
        given = give(unit, checked(unit, wanted, now))
    typer.echo(json.dumps({"label": given.id, **asdict(effect)}) if as_json else f"Label {given.id} was given.")


def _list(kept: Any, *, as_json: bool) -> None:
    with kept.reading() as seen:
        labels = seen.labels.page(limit=200).items
        hidden = seen.labels.hidden([label.id for label in labels])
    if as_json:
        from dataclasses import asdict

        listed = [{**asdict(label), "hidden": hidden.get(label.id, 0)} for label in labels]
        typer.echo(json.dumps(listed, default=str, ensure_ascii=False))
        return
    if not labels:
        typer.echo("There are no labels yet. Give one: standout label ALERT false --reason 'a test'")
    for label in labels:
        state = "taken back" if label.undone else f"hid {hidden.get(label.id, 0)}" if label.acts else "counts"
        why = json.dumps(label.reason, ensure_ascii=False) if label.reason else ""  # one line, whatever was typed
        line = f"{label.id:>6}  alert {label.alert:<8} {label.verdict.value:<9} {label.stream:<16} {label.at:%Y-%m-%d %H:%M}"
        typer.echo(f"{line}  {state:<10}  {json.dumps(label.by, ensure_ascii=False)[1:-1]}  {why}".rstrip())
