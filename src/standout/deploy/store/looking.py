"""A look at a store that changes nothing: whether it is there and reachable, its schema, its keys and its server's clock."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, text

from standout.core.errors import StoreError
from standout.deploy.store.database import APPLICATION, SCHEMA, Database, _parsed
from standout.deploy.store.failures import named
from standout.deploy.store.migrating import _foreign, migrations

OLDEST_SERVER = 130_000
"""Of PostgreSQL: the first whose transactions can be asked for by number."""
KEYS = "SELECT count(*) FROM api_key WHERE revoked IS NULL"
VERSION = "SELECT coalesce(max(number), 0) FROM schema_version"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen. schema: its number, 0 where the store is still to be made; newest: the one of this version of Standout.

    keys: API keys in use. folder: of SQLite's file, None for a server. ahead: seconds by which the server's clock is ahead of ours.
    """

    shown: str
    schema: int
    newest: int
    keys: int = 0
    folder: Path | None = None
    server: str = ""
    ahead: float = 0.0


def look(url: str, *, busy: float = 5.0) -> Look:
    """Look at a store without making, migrating or locking it.

    Raises StoreError where it could not be used by a service, StoreBusyError where it is out of reach, and what `Store.open`
    raises for the URL.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     look(f"{folder}/none.db").schema
    0
    """
    database = Database(url, busy)
    try:
        seen = _file(database, Path(str(_parsed(url).database)), busy) if database.sqlite else _server(database)
    finally:
        database.close()
    if seen.schema > seen.newest:
        raise StoreError(
            f"The store {seen.shown} has schema {seen.schema}, and this version of Standout knows up to {seen.newest}.",
            "Use the newer version of Standout that made it.",
        )
    return seen


def _file(database: Database, path: Path, busy: float) -> Look:
    folder = path.parent
    for needed in (folder, path):
        if (needed == folder and not folder.is_dir()) or (needed.exists() and not os.access(needed, os.R_OK | os.W_OK)):
            raise StoreError(
                f"The store {database.shown} cannot be kept: {needed} is missing or cannot be written.",
                "Give this user the right to write the file and its folder.",
            )
    newest = max(migrations())
    if not path.exists() or not path.stat().st_size:
        return Look(database.shown, 0, newest, folder=folder)
    with (
        named(database.shown),
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=busy)) as connection,
    ):
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return Look(database.shown, 0, newest, folder=folder)
        if "schema_version" not in tables or connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise _foreign(database)
        schema = int(connection.execute(VERSION).fetchone()[0])
        keys = int(connection.execute(KEYS).fetchone()[0]) if "api_key" in tables else 0
    return Look(database.shown, schema, newest, keys, folder)


def _server(database: Database) -> Look:
    with database.reading() as connection:
        began = time.time()
        clock = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
        ahead = clock - (began + time.time()) / 2
        number = int(connection.scalar(text("SELECT current_setting('server_version_num')")) or 0)
        server = f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"
        if number < OLDEST_SERVER:
            raise StoreError(f"The store {database.shown} is {server}, which is too old.", "Use PostgreSQL 13 or later.")
        if connection.scalar(text("SELECT pg_is_in_recovery()")):
            raise StoreError(f"The store {database.shown} only reads.", "Give the URL of the server that takes writes.")
        there = connection.scalar(text("SELECT to_regclass(:table)::text"), {"table": f"{SCHEMA}.schema_version"})
        if not there:
            _check_may_create(connection, database)
            return Look(database.shown, 0, max(migrations()), server=server, ahead=ahead)
        schema, keys = int(connection.scalar(text(VERSION)) or 0), int(connection.scalar(text(KEYS)) or 0)
    return Look(database.shown, schema, max(migrations()), keys, server=server, ahead=ahead)


def _check_may_create(connection: Connection, database: Database) -> None:
    if not connection.scalar(text("SELECT has_database_privilege(current_database(), 'CREATE')")):
        raise StoreError(f"The store {database.shown} does not allow this.", "Grant the user CREATE on the database.")
