"""Messages to send: written with what they tell of, claimed by one worker at a time, never lost and never sent twice unknowingly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from standout.core.errors import UnknownNameError
from standout.deploy.store.records import Message, Sending
from standout.deploy.store.rows import Page, Repository, as_record, as_row, newest_first, one
from standout.deploy.store.tables import MESSAGE

M = MESSAGE.c


class Outbox(Repository):
    """Messages by number, newest first."""

    def add(self, messages: Sequence[Message]) -> int:
        """Store messages; one whose key is there already is left out. Returns how many are new."""
        rows = [as_row(m, "id") for m in messages]
        asked = self._insert(MESSAGE).on_conflict_do_nothing(index_elements=[M.key]).returning(M.id)
        return sum(self._connection.execute(asked.values(row)).first() is not None for row in rows)

    def waits(self, channel: str, now: datetime) -> bool:
        """Whether there is something to do for a channel: a message that is due, or one that was left in the midst of sending."""
        due = (M.state == Sending.PENDING) & (M.due <= now)
        left = (M.state == Sending.SENDING) & (M.until <= now)
        asked = select(M.id).where(M.channel == channel, due | left).limit(1)
        return self._connection.scalar(asked) is not None

    def claim(self, channel: str, now: datetime, *, claim: str, seconds: float, limit: int) -> list[Message]:
        """Take due messages of a channel, the oldest first, to send them as one; no other worker gets them.

        Messages that were sent together before stay together, so that the key that went along means the same again. A message that
        is not settled within `seconds` counts as in doubt.
        """
        due = (M.channel == channel, M.state == Sending.PENDING, M.due <= now)
        first = self._connection.execute(
            select(M.sent_as).where(*due).order_by(M.due, M.id).limit(1).with_for_update(skip_locked=True)
        ).first()
        if first is None:
            return []
        asked = select(MESSAGE).where(*due, M.sent_as == first.sent_as).order_by(M.due, M.id).with_for_update(skip_locked=True)
        found = [as_record(Message, r) for r in self._connection.execute(asked if first.sent_as else asked.limit(limit))]
        if not found:
            return []
        changed = {
            "state": Sending.SENDING,
            "sent_as": first.sent_as or found[0].key,
            "tries": M.tries + 1,
            "claim": claim,
            "until": now + timedelta(seconds=seconds),
        }
        ids = [m.id for m in found]
        self._connection.execute(update(MESSAGE).where(M.id.in_(ids)).values(changed))
        return [
            as_record(Message, r) for r in self._connection.execute(select(MESSAGE).where(M.id.in_(ids)).order_by(M.due, M.id))
        ]

    def settle(
        self,
        messages: Sequence[Message],
        state: Sending,
        *,
        now: datetime,
        error: str = "",
        due: datetime | None = None,
        apart: bool = False,
    ) -> int:
        """Say what became of claimed messages: sent, dead, in doubt, or pending again with when they are due next.

        apart: they need not be sent together again, since nobody has seen the key that they had. Returns how many were still this
        claim's: what another has settled in the meantime stays as it is.
        """
        mine = (M.id.in_([m.id for m in messages]), M.claim == messages[0].claim, M.state.in_((Sending.SENDING, Sending.DOUBT)))
        changed = {"state": state, "error": error, "sent": now if state is Sending.SENT else None, "until": None}
        if due is not None:
            changed["due"] = due
        if apart:
            changed["sent_as"] = ""
        return self._connection.execute(update(MESSAGE).where(*mine).values(changed)).rowcount

    def doubt(self, channel: str, now: datetime, *, keys: bool) -> int:
        """Settle what was being sent when its worker died: in doubt, or due again where the receiver knows keys."""
        left = (M.channel == channel, M.state == Sending.SENDING, M.until <= now)
        again = {"state": Sending.PENDING, "due": now, "until": None}
        error = "the process ended while this was being sent; it may have arrived"
        unsure = {"state": Sending.DOUBT, "error": error, "until": None}
        return self._connection.execute(update(MESSAGE).where(*left).values(again if keys else unsure)).rowcount

    def resend(self, number: int, now: datetime) -> None:
        """Send a dead or doubtful message again, by hand; others sent with it stay as they are."""
        mine = (M.id == number, M.state.in_((Sending.DEAD, Sending.DOUBT)))
        again = {"state": Sending.PENDING, "due": now, "tries": 0, "sent_as": "", "until": None}
        if not self._connection.execute(update(MESSAGE).where(*mine).values(again)).rowcount:
            raise UnknownNameError(f"There is no dead or doubtful message {number}.", "Only those can be sent again by hand.")

    def get(self, number: int) -> Message | None:
        """A message by its number."""
        return one(self._connection, MESSAGE, Message, M.id == number)

    def of_incident(self, incident: int) -> list[Message]:
        """Every message of an incident, the oldest first."""
        asked = select(MESSAGE).where(M.incident == incident).order_by(M.id)
        return [as_record(Message, row) for row in self._connection.execute(asked)]

    def page(
        self, *, state: Sending | None = None, channel: str | None = None, before: int | None = None, limit: int = 50
    ) -> Page[Message]:
        """Newest first."""
        equal = {"state": state, "channel": channel}
        conditions = [M[name] == value for name, value in equal.items() if value is not None]
        return newest_first(self._connection, MESSAGE, Message, conditions, before, limit)

    def counts(self) -> dict[Sending, int]:
        """How many messages are in each state; states without any are left out."""
        found = self._connection.execute(select(M.state, func.count()).group_by(M.state))
        return {state: count for state, count in found}  # noqa: C416  # dict() does not know that rows are pairs
