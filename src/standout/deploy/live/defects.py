"""What is wrong with the data themselves, told when it lasts: rows that cannot be read, columns that no longer come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from standout.core.table import COLUMN_ABSENT
from standout.deploy.live.rows import Read
from standout.deploy.store.records import Alert, Kind, Outcome

HALF = 1_000.0
"""Rows after which a row counts half in the share of rows that cannot be read."""
SHARE, FEWEST = 0.05, 10.0
IN_A_ROW = 100
"""Rows one after the other without a column, from which it counts as gone; a sender may leave one out now and then."""


class Defects:
    """Defects of one stream. gap: seconds before the same is told again."""

    def __init__(self, stream: str, gap: float) -> None:
        self._stream, self._gap = stream, gap
        self.told: dict[str, float] = {}
        self._rows, self._unread = 0.0, 0.0
        self._without: dict[str, int] = {}

    def of_rows(self, read: Read, rejected: Mapping[int, str], now: datetime) -> list[Alert]:
        """Alerts for what is new: too many rows rejected, columns that are gone."""
        fades = 0.5 ** (len(read) / HALF)
        self._rows, self._unread = self._rows * fades + len(read), self._unread * fades + len(rejected)
        found = []
        if rejected and self._unread >= max(FEWEST, SHARE * self._rows) and self._is_new("unread", now):
            share = 100.0 * self._unread / self._rows
            why = next(iter(rejected.values()))
            found.append(
                self.alert("unread", f"{share:.0f}% of the latest rows of {self._stream} cannot be read, such as: {why}", now)
            )
        gone = [name for name in self._gone(read) if self._is_new(f"absent:{name}", now)]
        if gone:
            listed = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
            found.append(
                self.alert("absent", f"{listed} of {self._stream} no longer come; their values are taken as missing.", now)
            )
        return found

    def _gone(self, read: Read) -> list[str]:
        for size, findings in zip(read.sizes, read.findings, strict=True):
            absent = {str(f.column) for f in findings if f.code == COLUMN_ABSENT.code}
            self._without = {name: self._without.get(name, 0) + size for name in sorted(absent)}
        return [name for name, rows in self._without.items() if rows >= IN_A_ROW]

    def alert(self, what: str, sentence: str, now: datetime, kind: Kind = Kind.DEFECT) -> Alert:
        """An alert about the stream itself; its reason begins with a colon, which no column's does by accident."""
        return Alert(self._stream, kind, now, sentence, Outcome.NOTIFIED, because=f":{what}")

    def _is_new(self, what: str, now: datetime) -> bool:
        at = now.timestamp()
        before = self.told.get(what)
        if before is not None and 0 <= at - before < self._gap:
            return False
        self.told[what] = at
        return True
