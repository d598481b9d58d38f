"""Connections to the store's database, set up alike: durable, patient, and never with half of the settings."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from standout.core.errors import MissingExtraError, ParameterError, StoreBusyError, StoreError
from standout.deploy.store.failures import is_lost, named

APPLICATION = 0x53744F75  # "StOu": marks a SQLite file as ours
SCHEMA = "standout"  # of PostgreSQL, so that our names are in nobody's way
HINT = "Such as standout.db, sqlite:///standout.db or postgresql://user@host/name."


class Database:
    """One database by URL. SQLite: WAL, FULL, foreign keys; PostgreSQL: a schema of our own and short patience.

    busy: seconds that a writer waits for another before StoreBusyError.
    """

    def __init__(self, url: str, busy: float) -> None:
        self._url = _parsed(url)
        self.busy = busy
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.shown = self._url.render_as_string(hide_password=True)
        self._password = str(self._url.password or "")
        self._turn = threading.Lock()
        self._file: tuple[int, int] | None = None
        try:
            self._engine = _sqlite(self._url, busy) if self.sqlite else _postgresql(self._url, busy)
        except ImportError as error:
            raise MissingExtraError.for_package("A store in PostgreSQL", str(error.name), "postgresql") from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the store as it is now, until the end, and cannot write."""
        with named(self.shown, self._password), self._engine.connect() as connection:
            self._is_there()
            if not self.sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in one transaction: committed at the end, undone on any error. SQLite has one writer at a time."""
        with named(self.shown, self._password), self._my_turn(), self._engine.connect() as connection:
            connection = connection.execution_options(standout_writes=True)
            connection.begin()
            mark = None if self.sqlite else connection.scalar(text("SELECT pg_current_xact_id()::text"))
            try:
                yield connection
                self._is_there()
                self._is_whole(connection)
            except BaseException:
                connection.rollback()
                raise
            try:
                connection.commit()
            except DBAPIError as error:
                if not (mark and is_lost(error) and self._was_committed(mark)):
                    raise

    def give_back(self, pages: int) -> int:
        """Return unused pages of SQLite's file to the disk, beyond a tenth that new rows will need; how many were."""
        if not self.sqlite:
            return 0
        with named(self.shown, self._password), self._my_turn(), self._engine.connect() as connection:
            driver = _driver(connection)
            (free,), (whole,) = (driver.execute(f"PRAGMA {what}").fetchone() for what in ("freelist_count", "page_count"))
            count = min(pages, int(free) - int(whole) // 10)
            if count > 0:
                # a script steps to the end; `execute` would stop after the first page
                driver.executescript(f"PRAGMA query_only = 0; PRAGMA incremental_vacuum({count})")
            return max(count, 0)

    def remember_file(self) -> None:
        """From now on the file must stay the one it is."""
        if self.sqlite:
            found = os.stat(str(self._url.database))
            self._file = (found.st_dev, found.st_ino)

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._turn.acquire(timeout=self.busy):
            raise StoreBusyError(f"The store {self.shown} was busy for {self.busy:g} s.", "Try again; nothing was written.")
        try:
            yield
        finally:
            self._turn.release()

    def _is_there(self) -> None:
        """SQLite goes on writing to a file that has lost its name, where nobody would find it again."""
        if self._file is None:
            return
        try:
            found = os.stat(str(self._url.database))
        except OSError as error:
            raise StoreError(f"The store {self.shown} is gone ({error.strerror}).", "Put it back and start again.") from None
        if (found.st_dev, found.st_ino) != self._file:
            raise StoreError(f"The store {self.shown} was replaced by another file.", "Start again to use that one.")

    def _is_whole(self, connection: Connection) -> None:
        """On a full disk SQLite ends the transaction by itself; what came after must not count as written."""
        if self.sqlite and not _driver(connection).in_transaction:
            raise StoreError(f"The store {self.shown} gave up a transaction.", "Free the disk, and try again.")

    def _was_committed(self, mark: str) -> bool:
        """What became of a transaction whose connection broke at the commit: the server knows."""
        try:
            with self._engine.connect() as connection:
                state = connection.scalar(text("SELECT pg_xact_status(CAST(:mark AS xid8))"), {"mark": mark})
        except DBAPIError:
            return False
        return bool(state == "committed")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)  # asked of SQLite only
    return driver


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except (ArgumentError, ValueError):
        raise ParameterError("The store's URL cannot be understood.", HINT) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        backend = parsed.get_backend_name()
    except NoSuchModuleError:
        backend = parsed.drivername
    if backend not in ("sqlite", "postgresql"):
        raise ParameterError(f"The store cannot be kept in {backend}.", HINT)
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ParameterError("A store in memory would forget everything.", HINT)
        parsed = parsed.set(database=str(Path(str(parsed.database)).absolute()))
    return parsed


def _sqlite(url: URL, busy: float) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=24, pool_timeout=busy)

    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say, below
        connection.execute(f"PRAGMA busy_timeout = {int(busy * 1000)}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect in a new file only
        _use_wal(connection, busy)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # 32 MB: fewer rounds of writing the same pages of the index

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("standout_writes", False)
        driver = _driver(connection)  # itself: twice a transaction, SQLAlchemy's way takes longer than what is asked
        driver.execute(f"PRAGMA query_only = {0 if writes else 1}")
        # a transaction that reads first and writes later could find the lock taken with no way to wait for it
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_wal(connection: sqlite3.Connection, busy: float) -> None:
    """SQLite does not wait for others when the mode of a new file changes, so this does."""
    until = time.monotonic() + busy
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _postgresql(url: URL, busy: float) -> Engine:
    patience = int(busy * 1000)
    told = url.query.get("options", "")
    options = (
        f"{told if isinstance(told, str) else ' '.join(told)} -c search_path={SCHEMA} -c lock_timeout={patience}"
        " -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    ).strip()
    return create_engine(
        url.difference_update_query(["options"]), hide_parameters=True, pool_size=8, max_overflow=24,
        pool_timeout=busy, pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": max(2, int(busy)), "application_name": "standout",
                      "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20000},
    )  # fmt: skip
