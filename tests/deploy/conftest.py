"""Stores to test with: SQLite in a file, and in a real PostgreSQL server."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from standout.deploy.store.store import Store

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    with contextlib.suppress(ImportError):  # gone from Python 3.13 on
        import imghdr  # noqa: F401  # Apprise imports it, and Python has a warning for whoever does so first


@pytest.fixture
def fresh_postgresql(postgresql: str) -> str:
    """The URL of a database where there is no store."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(postgresql.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS standout CASCADE")
    engine.dispose()
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is not there yet, in each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/standout.db"
    return str(request.getfixturevalue("fresh_postgresql"))


@pytest.fixture
def open_store(store_url: str) -> Iterator[Callable[[], Store]]:
    """Opens the same store as often as it is called, as several servers would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(Store.open(store_url, busy=5.0))
        return opened[-1]

    yield another
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    """An empty store."""
    return open_store()
