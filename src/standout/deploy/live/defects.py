"""What is wrong with the data themselves, told once in a while: rows that cannot be read, columns that no longer come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from standout.core.finding import Finding
from standout.core.table import COLUMN_ABSENT
from standout.deploy.store.records import Alert, Kind, Outcome

MOST = 200


class Defects:
    """Defects of one stream that were told already. gap: seconds before the same is told again."""

    def __init__(self, stream: str, gap: float) -> None:
        self._stream, self._gap = stream, gap
        self.told: dict[str, float] = {}

    def of_rows(self, rejected: Mapping[int, str], findings: Iterable[Finding], now: datetime) -> list[Alert]:
        """Alerts for what is new among rows rejected and columns absent."""
        found = []
        if rejected and self._is_new("unread", now):
            why = next(iter(rejected.values()))
            found.append(self.alert("unread", f"Rows of {self._stream} cannot be read, such as one of which: {why}", now))
        for finding in findings:
            if finding.code == COLUMN_ABSENT.code and self._is_new(f"absent:{finding.column}", now):
                found.append(self.alert(f"absent:{finding.column}", finding.message, now))
        return found

    def alert(self, what: str, sentence: str, now: datetime, kind: Kind = Kind.DEFECT) -> Alert:
        """An alert about the stream itself; its reason begins with a colon, which no column's does by accident."""
        return Alert(self._stream, kind, now, sentence, Outcome.NOTIFIED, because=f":{what}")

    def _is_new(self, what: str, now: datetime) -> bool:
        at = now.timestamp()
        before = self.told.get(what)
        if before is not None and 0 <= at - before < self._gap:
            return False
        if len(self.told) >= MOST:
            self.told.clear()
        self.told[what] = at
        return True
