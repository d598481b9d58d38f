"""A table or query of a database by its URL: SQLite, PostgreSQL and whatever else SQLAlchemy knows.

What was read is kept in a temporary file: the database is asked once, and every pass sees the same rows in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from standout.core.errors import EmptyTableError, MissingExtraError, ParameterError, UnknownNameError, UnreadableError
from standout.data.source import BATCH_ROWS, Spooled, unique_names
from standout.data.values import array_of

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine


def is_url(what: str) -> bool:
    """Whether a string names a database and not a file."""
    scheme, mark, _ = what.partition("://")
    return bool(mark) and scheme.replace("+", "").replace("_", "").isalnum() and scheme not in ("file", "http", "https", "s3")


class SqlSource(Spooled):
    """Rows of a database: of `query`, of `table` (schema.table is fine), or of the only table there is."""

    def __init__(self, url: str, *, query: str | None = None, table: str | None = None) -> None:
        super().__init__()
        if query is not None and table is not None:
            raise ParameterError("Both a query and a table were given.", "Give one of them.")
        self._url = _parsed(url)
        self._query, self._table = query, table
        self._shown = self._url.render_as_string(hide_password=True)
        self.name = table or ("query" if query else self._url.database or "database")

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        from sqlalchemy.exc import SQLAlchemyError

        engine = self._engine()
        try:
            with engine.connect() as connection:
                yield from self._read(connection)
        except SQLAlchemyError as error:
            raise UnreadableError(
                f"{self._shown} cannot be read: {self._reason(error)}.", "Check the URL and the query."
            ) from None
        finally:
            engine.dispose()

    def _read(self, connection: Connection) -> Iterator[pa.RecordBatch]:
        from sqlalchemy import text

        query = self._query or self._of_table(connection)
        connection = connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS)
        # a colon is part of the query, not the mark of a parameter; text() also doubles % for drivers that need it
        result = connection.execute(text(query.replace(":", "\\:")))
        if not result.returns_rows:
            raise ParameterError("The query gives no rows; it is not a SELECT.", "Give a SELECT.")
        names, renamed = unique_names(result.keys())
        self._noticed.extend(renamed)
        empty = True
        for rows in result.partitions(BATCH_ROWS):
            empty = False
            yield pa.RecordBatch.from_arrays([array_of(c) for c in zip(*rows, strict=True)], names=names)
        if empty:
            raise EmptyTableError(f"{self.name} of {self._shown} has no rows.", "Check the query.")

    def _of_table(self, connection: Connection) -> str:
        from sqlalchemy import inspect

        inspector = inspect(connection)
        schema, _, table = (self._table or "").rpartition(".")
        known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        if not table:
            if len(known) != 1:
                raise ParameterError(
                    f"{self._shown} has {len(known)} tables: {', '.join(sorted(known)[:10])}.", "Say --table or --query."
                )
            table = self.name = known[0]
        if table not in known:
            raise UnknownNameError.among(f"table in {self._shown}", self._table or table, known)
        quote = connection.dialect.identifier_preparer.quote_identifier
        return "SELECT * FROM " + (f"{quote(schema)}." if schema else "") + quote(table)

    def _engine(self) -> Engine:
        from sqlalchemy import create_engine, event

        url = self._url
        sqlite = url.get_backend_name() == "sqlite"
        if sqlite and url.database not in (None, "", ":memory:") and not Path(str(url.database)).is_file():
            raise UnreadableError(f"There is no file {url.database}.", "Check the path; sqlite:////abs/path.db has four slashes.")
        try:
            engine = create_engine(url)
        except ImportError as error:
            raise MissingExtraError.for_package(f"A {url.get_backend_name()} database", str(error.name), "postgresql") from error
        if sqlite:
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
        return engine

    def _reason(self, error: Exception) -> str:
        reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        password = str(self._url.password) if self._url.password else ""
        return reason.replace(password, "***") if password else reason


def _parsed(url: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        parsed: Any = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except NoSuchModuleError:
        raise UnreadableError(
            f"There is no database driver for {url.partition('://')[0]}://.",
            "Such as sqlite:///file.db or postgresql://host/name.",
        ) from None
    except (ArgumentError, ValueError):
        raise UnreadableError("The database URL cannot be understood.", "Such as sqlite:///file.db.") from None
    return parsed
