"""Which names this server answers to.

A page of a stranger can point a name of its own at 127.0.0.1 and have a browser ask this server in its user's name (DNS rebinding).
The Host header then still has the stranger's name: so a server on loopback answers only to names of loopback.

>>> Hosts("127.0.0.1", ()).knows(b"localhost:8700"), Hosts("127.0.0.1", ()).knows(b"evil.example")
(True, False)
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

_FORM = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^\[\]:]+?)\.?)(?::\d*)?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach a server bound to this address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Hosts:
    """The names that a Host header may have: those given, and on loopback its own; elsewhere any, unless some are given."""

    def __init__(self, bound: str, allowed: Sequence[str]) -> None:
        names = {name.lower() for name in allowed}
        self._names = names | {bound.lower(), *LOOPBACK} if is_loopback(bound) or names else frozenset()

    def knows(self, header: bytes | None) -> bool:
        """Whether to answer a request with this Host header."""
        if not self._names:
            return True
        if header is None:
            return False
        found = _FORM.fullmatch(header.decode("latin-1").strip().lower())
        return found is not None and (found["v6"] or found["name"]) in self._names
