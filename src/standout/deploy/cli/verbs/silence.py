"""List silences, keep matching alerts of the live service quiet for a while, or lift a silence."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from standout.deploy.cli.stores import BY, HELP, STORE, opened, signed


def command(
    match: Annotated[
        list[str] | None,
        typer.Argument(help="What alerts must be equal to: stream, entity, because, kind or a column.", metavar="KEY=VALUE..."),
    ] = None,
    hours: Annotated[float, typer.Option("--for", min=0, max=8_784, help="For how many hours.")] = 1.0,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    by: Annotated[str | None, typer.Option(help=BY, show_default=False)] = None,
    lift: Annotated[int | None, typer.Option(help="End the silence of this number.", metavar="NUMBER")] = None,
    store: Annotated[str, typer.Option(help=HELP)] = STORE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List silences, keep matching alerts of the live service quiet for a while, or lift one; a running service follows in seconds."""
    from datetime import UTC, datetime

    from standout.core.errors import ParameterError
    from standout.deploy.live.answers import NewSilence
    from standout.deploy.live.silences import made
    from standout.deploy.store.records import Audit

    if lift is not None and match:
        raise ParameterError("Making and lifting a silence are two acts.", "Say one of them.")
    now, who = datetime.now(UTC), signed(by)
    with opened(store) as kept:
        if lift is not None:
            with kept.writing() as unit:
                unit.silences.lift(lift, now)
                unit.audit.add(Audit(now, who, "silence lifted", {"silence": lift}))
            typer.echo(json.dumps({"lifted": lift}) if as_json else f"Silence {lift} is over; what it hid stays on record.")
        elif match:
            silence = made(NewSilence(_match(match), who, reason, hours * 3600.0), now)
            with kept.writing() as unit:
                number = unit.silences.add(silence)
                detail = {"silence": number, "match": silence.match, "reason": reason}
                unit.audit.add(Audit(now, who, "silence made", detail))
            said = f"Silence {number} keeps what matches quiet until {silence.ends:%Y-%m-%d %H:%M} UTC."
            typer.echo(json.dumps({"silence": number, "ends": silence.ends.isoformat()}) if as_json else said)
        else:
            _list(kept, now, as_json=as_json)


def _match(told: list[str]) -> dict[str, str]:
    from standout.core.errors import ParameterError

    found = {}
    for pair in told:
        key, mark, value = pair.partition("=")
        if not mark or not key:
            raise ParameterError(f"{pair[:80]!r} is no KEY=VALUE.", "Write: standout silence entity=p7 --for 2")
        found[key] = value
    return found


def _list(kept: Any, now: Any, *, as_json: bool) -> None:
    with kept.reading() as seen:
        silences = seen.silences.page(limit=200).items
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(s) for s in silences], default=str, ensure_ascii=False))
        return
    if not silences:
        typer.echo("There are no silences yet. Make one: standout silence entity=p7 --for 2 --reason 'it is being mended'")
    for s in silences:
        state = "lifted" if s.lifted else "over" if s.ends <= now else f"until {s.ends:%Y-%m-%d %H:%M}"
        said = json.dumps({"match": dict(s.match), "by": s.owner, "why": s.reason}, ensure_ascii=False)
        typer.echo(f"{s.id:>6}  {state:<23} hid {s.hidden:<6} {said}")
