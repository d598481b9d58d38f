"""Every error that Standout raises on purpose.

::

    StandoutError                      code              exit
    ├── DataError (ValueError)         data                 3   the table cannot be used as it is
    │   ├── UnreadableError            unreadable           3   a file, folder, query or encoding cannot be read
    │   ├── EmptyTableError            empty-table          3   no rows, or no columns left to learn from
    │   ├── SchemaError                schema               3   columns doubled, unknown, or missing where required
    │   ├── TooFewRowsError            too-few-rows         3   fewer rows than the method needs
    │   ├── NotFiniteError             not-finite           3   NaN, infinite or too huge numbers reached a detector
    │   └── LabelError                 label                3   a label column that cannot be understood
    ├── ParameterError (ValueError)    parameter            2   a value out of its range
    │   └── UnknownNameError           unknown-name         2   no such detector, policy, column or key
    ├── ParameterTypeError (TypeError) parameter-type       2   a value of the wrong type
    ├── ModelFileError (ValueError)    model-file           4   truncated, altered, hostile, or of a newer version
    ├── OutputError (ValueError)       output               5   a result cannot be written
    ├── ServiceError (ValueError)      service              8   the live service cannot take this now
    │   ├── QueueFullError             queue-full           8   rows come faster than they are taken in: slow down
    │   ├── ElsewhereError             elsewhere            8   another server watches the stream
    │   └── ClosedError                closed               8   the service is stopping
    ├── MissingExtraError (ValueError) missing-extra        6   an optional dependency is not installed
    └── StoreError (ValueError)        store                7   the live service's store is full, gone, altered or not ours
        ├── StoreBusyError             store-busy           7   locked, slow or out of reach for the moment: try again
        └── LeaseLostError             lease-lost           7   another server took over what this one was writing

Each carries a ``code``, ``what`` happened (naming the column, row or parameter) and ``hint``, one thing to try. The command
line prints the three without a traceback and leaves with the exit code above; the HTTP API answers them with status 422.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class StandoutError(Exception):
    """The root: catch this to catch all of them."""

    code: ClassVar[str] = "standout"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what} {hint}".strip())
        self.what = what
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The three fields that the API and ``--json`` show."""
        return {"code": self.code, "what": self.what, "hint": self.hint}


class DataError(StandoutError, ValueError):
    """The table cannot be used as it is."""

    code = "data"
    exit_code = 3


class UnreadableError(DataError):
    """A file, folder, query or encoding that cannot be read."""

    code = "unreadable"


class EmptyTableError(DataError):
    """No rows, or no columns left to learn from."""

    code = "empty-table"


class SchemaError(DataError):
    """Columns doubled, unknown, or missing where required."""

    code = "schema"


class TooFewRowsError(DataError):
    """Fewer rows than the method needs."""

    code = "too-few-rows"

    @classmethod
    def needed(cls, who: str, rows: int, least: int) -> TooFewRowsError:
        """Name the method, what it got and what it needs."""
        return cls(f"{who} needs at least {least} rows and got {rows}.", "Give it more rows.")


class NotFiniteError(DataError):
    """NaN, infinite or too huge numbers reached a detector."""

    code = "not-finite"


class LabelError(DataError):
    """A label column that cannot be understood."""

    code = "label"


class ParameterError(StandoutError, ValueError):
    """A value out of its range."""

    code = "parameter"
    exit_code = 2


class UnknownNameError(ParameterError):
    """No such detector, policy, column or key."""

    code = "unknown-name"

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """Name what was asked for and the nearest names that exist."""
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        listed = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {listed or 'none'}."
        return cls(f"There is no {what} named {name!r}.", hint)


class ParameterTypeError(StandoutError, TypeError):
    """A value of the wrong type."""

    code = "parameter-type"
    exit_code = 2


class ModelFileError(StandoutError, ValueError):
    """A model file that is truncated, altered, hostile, or of a newer version."""

    code = "model-file"
    exit_code = 4


class OutputError(StandoutError, ValueError):
    """A result that cannot be written."""

    code = "output"
    exit_code = 5


class ServiceError(StandoutError, ValueError):
    """The live service cannot take this now; nothing of it was taken in."""

    code = "service"
    exit_code = 8


class QueueFullError(ServiceError):
    """Rows come faster than they are taken in: wait a moment and send them again."""

    code = "queue-full"


class ElsewhereError(ServiceError):
    """Another server watches the stream; this one scores and reads."""

    code = "elsewhere"


class ClosedError(ServiceError):
    """The service is stopping."""

    code = "closed"


class MissingExtraError(StandoutError, ValueError):
    """An optional dependency that is not installed."""

    code = "missing-extra"
    exit_code = 6

    @classmethod
    def for_package(cls, what: str, package: str, extra: str) -> MissingExtraError:
        """Say what needs the package and the line that installs it."""
        return cls(f"{what} needs {package}, which is not installed.", f"Run: pip install 'standout[{extra}]'")


class StoreError(StandoutError, ValueError):
    """The live service's store is full, gone, altered, of a newer version or not ours."""

    code = "store"
    exit_code = 7


class StoreBusyError(StoreError):
    """The store is locked, slow or out of reach for the moment; nothing was written, and the same may be tried again."""

    code = "store-busy"


class LeaseLostError(StoreError):
    """Another server took over the stream that this one was writing; nothing was written."""

    code = "lease-lost"
