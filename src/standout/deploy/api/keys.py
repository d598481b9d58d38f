"""Who is asking: API keys as the store keeps them, compared in constant time, and what each role may do.

>>> Who("ops", Role.ACT).may(Role.VIEW), Who("robot", Role.INGEST).may(Role.VIEW)
(True, False)
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from standout.deploy.store.keys import digest
from standout.deploy.store.records import Key, Role

FRESH = 2.0
"""Seconds for which the list of keys is believed: so long a key that was revoked by another process may still work."""
RANK = {Role.INGEST: 0, Role.VIEW: 1, Role.ACT: 2}


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asking. name: what acts are signed with; key: the key's id, 0 where keys are off."""

    name: str
    role: Role
    key: int = 0

    def may(self, role: Role) -> bool:
        """Whether the role includes another."""
        return RANK[self.role] >= RANK[role]


ANYONE = Who("local", Role.ACT)
"""Who asks where keys are off: somebody on this machine."""


class Keys:
    """The keys that are known. load: reads them from the store; called again when what is known is older than `FRESH`."""

    def __init__(self, load: Callable[[], Sequence[Key]], clock: Callable[[], float] = time.monotonic) -> None:
        self._load, self._clock = load, clock
        self._lock = threading.Lock()
        self._known: tuple[tuple[bytes, Who], ...] = ()
        self._read = -FRESH

    def who(self, token: str) -> Who | None:
        """Whose key this is, or None. It is compared with every key, so that the time taken tells nothing."""
        given, found = digest(token).encode(), None
        for kept, who in self._current():
            if hmac.compare_digest(given, kept):
                found = who
        return found

    def holds(self, who: Who) -> bool:
        """Whether the key that somebody came with is still known, with the same role."""
        return any(kept == who for _, kept in self._current())

    def _current(self) -> tuple[tuple[bytes, Who], ...]:
        now = self._clock()
        if now - self._read >= FRESH and self._lock.acquire(blocking=False):
            try:
                self._known = tuple((k.hashed.encode(), Who(k.name, k.role, k.id)) for k in self._load() if k.revoked is None)
                self._read = now
            finally:
                self._lock.release()
        return self._known
