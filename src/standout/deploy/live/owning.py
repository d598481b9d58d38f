"""Which streams this server watches: one lease each, let go when it stops, taken over when its holder has died or gone silent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from standout.core.errors import ElsewhereError, LeaseLostError
from standout.deploy.store.records import Lease
from standout.deploy.store.store import Unit

ELSEWHERE = "Send its rows there; or stop that one, and this one takes over; or give this one a --store of its own."


def in_words(owner: str) -> str:
    """An owner as a person can find it.

    >>> in_words("north/4711/99"), in_words("")
    ('process 4711 on north', 'another server')
    """
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    return f"process {pid} on {host}" if pid else owner or "another server"


def me() -> str:
    """This process, as others on this machine and elsewhere can tell it: host, number, and when it began."""
    return f"{socket.gethostname()}/{os.getpid()}/{_began(os.getpid())}"


def _began(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where that cannot be told."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_dead(owner: str) -> bool:
    """Whether an owner was a process of this machine that is no more; False where nobody can tell."""
    host, _, rest = owner.partition("/")
    pid, _, began = rest.partition("/")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    now = _began(int(pid))
    return bool(began and now) and began != now


class Owning:
    """The leases that this server holds. seconds: after which a silent holder's stream is anyone's."""

    def __init__(self, seconds: float, owner: str = "") -> None:
        self.owner, self._seconds = owner or me(), seconds
        self.held: dict[str, Lease] = {}
        self.others: dict[str, str] = {}

    def acquire(self, unit: Unit, streams: Iterable[str]) -> list[str]:
        """Try to take streams; returns those that are this server's now and were not before."""
        gained = []
        for stream in streams:
            if stream in self.held:
                continue
            lease = unit.leases.acquire(stream, self.owner, self._seconds)
            if lease is None:
                holder = unit.leases.get(stream)
                if holder is not None and is_dead(holder.owner):
                    unit.leases.release(holder)
                    lease = unit.leases.acquire(stream, self.owner, self._seconds)
            if lease is None:
                self.others[stream] = holder.owner if holder else ""
                continue
            self.held[stream] = lease
            gained.append(stream)
        return gained

    def renew(self, unit: Unit) -> list[str]:
        """Hold what is held for longer; returns the streams that another has taken."""
        lost = []
        for stream, lease in list(self.held.items()):
            try:
                self.held[stream] = unit.leases.renew(lease, self._seconds)
            except LeaseLostError:
                lost.append(stream)
                self.lose(stream)
        return lost

    def check(self, unit: Unit, stream: str) -> None:
        """Make sure that a stream is still this server's until the transaction ends. ElsewhereError, LeaseLostError where not."""
        lease = self.held.get(stream)
        if lease is None:
            raise self.elsewhere(stream)
        unit.leases.check(lease)

    def lose(self, stream: str) -> None:
        """Another has it."""
        self.held.pop(stream, None)
        self.others[stream] = ""

    def release(self, unit: Unit) -> None:
        """Let everything go, for others to take at once."""
        for lease in self.held.values():
            with suppress(LeaseLostError):
                unit.leases.release(lease)
        self.held.clear()

    def elsewhere(self, stream: str) -> ElsewhereError:
        """What senders of rows are told."""
        return ElsewhereError(f"{stream} is watched by {in_words(self.others.get(stream, ''))}.", ELSEWHERE)
