"""What databases say when something is wrong, in our words: an error with a name and one thing to try."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from standout.core.errors import StandoutError, StoreBusyError, StoreError

Told = tuple[type[StoreError], str, str]

TRY_AGAIN = "Try again; nothing was written."
SQLITE: dict[int, Told] = {
    sqlite3.SQLITE_BUSY: (StoreBusyError, "is locked by another process", TRY_AGAIN),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, "is locked by another connection", TRY_AGAIN),
    sqlite3.SQLITE_FULL: (StoreError, "cannot grow: its disk is full", "Free the disk, or shorten what is kept."),
    sqlite3.SQLITE_READONLY: (StoreError, "cannot be written", "Give this user the right to write the file and its folder."),
    sqlite3.SQLITE_PERM: (StoreError, "cannot be opened", "Give this user the right to read and write it."),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened", "Check that its folder is there and can be written."),
    sqlite3.SQLITE_IOERR: (StoreError, "cannot be read or written: its disk answers with an error", "Check the disk."),
    sqlite3.SQLITE_CORRUPT: (StoreError, "is damaged", "Put a backup in its place; sqlite3's .recover may save rows."),
    sqlite3.SQLITE_NOTADB: (StoreError, "is not a database", "Choose another path for the store."),
}
"""By SQLite's primary result code."""
POSTGRESQL: dict[str, Told] = {
    "08": (StoreBusyError, "is out of reach", "Check that the server runs; it is tried again."),
    "57P": (StoreBusyError, "is shutting down or starting", "Check that the server runs; it is tried again."),
    "53300": (StoreBusyError, "has no connection free", "Raise max_connections, or close other clients."),
    "53": (StoreError, "has no room left", "Free the server's disk, or shorten what is kept."),
    "40": (StoreBusyError, "had two writers in each other's way", TRY_AGAIN),
    "55P03": (StoreBusyError, "is locked by another connection", TRY_AGAIN),
    "57014": (StoreBusyError, "took too long to answer", TRY_AGAIN),
    "25P03": (StoreBusyError, "closed a transaction that stood still", TRY_AGAIN),
    "25006": (StoreError, "cannot be written", "Give the URL of the server that takes writes."),
    "28": (StoreError, "refuses this user", "Check name and password in the URL."),
    "3D000": (StoreError, "does not exist", "Create the database first."),
    "42501": (StoreError, "does not allow this", "Grant the user CREATE on the database."),
    "XX00": (StoreError, "is damaged", "See the server's log, and put a backup in its place."),
}
"""By the beginning of PostgreSQL's SQLSTATE; the longest that fits."""


@contextmanager
def named(where: str, password: str = "") -> Iterator[None]:
    """Turn what the database raises into errors of ours. where: the store's URL without its password.

    Raises StoreBusyError for what may be tried again as it is, StoreError for what may not.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        ours = getattr(error, "orig", None)
        if isinstance(ours, StandoutError):  # found while a value was written
            raise ours from None
        raise translated(error, where, password) from None


def translated(error: Exception, where: str, password: str = "") -> StoreError:
    """The error that says the same in our words."""
    original = getattr(error, "orig", None) or error
    kind, what, hint = _told(error, original)
    reason = " ".join(str(original).split()).rstrip(".")[:300]
    if password:
        reason = reason.replace(password, "***")
    return kind(f"The store {where} {what} ({reason}).", hint)


def is_lost(error: Exception) -> bool:
    """Whether the connection broke, so that nobody knows what became of a commit."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _told(error: Exception, original: Exception | BaseException) -> Told:
    if isinstance(error, PoolTimeout):
        return StoreBusyError, "has no connection free", TRY_AGAIN
    code = getattr(original, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in SQLITE:
        return SQLITE[code & 0xFF]
    state = getattr(original, "sqlstate", None)
    if state:
        fitting = [start for start in POSTGRESQL if state.startswith(start)]
        if fitting:
            return POSTGRESQL[max(fitting, key=len)]
    elif code is None and (is_lost(error) or type(original).__name__ == "OperationalError"):  # psycopg could not connect
        return POSTGRESQL["08"]
    return StoreError, "refused what was asked of it", "Please report this with the text in brackets."
