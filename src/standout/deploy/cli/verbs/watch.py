"""Watch a growing file, standard input, a database or a broker, and print each alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import typer

from standout.deploy.cli.settings import with_settings
from standout.deploy.live.settings import Settings


def _command(
    live: Callable[..., Settings],
    model: Annotated[str, typer.Argument(help="A model file.", metavar="MODEL")],
    what: Annotated[
        str,
        typer.Argument(
            help="A file of CSV or JSON lines, - for standard input, a database URL, or a broker's: kafka, redis, nats, amqp, mqtt.",
            metavar="WHAT",
        ),
    ],
    start: Annotated[
        str, typer.Option("--from", help="Of a file: from its beginning, or only what comes from now on at its end.")
    ] = "beginning",
    follow: Annotated[bool, typer.Option(help="Wait for more at the end of a file.")] = True,
    table: Annotated[str | None, typer.Option(help="The table to poll, for a database URL.")] = None,
    query: Annotated[str | None, typer.Option(help="Or SQL to poll by.")] = None,
    since: Annotated[str | None, typer.Option(help="The column of it that only grows.")] = None,
    every: Annotated[float, typer.Option(help="Seconds between looks at a database.", min=0.01)] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print each alert as one line of JSON.")] = False,
) -> None:
    """Watch a growing file, standard input, a database or a broker, and print each alert."""
    from standout.core.errors import ParameterError
    from standout.deploy.sources.opening import open_feed
    from standout.deploy.watching import watch

    if start not in ("beginning", "end"):
        raise ParameterError(f"--from is {start!r} and must be beginning or end.", "Change it and try again.")
    began: Literal["beginning", "end"] = "end" if start == "end" else "beginning"
    feed = open_feed(what, start=began, follow=follow, table=table, query=query, since=since, every=every)
    counts = watch(
        live(models=(model,)),
        feed,
        as_json=as_json,
        say=typer.echo,
        warn=lambda text: typer.echo(text, err=True),
    )
    rows = sum(counts.values())
    typer.echo(f"{rows:,} rows taken in: {', '.join(f'{n:,} {o}' for o, n in counts.items()) or 'none'}.", err=True)


command = with_settings(_command, without=("models", "watch", "host", "port", "keys", "body_limit", "rate_limit", "dashboard"))
