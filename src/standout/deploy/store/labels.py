"""Labels: what people say of alerts. The alert shows the newest that was not undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update

from standout.core.errors import UnknownNameError
from standout.deploy.store.records import Label, Outcome
from standout.deploy.store.rows import Page, Repository, add_one, as_record, newest_first, one
from standout.deploy.store.tables import ALERT, LABEL


class Labels(Repository):
    """Labels by number, newest first."""

    def add(self, label: Label) -> int:
        """Store a label and show it at its alert; returns its number. Raises UnknownNameError where there is no such alert."""
        if self._connection.scalar(select(ALERT.c.id).where(ALERT.c.id == label.alert)) is None:
            raise UnknownNameError(f"There is no alert {label.alert}.", "It may have been removed by retention.")
        number = add_one(self._connection, LABEL, label)
        self._show(label.alert)
        return number

    def undo(self, number: int, by: str, at: datetime) -> Label:
        """Take a label back; what it did ends and it stays on record. Undoing twice changes nothing. Returns it as it is now."""
        found = self.get(number)
        if found is None:
            raise UnknownNameError(f"There is no label {number}.", "It may have been removed by retention.")
        taken_back = update(LABEL).where(LABEL.c.id == number, LABEL.c.undone.is_(None)).values(undone=at, undone_by=by)
        self._connection.execute(taken_back)
        self._show(found.alert)
        return self.get(number) or found

    def get(self, number: int) -> Label | None:
        """A label by its number."""
        return one(self._connection, LABEL, Label, LABEL.c.id == number)

    def of_alert(self, alert: int) -> list[Label]:
        """Every label of an alert, undone ones too, the oldest first."""
        asked = select(LABEL).where(LABEL.c.alert == alert).order_by(LABEL.c.id)
        return [as_record(Label, row) for row in self._connection.execute(asked)]

    def standing(self, stream: str) -> list[Label]:
        """A stream's labels that were not undone, the oldest first."""
        asked = select(LABEL).where(LABEL.c.stream == stream, LABEL.c.undone.is_(None)).order_by(LABEL.c.id)
        return [as_record(Label, row) for row in self._connection.execute(asked)]

    def mark(self, stream: str) -> tuple[int, int]:
        """The newest label's number and how many were undone: another pair once a label came or went."""
        asked = select(func.coalesce(func.max(LABEL.c.id), 0), func.count(LABEL.c.undone)).where(LABEL.c.stream == stream)
        newest, undone = self._connection.execute(asked).one()
        return int(newest), int(undone)

    def hidden(self, labels: Collection[int]) -> dict[int, int]:
        """How many alerts each of some labels has hidden so far; those that hid none are left out."""
        A = ALERT.c
        asked = select(A.hidden_by, func.count()).where(A.outcome == Outcome.SUPPRESSED, A.hidden_by.in_(sorted(labels)))
        return {int(number): int(count) for number, count in self._connection.execute(asked.group_by(A.hidden_by))}

    def page(self, *, stream: str | None = None, before: int | None = None, limit: int = 50) -> Page[Label]:
        """Newest first."""
        conditions = [] if stream is None else [LABEL.c.stream == stream]
        return newest_first(self._connection, LABEL, Label, conditions, before, limit)

    def _show(self, alert: int) -> None:
        newest = (
            select(LABEL.c.verdict)
            .where(LABEL.c.alert == alert, LABEL.c.undone.is_(None))
            .order_by(LABEL.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        self._connection.execute(update(ALERT).where(ALERT.c.id == alert).values(verdict=newest))
