"""What the front needs to know of a request, read from its headers in one pass."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from standout.deploy.api.problems import WrongMedia

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_WANTED = frozenset({b"host", b"authorization", b"x-api-key", b"cookie", b"origin", b"sec-fetch-site", b"content-length",
                     b"content-encoding", b"content-type", b"accept", b"x-request-id"})  # fmt: skip
_MINE, _COUNT = secrets.token_hex(4), count()  # an id is asked of chance once: it must be like no other, not a secret
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Asked:
    """One request. id: the caller's X-Request-ID where it has a plain form, else a new one; address: the caller's."""

    id: str
    method: str
    path: str
    address: str
    found: dict[bytes, bytes]

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        """Read the headers that matter here; of one that stands twice the first is taken."""
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _WANTED:
                found.setdefault(name, value)
        given = found.get(b"x-request-id", b"")
        id_ = given.decode() if _ID.fullmatch(given) else f"{_MINE}{next(_COUNT):08x}"
        client = scope.get("client")
        return cls(id_, scope.get("method", "GET"), scope["path"], client[0] if client else "", found)

    @property
    def token(self) -> str:
        """The API key that came with it, or nothing."""
        kind, _, rest = self.found.get(b"authorization", b"").partition(b" ")
        given = rest.strip() if kind.lower() == b"bearer" else b""
        return (given or self.found.get(b"x-api-key", b"").strip()).decode("latin-1")

    @property
    def length(self) -> int | None:
        """How many bytes the body has, where the caller says so."""
        told = self.found.get(b"content-length", b"")
        return int(told) if told.isdigit() else None

    def check_not_packed(self) -> None:
        """WrongMedia for a body that is compressed: a small one could unpack to any size."""
        packing = self.found.get(b"content-encoding", b"identity").strip().lower()
        if packing not in (b"identity", b""):
            raise WrongMedia("The body is compressed.", "Send it as it is, without Content-Encoding.")

    def from_elsewhere(self, origins: frozenset[bytes]) -> bool:
        """Whether a page of another site has made a browser send this."""
        origin = self.found.get(b"origin")
        if origin is not None:
            return origin.partition(b"://")[2] != self.found.get(b"host") and origin not in origins
        return self.found.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin")
