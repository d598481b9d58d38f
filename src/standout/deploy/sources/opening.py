"""What is watched, from how a person names it: a path, ``-`` for standard input, a database's or a broker's URL."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl

from standout.core.errors import ParameterError, UnknownNameError
from standout.deploy.sources.feed import Feed

ASKED = ("table", "query", "since")
"""What may stand behind the # of a database's URL: postgresql://host/plant#table=flows&since=number."""
DATABASES = ("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")


def open_feed(
    what: str,
    *,
    start: Literal["beginning", "end"] = "beginning",
    follow: bool = True,
    table: str | None = None,
    query: str | None = None,
    since: str | None = None,
    every: float = 1.0,
) -> Feed:
    """The feed of a name. start, follow: of files; table, query, since, every: of databases, or behind a # in their URL.

    Raises ParameterError where an address is not whole, UnknownNameError for a kind that is not known, MissingExtraError where its
    client is not installed.

    >>> open_feed("-").name
    'stdin'
    """
    scheme = what.partition("://")[0] if "://" in what else ""
    if scheme.partition("+")[0] in DATABASES:
        from standout.deploy.sources.polling import Polling

        what, _, told = what.partition("#")
        asked = dict(parse_qsl(told))
        for name in asked:
            if name not in ASKED:
                raise UnknownNameError.among("setting of a database that is polled", name, ASKED)
        table, query, since = (value or asked.get(name) for name, value in (("table", table), ("query", query), ("since", since)))
        return Polling(what, table=table, query=query, since=since, every=every)
    for flag, value in (("--table", table), ("--query", query), ("--since", since)):
        if value is not None:
            raise ParameterError(f"{flag} is for databases, and {what} is none.", "Leave it out.")
    if what == "-":
        from standout.deploy.sources.standard_input import StandardInput

        return StandardInput()
    if scheme and scheme != "file":
        from standout.deploy.sources.broker import Broker

        return Broker(what)
    from standout.deploy.sources.growing_file import GrowingFile

    return GrowingFile(Path(what.removeprefix("file://")), start=start, follow=follow)
