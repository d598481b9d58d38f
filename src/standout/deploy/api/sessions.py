"""Sessions of the dashboard: a key, once shown, buys a cookie that scripts cannot read and other sites cannot send.

Sessions live in memory, as hashes: after a restart people log in again, and nobody who reads the store can become them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from standout.deploy.api.keys import Keys, Who
from standout.deploy.store.keys import digest

COOKIE = "standout_session"
LASTS = 12 * 3600.0
"""Seconds after which a session ends."""
MOST = 10_000


class Sessions:
    """Who is logged in."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys, self._clock = keys, clock
        self._open: dict[str, tuple[Who, float]] = {}

    def begin(self, who: Who) -> str:
        """A new session's secret, for the cookie."""
        now = self._clock()
        self._open = {k: v for k, v in self._open.items() if v[1] > now}
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        secret = secrets.token_urlsafe(32)
        self._open[digest(secret)] = (who, now + LASTS)
        return secret

    def who(self, cookie: bytes) -> Who | None:
        """Whose session a Cookie header belongs to; None once its key was revoked or its time is over."""
        secret = _secret(cookie)
        held = self._open.get(digest(secret)) if secret else None
        if held is None or held[1] <= self._clock() or not self._keys.holds(held[0]):
            return None
        return held[0]

    def end(self, cookie: bytes) -> None:
        """Log out."""
        self._open.pop(digest(_secret(cookie)), None)


def set_cookie(secret: str, *, secure: bool) -> str:
    """The Set-Cookie header of a session; an empty secret takes it away."""
    age = int(LASTS) if secret else 0
    return f"{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}" + ("; Secure" if secure else "")


def _secret(cookie: bytes) -> str:
    try:
        found = SimpleCookie(cookie.decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
