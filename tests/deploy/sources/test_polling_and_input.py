"""Databases that are polled and programs that write into a pipe."""

from __future__ import annotations

import json
import os

import pytest
import sinking
import sqlalchemy as sa

from standout.core.errors import MissingExtraError, ParameterError, UnknownNameError, UnreadableError
from standout.deploy.sources.opening import open_feed
from standout.deploy.sources.polling import Polling
from standout.deploy.sources.standard_input import StandardInput

MADE = "CREATE TABLE flows (number INTEGER, at TIMESTAMP, pump TEXT, flow FLOAT, heat FLOAT, mode TEXT)"
ADDED = "INSERT INTO flows VALUES (:number, :at, :pump, :flow, :heat, :mode)"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """An engine of a database with an empty table of flows, and its URL."""
    url = f"sqlite:///{tmp_path}/plant.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("fresh_postgresql")).replace("postgresql:", "postgresql+psycopg:")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS flows")
        connection.exec_driver_sql(MADE)
    yield engine, url
    engine.dispose()


def add(engine, *numbers: int, number: int | None = None) -> None:
    with engine.begin() as connection:
        for i in numbers:
            connection.execute(sa.text(ADDED), sinking.row(i, number=i if number is None else number))


def test_new_rows_are_found_also_those_of_an_equal_number_and_after_a_restart(tmp_path, database):
    engine, url = database
    add(engine, 0, 1, 2)
    with sinking.service(tmp_path) as service, sinking.fed(service, Polling(url, table="flows", since="number", every=0.02)):
        sinking.until(lambda: len(sinking.flows(service)) == 3)
        add(engine, 3, number=2)
        sinking.until(lambda: len(sinking.flows(service)) == 4)
    add(engine, 4, number=2)
    add(engine, 5)
    with sinking.service(tmp_path) as service, sinking.fed(service, Polling(url, table="flows", since="number", every=0.02)):
        sinking.until(lambda: len(sinking.flows(service)) == 6)
        assert sinking.flows(service) == [0, 1, 2, 3, 4, 5]


def test_a_query_and_a_time_are_polled_by(tmp_path, database):
    engine, url = database
    add(engine, 0, 1, 2)
    feed = Polling(url, query="SELECT * FROM flows WHERE flow > 0", since="at", every=0.02)
    with sinking.service(tmp_path) as service, sinking.fed(service, feed):
        sinking.until(lambda: len(sinking.flows(service)) == 2)
        add(engine, 3)
        sinking.until(lambda: sinking.flows(service) == [1, 2, 3])


def test_what_cannot_be_polled_is_told(tmp_path):
    url = f"sqlite:///{tmp_path}/plant.db"
    for given, match in (
        ({"table": "flows"}, "a column that grows"),
        ({"since": "number"}, "a table or by a query"),
        ({"table": "flows", "query": "SELECT 1", "since": "number"}, "a table or by a query"),
    ):
        with pytest.raises(ParameterError, match=match):
            open_feed(url, **given)


def test_a_table_or_column_that_is_not_there_ends_the_feed_by_name(tmp_path, database):
    _, url = database
    with sinking.service(tmp_path) as service:
        for table, since in (("flows", "nothing"), ("nothing", "number")):
            feed = Polling(url, table=table, since=since)
            with sinking.fed(service, feed) as feeding, pytest.raises(UnreadableError, match="nothing"):
                feeding.wait(30)
        feed = Polling(url, query="SELEC 1", since="number")
        with sinking.fed(service, feed) as feeding, pytest.raises(UnreadableError, match=r"syntax|SELEC"):
            feeding.wait(30)


def test_a_database_that_is_away_is_told_and_waited_for(tmp_path):
    folder, problems = tmp_path / "later", []
    feed = Polling(f"sqlite:///{folder}/plant.db", table="flows", since="number", every=0.02)
    with sinking.service(tmp_path) as service, sinking.fed(service, feed, problems):
        sinking.until(lambda: bool(problems))
        assert "does not answer" in problems[0]


def test_a_pipe_is_read_to_its_end(tmp_path):
    read, write = os.pipe()
    with sinking.service(tmp_path) as service, sinking.fed(service, StandardInput(read)) as feeding:
        os.write(write, (json.dumps(sinking.row(0)) + "\n" + json.dumps(sinking.row(1))[:10]).encode())
        sinking.until(lambda: sinking.flows(service) == [0])
        os.write(write, json.dumps(sinking.row(1))[10:].encode())
        os.close(write)
        assert feeding.wait(30)
        assert sinking.flows(service) == [0, 1]
    os.close(read)


@pytest.mark.parametrize(
    ("what", "error", "match"),
    [
        ("carrier-pigeon://roof/letters", UnknownNameError, "carrier-pigeon"),
        ("redis://localhost:6379/0/", ParameterError, "names nothing to read"),
        ("nats://localhost/flows?strem=PLANT", UnknownNameError, "stream"),
    ],
)
def test_an_address_that_is_not_whole_is_told(what, error, match):
    with pytest.raises(error, match=match):
        open_feed(what)


def test_flags_of_databases_are_refused_elsewhere(tmp_path):
    with pytest.raises(ParameterError, match="--since is for databases"):
        open_feed(str(tmp_path / "x.csv"), since="number")


def test_a_client_that_is_not_installed_is_told_with_the_line_that_installs_it(monkeypatch):
    import standout.deploy.sources.broker as broker

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(broker.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"standout\[streams\]"):
        open_feed("kafka://localhost:9092/flows")


def test_a_password_is_in_no_name():
    assert "s3cret" not in open_feed("redis://me:s3cret@localhost:6379/0/flows").name
    assert "s3cret" not in Polling("postgresql+psycopg://me:s3cret@localhost/plant", table="flows", since="n").name
