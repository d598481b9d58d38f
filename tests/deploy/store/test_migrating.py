"""The schema: made by numbered files, refused where newer, and the same as the tables that the code uses."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from stored import PAST, batch, incident, label, message

from standout.core.errors import StoreError
from standout.deploy.store import migrating
from standout.deploy.store.journal import Place
from standout.deploy.store.migrating import migrations
from standout.deploy.store.records import Verdict
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


def old_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of schema 1 with data in it."""
    script = (Path(__file__).parent / "schema_1.sql").read_text()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
        return
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda: {1: migrations()[1]})
        store = Store.open(url)
    lines = [line for line in script.splitlines() if line.startswith("INSERT") and "sqlite_sequence" not in line]
    # what SQLite dumps as X'00' is '\\x00' in PostgreSQL
    lines = [re.sub(r"X'([0-9a-fA-F]*)'", r"'\\x\1'", line) for line in lines if "schema_version" not in line]
    with store.writing() as unit:
        for line in sorted(lines, key=lambda line: ORDER.index(line.split('"')[1])):
            unit.connection.exec_driver_sql(line.replace("%", "%%"))
    store.close()


ORDER = ["stream", "snapshot", "lease", "journal", "event", "verdict", "verdict_batch", "incident", "alert", "label", "message",
         "audit", "lane"]  # fmt: skip


def test_an_old_store_goes_on_with_all_that_it_has(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old_store(store_url, monkeypatch)
    with Store.open(store_url) as store, store.writing() as unit:
        assert unit.connection.exec_driver_sql("SELECT max(number) FROM schema_version").scalar() == len(migrations())
        assert unit.journal.find("payments", "b") == Place(1, 1)
        assert unit.journal.get(1) == batch(2, received=PAST, seq=1)
        assert [v.body for v in unit.verdicts.of_batch(1)] == [b"scores"]
        (found,) = unit.alerts.page().items
        assert (found.values, found.verdict, found.incident, found.raised) == ({"amount": 912.5}, Verdict.TRUE, 1, PAST)
        assert unit.incidents.get(1) == incident(opened=PAST, last=PAST, id=1)
        assert unit.labels.of_alert(1) == [label(1, Verdict.TRUE, at=PAST, id=1)]
        assert unit.outbox.get(1) == message("k", incident=1, id=1)
        assert unit.audit.page().items[0].detail == {"alert": 1}
        assert unit.lanes.entities("payments", PAST)[0].rows == 2
        snapshot = unit.snapshots.newest("payments")
        assert snapshot is not None
        assert snapshot.body == b"\x00state"
        lease = unit.leases.acquire("payments", "other", 60)
        assert lease is not None
        assert lease.number == 2


def test_a_migration_that_fails_changes_nothing(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(store_url).close()
    broken = tmp_path / "0099_broken.sql"
    broken.write_text("CREATE TABLE extra (id INTEGER); CREATE TABLE extra (id INTEGER)")
    with monkeypatch.context() as patch:
        patch.setattr(migrating, "migrations", lambda: migrations() | {99: broken})
        with pytest.raises(StoreError, match="already exists"):
            Store.open(store_url)
    with Store.open(store_url) as store, store.reading() as seen:
        assert "extra" not in sqlalchemy.inspect(seen.connection).get_table_names()


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
