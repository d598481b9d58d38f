"""The schema: made by numbered files, refused where newer, and the same as the tables that the code uses."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy

from standout.core.errors import StoreError
from standout.deploy.store.migrating import migrations
from standout.deploy.store.store import Store
from standout.deploy.store.tables import METADATA


def test_migrations_are_numbered_without_gaps() -> None:
    assert list(migrations()) == list(range(1, len(migrations()) + 1))


def test_the_tables_in_code_are_those_of_the_migrations(store: Store) -> None:
    with store.reading() as seen:
        found = sqlalchemy.inspect(seen.connection)
        schema = None if seen.connection.dialect.name == "sqlite" else "standout"
        assert set(found.get_table_names(schema)) == {*METADATA.tables, "schema_version"}
        for name, table in METADATA.tables.items():
            columns = {c["name"]: c for c in found.get_columns(name, schema)}
            assert set(columns) == {c.name for c in table.columns}, name
            for column in table.columns:
                affinity = columns[column.name]["type"]._type_affinity
                assert affinity is column.type._type_affinity or {affinity, column.type._type_affinity} <= NUMBERS, column
            key = found.get_pk_constraint(name, schema)["constrained_columns"]
            assert set(key) == {c.name for c in table.primary_key}, name


NUMBERS = {sqlalchemy.Integer, sqlalchemy.BigInteger, sqlalchemy.Numeric, sqlalchemy.Float, sqlalchemy.Double, sqlalchemy.REAL}


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store_url: str) -> None:
    store = Store.open(store_url)
    with store.writing() as unit:
        unit.connection.exec_driver_sql("INSERT INTO schema_version VALUES (999, 'future', 0)")
    store.close()
    with pytest.raises(StoreError, match="schema 999"):
        Store.open(store_url)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table payments (id int)")
        connection.commit()
    with pytest.raises(StoreError, match="something else"):
        Store.open(str(path))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("payments",)]


def test_servers_that_start_together_migrate_once(store_url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            Store.open(store_url, busy=20).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    with Store.open(store_url) as store, store.reading() as seen:
        assert seen.connection.exec_driver_sql("SELECT count(*) FROM schema_version").scalar() == len(migrations())
