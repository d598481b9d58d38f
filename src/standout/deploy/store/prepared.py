"""Statements that the engine asks in every transaction: written out once, and then given to SQLite's driver itself.

What SQLAlchemy does for a statement each time (its context, its result and what that knows of columns) takes several times as long as
SQLite takes to carry it out. PostgreSQL gets the same statements through SQLAlchemy, since there the way to the server is what takes long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

Values = Mapping[str, Any]


class Prepared:
    """One statement, whose values are all given by name when it is asked; what it returns are plain numbers and texts.

    make: the statement, made when it is first asked, for SQLite or not.
    """

    def __init__(self, make: Callable[[bool], ClauseElement]) -> None:
        self._made = cache(make)
        self._written: tuple[str, tuple[tuple[str, Any], ...]] | None = None

    def first(self, connection: Connection, values: Values) -> Any:
        """The first value of the first row, None where there is no row."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._made(False), dict(values)).scalar()  # type: ignore[call-overload]  # any statement
        cursor = self._cursor(connection)
        try:
            row = cursor.execute(self._text, self._bound(values)).fetchone()
            return None if row is None else row[0]
        finally:
            cursor.close()

    def column(self, connection: Connection, values: Values) -> list[Any]:
        """The first value of every row."""
        if connection.dialect.name != "sqlite":
            return list(connection.execute(self._made(False), dict(values)).scalars())  # type: ignore[call-overload]  # as above
        cursor = self._cursor(connection)
        try:
            return [row[0] for row in cursor.execute(self._text, self._bound(values))]
        finally:
            cursor.close()

    def many(self, connection: Connection, listed: Sequence[Values]) -> None:
        """Ask it for each of several values; nothing is returned."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._made(False), [dict(v) for v in listed])  # type: ignore[call-overload]  # as above
            return
        cursor = self._cursor(connection)
        try:
            cursor.executemany(self._text, [self._bound(values) for values in listed])
        finally:
            cursor.close()

    @staticmethod
    def _cursor(connection: Connection) -> Any:
        return connection.connection.cursor()

    @property
    def _text(self) -> str:
        return self._as_sqlite[0]

    def _bound(self, values: Values) -> list[Any]:
        return [values[name] if write is None else write(values[name]) for name, write in self._as_sqlite[1]]

    @property
    def _as_sqlite(self) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """The statement in SQLite's words; and for each of its places, in order, the name of the value and how its type is written."""
        if self._written is None:
            dialect = sqlite.dialect(paramstyle="qmark")
            compiled: Any = self._made(True).compile(dialect=dialect)
            places = tuple((name, compiled.binds[name].type.bind_processor(dialect)) for name in compiled.positiontup)
            self._written = str(compiled), places
        return self._written
