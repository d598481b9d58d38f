"""A database that is asked again and again for rows that are new: those of a column that only grows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from standout.core.errors import ParameterError, UnreadableError
from standout.deploy.sources.feed import FIRST_PAUSE, LONGEST_PAUSE, Feed, Sink, Stopped

MOST = 5_000
"""Rows fetched at a time."""


class Polling(Feed):
    """Polls a table or a query by SQLAlchemy URL.

    since: the column that grows, such as a number that the database gives or the time of insertion. A row that gets a value below
    the highest one seen is not found: the start of a long transaction makes no such column. every: seconds between looks.

    Rows of the highest value are fetched again at each look and known by a hash, so that equal values are neither lost nor doubled.
    """

    def __init__(
        self, url: str, *, table: str | None = None, query: str | None = None, since: str | None, every: float = 1.0
    ) -> None:
        if (table is None) == (query is None):
            raise ParameterError("A database is asked for a table or by a query.", "Give one of --table and --query.")
        if since is None:
            raise ParameterError("A database that is polled needs a column that grows.", "Name it with --since.")
        try:
            self._url = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise ParameterError(
                f"{url!r} is no database URL.", "Write it as postgresql://host/name or sqlite:///file."
            ) from error
        rows = _table(table) if table is not None else sa.text(f"({query}) AS asked")
        column: sa.ColumnElement[Any] = sa.column(sa.quoted_name(since, quote=True))
        self._all = sa.select(sa.text("*")).select_from(rows).where(column.is_not(None)).order_by(column).limit(MOST)
        self._column, self._since, self._every = column, since, every
        self.name = f"sql:{self._url.render_as_string(hide_password=True)}:{table or query}:{since}"

    def run(self, sink: Sink) -> None:
        """Bring rows until told to stop. UnreadableError where the table or the column is not there, or the values do not grow."""
        engine = sa.create_engine(self._url)
        place: Mapping[str, Any] = sink.place() or {"last": None, "seen": []}
        pause = FIRST_PAUSE
        try:
            while not sink.stop.is_set():
                try:
                    fresh = self._fresh(engine, place)
                except sa.exc.OperationalError as error:  # gone or locked for the moment, which is told
                    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
                        raise  # SQLite's name for a statement that is wrong: waiting does not mend it
                    sink.problem(f"The database does not answer: {_first_line(error)}")
                    sink.stop.wait(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                    continue
                pause = FIRST_PAUSE
                if fresh:
                    sink.take([{sink.key: f"{self._since}:{hashed}", **row} for hashed, row in fresh])
                    place = self._further(place, fresh)
                    sink.keep(place)
                else:
                    sink.stop.wait(self._every)
        except Stopped:
            return
        except sa.exc.SQLAlchemyError as error:
            raise UnreadableError(
                f"The database refuses to be polled: {_first_line(error)}", "Check the table, the query and --since."
            ) from error
        finally:
            engine.dispose()

    def _fresh(self, engine: sa.Engine, place: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Rows at or beyond the place that were not seen, with their hashes; pages on where all of a page were seen."""
        seen, offset = set(place["seen"]), 0
        asked = self._all if place["last"] is None else self._all.where(self._column >= _value(place["last"]))
        with engine.connect() as connection:
            while True:
                result = connection.execute(asked.offset(offset))
                names = list(result.keys())
                if self._since not in names:  # SQLite takes the quoted name of no column for a text
                    raise UnreadableError(
                        f"There is no column {self._since} to poll by.", f"Name one of {', '.join(names)} with --since."
                    )
                rows = [dict(row._mapping) for row in result]
                fresh = [(h, row) for row in rows if (h := _hash(row)) not in seen]
                if fresh or len(rows) < MOST:
                    return fresh
                offset += MOST

    def _further(self, place: Mapping[str, Any], fresh: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """The place after these rows: the highest value, and the hashes of the rows that have it."""
        last = fresh[-1][1][self._since]
        held = _told(last)
        seen = [h for h, row in fresh if row[self._since] == last]
        return {"last": held, "seen": [*place["seen"], *seen] if held == place["last"] else seen}


def _table(name: str) -> sa.TableClause:
    """A table by its name, or by its schema's and its own: plant.flows."""
    schema, _, own = name.rpartition(".")
    quoted = sa.quoted_name(own, quote=True)
    return sa.table(quoted, schema=sa.quoted_name(schema, quote=True)) if schema else sa.table(quoted)


def _told(value: Any) -> Any:
    """A value as JSON can hold it; `_value` is the inverse."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, int | float | str):
        return value
    return float(value)


def _value(told: Any) -> Any:
    if isinstance(told, Mapping):
        return datetime.fromisoformat(told["time"]) if "time" in told else date.fromisoformat(told["date"])
    return told


def _hash(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
