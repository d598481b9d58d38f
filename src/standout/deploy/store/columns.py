"""What a column of the store holds in Python and how it is written: moments, structures, choices and text, alike in every database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from standout.core.errors import ParameterTypeError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def as_number(moment: datetime) -> int:
    """Microseconds since 1970 in UTC.

    Raises ParameterTypeError for a time without a zone.

    >>> as_number(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if moment.tzinfo is None:
        raise ParameterTypeError(f"The time {moment} has no zone.", "Give a time in UTC.")
    return (moment - EPOCH) // MICROSECOND


def as_moment(number: int) -> datetime:
    """The time in UTC that a number of microseconds since 1970 stands for."""
    return EPOCH + number * MICROSECOND


def storable(text: str) -> str:
    r"""Text that every database takes: what UTF-8 or PostgreSQL cannot hold is written as its escape.

    >>> storable("a\x00b\ud800")
    'a\\x00b\\ud800'
    """
    if "\x00" in text:
        text = text.replace("\x00", "\\x00")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Moment(TypeDecorator[datetime]):
    """An aware time, exact to the microsecond, as a whole number: it sorts and compares alike in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To a number."""
        return None if value is None else as_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From a number."""
        return None if value is None else as_moment(value)


class Words(TypeDecorator[str]):
    """Text, with what a database cannot hold written as its escape."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To what the database takes."""
        return None if value is None else storable(value)


class Structure(TypeDecorator[Any]):
    """A mapping or list as JSON text. Numbers that are not finite are kept; what JSON does not know is written as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """To JSON."""
        return json.dumps(value, default=str, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From JSON."""
        return None if value is None else json.loads(value)


class _Member(TypeDecorator[Any]):
    """One of an enumeration."""

    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To its value."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From its value."""
        return None if value is None else self.kind(value)


class Choice(_Member):
    """One of an enumeration of words."""

    impl = Text
    cache_ok = True


class Rank(_Member):
    """One of an enumeration of numbers."""

    impl = Integer
    cache_ok = True
