"""The store of the live service: what was taken in, what became of it, and what people said of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from standout.core.errors import StoreBusyError
from standout.deploy.store.alerts import Alerts
from standout.deploy.store.database import Database
from standout.deploy.store.incidents import Incidents
from standout.deploy.store.journal import Journal
from standout.deploy.store.keys import Keys
from standout.deploy.store.labels import Labels
from standout.deploy.store.migrating import migrate
from standout.deploy.store.outbox import Outbox
from standout.deploy.store.overview import AuditLog, Lanes
from standout.deploy.store.quiet import Calendars, Silences
from standout.deploy.store.streams import Leases, Snapshots, Streams
from standout.deploy.store.verdicts import VerdictLog

T = TypeVar("T")


class Unit:
    """Every repository in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.streams = Streams(connection)
        self.snapshots = Snapshots(connection)
        self.leases = Leases(connection)
        self.journal = Journal(connection)
        self.verdicts = VerdictLog(connection)
        self.alerts = Alerts(connection)
        self.incidents = Incidents(connection)
        self.labels = Labels(connection)
        self.silences = Silences(connection)
        self.calendars = Calendars(connection)
        self.outbox = Outbox(connection)
        self.keys = Keys(connection)
        self.audit = AuditLog(connection)
        self.lanes = Lanes(connection)


class Store:
    """Everything that the service keeps, in SQLite or PostgreSQL. Safe to use from many threads.

    What `writing` committed is on disk when it returns; what it did not commit leaves no trace. Errors are StoreError, or
    StoreBusyError where the same may be tried again.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from standout.deploy.store.records import Audit
    >>> with tempfile.TemporaryDirectory() as folder, Store.open(f"{folder}/standout.db") as store:
    ...     with store.writing() as unit:
    ...         number = unit.audit.add(Audit(datetime.now(UTC), "anna", "signed in"))
    ...     with store.reading() as seen:
    ...         [entry.what for entry in seen.audit.page().items]
    ['signed in']
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, busy: float = 5.0) -> Self:
        """Open a store by path or URL, make it where there is none, and bring it to the newest schema.

        busy: seconds that a writer waits for others. Raises StoreError where it is newer, damaged, not ours or cannot be used,
        ParameterError for a URL that names none, MissingExtraError without PostgreSQL's driver.
        """
        database = Database(url, busy)
        try:
            migrate(database)
            database.remember_file()
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def shown(self) -> str:
        """Where the store is, without its password."""
        return self._database.shown

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """One transaction: all of it is on disk at the end, or none of it on any error."""
        with self._database.writing() as connection:
            yield Unit(connection)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """The store as it is at the first question, whatever is written meanwhile; writing here is refused."""
        with self._database.reading() as connection:
            yield Unit(connection)

    def write(self, work: Callable[[Unit], T], *, tries: int = 5) -> T:
        """Do work in one transaction, and again from its start where the store was busy or out of reach.

        Work must do nothing that a second time would do twice, besides writing to the unit. Raises what the last try raised.
        """
        for left in range(tries - 1, -1, -1):
            try:
                with self.writing() as unit:
                    return work(unit)
            except StoreBusyError:
                if not left:
                    raise
                time.sleep(random.uniform(0.05, 0.2) * (tries - left))
        raise AssertionError("unreachable: the last try returns or raises")

    def give_back(self, pages: int) -> int:
        """Return unused pages of SQLite's file to the disk, at most so many; how many were. PostgreSQL does so by itself."""
        return self._database.give_back(pages)
