"""The worker that empties the outbox: one thread for each channel, so that a slow one holds up no other."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from standout.core.errors import StoreError
from standout.deploy.notify.channels import Channel
from standout.deploy.notify.sending import DEADLINE, Delivery, Fate, check, send
from standout.deploy.notify.texts import joined
from standout.deploy.store.records import Message, Sending
from standout.deploy.store.store import Store

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patiently messages are sent.

    tries: before a message is given up. first, longest: seconds to wait after the first failure, doubled each time, and at most;
    the real wait is drawn from half of it to all of it. look: seconds between two looks for messages that others wrote.
    claim: seconds after which a message that is being sent counts as in doubt. together: at most so many messages in one.
    """

    tries: int = 12
    first: float = 10.0
    longest: float = 3600.0
    look: float = 2.0
    claim: float = DEADLINE + 10.0
    together: int = 100
    deadline: float = DEADLINE

    def wait(self, tries: int) -> float:
        """Seconds to wait after so many tries."""
        whole = min(self.first * 2.0 ** min(tries - 1, 60), self.longest)
        return random.uniform(whole / 2, whole)


class Notifier:
    """Sends what is due in the outbox of a store, to each of some channels, from `start` until `stop`.

    A message is claimed in one transaction, sent, and settled in another. What was being sent when a process died is in doubt: it
    is shown and not sent again, unless the channel's receiver knows keys. Raises ParameterError for an address that Apprise does
    not understand, MissingExtraError without Apprise.
    """

    def __init__(self, store: Store, channels: Sequence[Channel], *, link: str = "", pace: Pace = Pace()) -> None:
        for channel in channels:
            check(channel)
        self.channels = tuple(channels)
        self._posts = [_Post(store, channel, link, pace) for channel in channels]

    def start(self) -> None:
        """Begin to send, in threads of its own."""
        for post in self._posts:
            post.thread.start()

    def poke(self) -> None:
        """Look for messages now; call it after a commit that added some. Costs next to nothing."""
        for post in self._posts:
            post.wake.set()

    def stop(self, timeout: float = DEADLINE) -> None:
        """Finish what is being sent and end; what is not due yet stays in the outbox."""
        for post in self._posts:
            post.stopped.set()
            post.wake.set()
        until = time.monotonic() + timeout
        for post in self._posts:
            if post.thread.is_alive():
                post.thread.join(max(0.0, until - time.monotonic()))


class _Post:
    """One channel's thread."""

    def __init__(self, store: Store, channel: Channel, link: str, pace: Pace) -> None:
        self._store, self._channel, self._link, self._pace = store, channel, link, pace
        self._claim = f"{channel.name}-{secrets.token_hex(8)}"
        self._sent: deque[float] = deque(maxlen=channel.per_minute)
        self._trouble = ""
        self.wake, self.stopped = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"standout-notify-{channel.name}", daemon=True)

    def _run(self) -> None:
        while not self.stopped.is_set():
            self.wake.clear()
            rest = self._rest()
            if rest > 0:
                self.stopped.wait(rest)
            elif not self._tried():
                self.wake.wait(self._pace.look)

    def _tried(self) -> bool:
        """Whether a message was sent; trouble is told once and waits, so that pokes cannot make it hurry."""
        try:
            found = self._once()
            self._trouble = ""
            return found
        except StoreError as error:
            trouble = str(error)
        except Exception as error:
            trouble = f"a defect, please report it: {type(error).__name__}"
            LOG.debug("A defect while sending to %s", self._channel.shown, exc_info=True)
        if trouble != self._trouble:
            LOG.warning("Messages to %s wait: %s", self._channel.shown, trouble)
        self._trouble = trouble
        self.stopped.wait(self._pace.look)
        return False

    def _rest(self) -> float:
        """Seconds until the channel may be told again."""
        if len(self._sent) < self._channel.per_minute:
            return 0.0
        return self._sent[0] + 60.0 - time.monotonic()

    def _once(self) -> bool:
        """Send what is due as one message; whether there was any."""
        channel, pace = self._channel, self._pace
        now = datetime.now(UTC)
        with self._store.reading() as seen:
            if not seen.outbox.waits(channel.name, now):
                return False
        with self._store.writing() as unit:
            unit.outbox.doubt(channel.name, now, keys=channel.keys)
            found = unit.outbox.claim(channel.name, now, claim=self._claim, seconds=pace.claim, limit=pace.together)
        if not found:
            return False
        self._sent.append(time.monotonic())
        title, body = joined(found, self._link)
        delivery = send(channel, title, body, found[0].sent_as, deadline=pace.deadline)
        self._settle(found, delivery)
        return True

    def _settle(self, messages: Sequence[Message], delivery: Delivery) -> None:
        """Write down what became of messages. It must be known, so this goes on until the store takes it or the process ends."""
        while True:
            try:
                with self._store.writing() as unit:
                    for state, some, due in self._outcome(messages, delivery):
                        unit.outbox.settle(
                            some, state, now=datetime.now(UTC), error=delivery.reason, due=due, apart=not delivery.reached
                        )
                return
            except StoreError as error:
                LOG.warning(
                    "What became of %d messages to %s cannot be written yet: %s", len(messages), self._channel.shown, error
                )
                if self.stopped.wait(self._pace.look):
                    return  # they will be in doubt

    def _outcome(
        self, messages: Sequence[Message], delivery: Delivery
    ) -> list[tuple[Sending, Sequence[Message], datetime | None]]:
        if delivery.fate is Fate.DELIVERED:
            return [(Sending.SENT, messages, None)]
        LOG.warning("A message to %s: %s", self._channel.shown, delivery.reason)
        if delivery.fate is Fate.UNKNOWN and not self._channel.keys:
            return [(Sending.DOUBT, messages, None)]
        # one that was sent together with tired ones is tired, too, or the key that went along would stand for other messages
        tired = max(m.tries for m in messages) >= self._pace.tries
        if delivery.reached:
            spent, left = (messages, []) if tired else ([], messages)
        else:
            spent = [m for m in messages if m.tries >= self._pace.tries]
            left = [m for m in messages if m.tries < self._pace.tries]
        due = datetime.now(UTC) + timedelta(seconds=self._pace.wait(min((m.tries for m in left), default=1)))
        return [(state, some, at) for state, some, at in ((Sending.DEAD, spent, None), (Sending.PENDING, left, due)) if some]
