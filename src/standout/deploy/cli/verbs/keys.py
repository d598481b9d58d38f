"""List, make and revoke the API keys of a live service."""

from __future__ import annotations

import json
from typing import Annotated

import typer

STORE = "sqlite:///standout-live.db"


def command(
    make: Annotated[str | None, typer.Option(help="Make a key of this name; it is shown this once.", metavar="NAME")] = None,
    role: Annotated[str, typer.Option(help="What the new key may do: ingest, view (reads, too) or act (changes, too).")] = "act",
    revoke: Annotated[int | None, typer.Option(help="Revoke the key of this number.", metavar="NUMBER")] = None,
    store: Annotated[str, typer.Option(help="The store of the service, as for standout serve.")] = STORE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List, make and revoke the API keys of a live service; without options, list them."""
    from datetime import UTC, datetime

    from standout.core.errors import ParameterError, UnknownNameError
    from standout.deploy.store.records import Audit, Role
    from standout.deploy.store.store import Store

    if make is not None and revoke is not None:
        raise ParameterError("--make and --revoke are two acts.", "Say one of them.")
    if make is not None and not 0 < len(make.strip()) <= 80:
        raise ParameterError("The name of a key has 1 to 80 letters.", "Name who or what will use it.")
    if role not in list(Role):
        raise UnknownNameError.among("role", role, Role)
    now = datetime.now(UTC)
    with Store.open(store) as opened:
        if make is not None:
            with opened.writing() as unit:
                key, secret = unit.keys.make(make.strip(), Role(role), now)
                unit.audit.add(Audit(now, "command line", "made a key", {"key": key.id, "name": key.name, "role": role}))
            _tell_made(key.id, key.name, role, secret, as_json=as_json)
            return
        if revoke is not None:
            with opened.writing() as unit:
                unit.keys.revoke(revoke, now)
                unit.audit.add(Audit(now, "command line", "revoked a key", {"key": revoke}))
            typer.echo(
                json.dumps({"revoked": revoke}) if as_json else f"Key {revoke} is revoked; servers refuse it within seconds."
            )
            return
        with opened.reading() as unit:
            known = unit.keys.all()
    if as_json:
        listed = [{"id": k.id, "name": k.name, "role": k.role, "made": k.made, "revoked": k.revoked} for k in known]
        typer.echo(json.dumps(listed, default=str, ensure_ascii=False))
        return
    if not known:
        typer.echo("There are no keys yet. Make one: standout keys --make NAME --role act")
    for k in known:
        state = f"revoked {k.revoked:%Y-%m-%d %H:%M}" if k.revoked else "in use"
        typer.echo(f"{k.id:>4}  {k.name:<24} {k.role:<7} made {k.made:%Y-%m-%d %H:%M}  {state}")


def _tell_made(number: int, name: str, role: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"id": number, "name": name, "role": role, "key": secret}, ensure_ascii=False))
        return
    typer.echo(secret)
    typer.echo(f"This is key {number} for {name}, role {role}. It is shown this once: keep it where secrets are kept.", err=True)
