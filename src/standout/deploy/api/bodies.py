"""Bodies of requests, read whole within limits of size, of one and of all of them together.

A route gets its body at once; so a slow or endless one never reaches it.
"""

from __future__ import annotations

from standout.deploy.api.asked import Asked, Message, Receive
from standout.deploy.api.limits import Limits
from standout.deploy.api.problems import Busy, TooLarge

TOGETHER = 8
"""Bodies of the largest size that may be in memory at once."""


class Gone(Exception):
    """The caller hung up before the body was whole."""


class Bodies:
    """Reads bodies, and counts the bytes of those in hand."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._held = limits, 0

    async def read(self, asked: Asked, receive: Receive) -> bytes:
        """The body; TooLarge or Busy where it cannot be had. `release` it when the request is done. Whoever calls limits the time."""
        asked.check_not_packed()
        if (asked.length or 0) > self._limits.bytes:
            raise self._too_large()
        pieces: list[bytes] = []
        size = 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                self._hold(len(pieces[-1]))
                if size > self._limits.bytes:
                    raise self._too_large()
                if not message.get("more_body", False):
                    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        except BaseException:
            self.release(size)
            raise

    def release(self, size: int) -> None:
        """So many bytes are not in hand any more."""
        self._held -= size

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > TOGETHER * self._limits.bytes:
            raise Busy("Too many large bodies are being read at once.", "Try again in a moment.")

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The body has more than {self._limits.bytes:,} bytes.", "Send it in several requests.")


def replayed(body: bytes, receive: Receive) -> Receive:
    """ASGI's `receive` for a body that was read: it comes in one message, and then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
