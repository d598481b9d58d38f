"""From records to rows and back: a column has the name of its field, so one pair of functions serves every noun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from standout.deploy.store.prepared import Prepared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, newest first. next: give it as `before` for the following page; None where this is the last."""

    items: tuple[T, ...]
    next: int | None


class Repository:
    """What is kept of one noun, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that may say what to do on conflict, which the two databases spell alike."""
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)


def as_row(record: Any, *without: str) -> dict[str, Any]:
    """A record's fields by name, without those that the store gives."""
    return {f.name: getattr(record, f.name) for f in fields(record) if f.name not in without}


def as_record(kind: type[T], row: Row[Any]) -> T:
    """The record that a row holds."""
    return kind(**row._mapping)


def add_one(connection: Connection, table: Table, record: Any, key: str = "id") -> int:
    """Store a record; returns its number."""
    return int(_adding_one(table, key).first(connection, as_row(record, key)))


def add_many(connection: Connection, table: Table, records: Sequence[Any], key: str = "id") -> list[int]:
    """Store records of one kind; returns their numbers in the same order."""
    if not records:
        return []
    asked = _adding_many(table, key)
    return [int(n) for n in connection.execute(asked, [as_row(r, key) for r in records]).scalars()]


@cache
def _adding_one(table: Table, key: str) -> Prepared:
    """The statement, made once: the engine adds to the same tables some hundred times a second."""
    values: dict[str, Any] = {c.name: bindparam(c.name) for c in table.c if c.name != key}
    return Prepared(lambda _: insert(table).values(values).returning(table.c[key]))


@cache
def _adding_many(table: Table, key: str) -> Any:
    return insert(table).returning(table.c[key], sort_by_parameter_order=True)


def one(connection: Connection, table: Table, kind: type[T], *conditions: ColumnElement[bool]) -> T | None:
    """The record that fits, or None."""
    row = connection.execute(select(table).where(*conditions).limit(1)).first()
    return None if row is None else as_record(kind, row)


def newest_first(
    connection: Connection,
    table: Table,
    kind: type[T],
    conditions: Sequence[ColumnElement[bool]],
    before: int | None,
    limit: int,
) -> Page[T]:
    """A page by number, which no row that comes in meanwhile can shift."""
    asked = select(table).where(*conditions).order_by(table.c.id.desc()).limit(limit + 1)
    if before is not None:
        asked = asked.where(table.c.id < before)
    found = connection.execute(asked).all()
    items = tuple(as_record(kind, row) for row in found[:limit])
    return Page(items, found[limit - 1].id if len(found) > limit else None)
