"""Tables and queries of SQLite and of a real PostgreSQL server."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from standout.core.errors import EmptyTableError, ParameterError, UnknownNameError, UnreadableError
from standout.data.opening import open_source


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table payments (id int, amount, note text)")
        connection.executemany("insert into payments values (?, ?, ?)", [(1, 2.5, "a"), (2, 3, None), (3, None, "50% off: x")])
        connection.execute("create table empty (a int)")
        connection.commit()
    return path


def whole(what: str | Path, **told: str) -> pa.Table:
    return pa.Table.from_batches(list(open_source(what, **told).batches()))


def test_reads_a_table_by_url_and_by_path(database: Path) -> None:
    expected = {"id": [1, 2, 3], "amount": [2.5, 3.0, None], "note": ["a", None, "50% off: x"]}
    assert whole(f"sqlite:///{database}", table="payments").to_pydict() == expected
    assert whole(database, table="payments").to_pydict() == expected


def test_reads_a_query_as_it_stands(database: Path) -> None:
    assert whole(database, query="select note from payments where note like '50%: x'").num_rows == 1
    assert whole(database, query="select id % 2 as odd from payments").column("odd").to_pylist() == [1, 0, 1]


def test_every_pass_sees_the_same_rows_although_the_table_changed(database: Path) -> None:
    source = open_source(database, table="payments")
    first = pa.Table.from_batches(list(source.batches()))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("delete from payments")
        connection.commit()
    assert pa.Table.from_batches(list(source.batches())).equals(first)
    assert source.rows == 3


def test_mixed_types_become_text_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [(i,) for i in range(70_000)] + [("late",)])
        connection.commit()
    source = open_source(path)
    values = [v for b in source.batches() for v in b.column("a").to_pylist()]
    assert values[0] == "0"
    assert values[-1] == "late"
    assert [f.code for f in source.findings] == ["mixed-types"]


def test_wrong_tables_and_queries_are_named(database: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean payments"):
        whole(database, table="payment")
    with pytest.raises(ParameterError, match="has 2 tables: empty, payments"):
        whole(database)
    with pytest.raises(ParameterError, match="Both a query and a table"):
        whole(database, table="payments", query="select 1")
    with pytest.raises(EmptyTableError, match="no rows"):
        whole(database, table="empty")
    with pytest.raises(UnreadableError, match="no such column"):
        whole(database, query="select colour from payments")


def test_a_query_cannot_change_the_database(database: Path) -> None:
    with pytest.raises(UnreadableError, match="readonly"):
        whole(database, query="delete from payments returning id")
    assert whole(database, table="payments").num_rows == 3


def test_a_missing_database_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no file"):
        whole(f"sqlite:///{tmp_path}/absent.db", table="t")
    assert not list(tmp_path.iterdir())


def test_bad_urls_are_named() -> None:
    with pytest.raises(UnreadableError, match="no database driver"):
        whole("nosuchdb://host/x", table="t")
    with pytest.raises(UnreadableError, match="cannot be understood"):
        whole("sqlite://host:port:x/y z", table="t")


def test_no_message_shows_the_password() -> None:
    with pytest.raises(UnreadableError) as caught:
        whole("postgresql://me:hunter2@127.0.0.1:9/none?connect_timeout=2", table="t")
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "me:***@" in caught.value.what


def test_reads_postgresql(postgresql: str) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(postgresql.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("create schema plant")
        connection.exec_driver_sql(
            "create table plant.readings as select g as n, (g / 4.0)::numeric(10,2) as level, mod(g, 2) = 0 as even,"
            " timestamptz '2024-01-01 00:00+01' + g * interval '1 hour' as at, null::text as nothing,"
            " md5(g::text)::uuid as code from generate_series(1, 70000) g"
        )
    engine.dispose()
    table = whole(postgresql, table="plant.readings").sort_by("n")
    row = table.slice(1, 1).to_pylist()[0]
    assert table.num_rows == 70_000
    assert (row["n"], row["level"], row["even"], row["nothing"]) == (2, 0.5, True, None)
    assert row["at"] == datetime.datetime(2024, 1, 1, 1, 0)
    assert row["code"] == "c81e728d-9d4c-2f63-6f06-7f89cc14862c"
    assert whole(postgresql, query="select count(*) as c from plant.readings where level::text like '%5'").num_rows == 1
    with pytest.raises(UnreadableError, match="does not exist") as caught:
        whole(postgresql, query="select * from nowhere")
    assert "s3cret" not in str(caught.value)
