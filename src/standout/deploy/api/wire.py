"""From bytes to requests, with two limits that the web server leaves out: how large headers may be, and how long they may take.

A caller who sends a header a minute, or never ends one, would otherwise hold a connection for nothing.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from standout.deploy.api.problems import HeaderTooLarge, Malformed, Problem, body_of

LARGEST = 32 << 10
"""Bytes of a request's first line and headers."""
MOST = 100
"""Headers of a request."""
SECONDS = 10.0
"""For a request's headers to arrive, from its first byte or from the connection's beginning."""


class Wire(HttpToolsProtocol):
    """One connection."""

    _head = 0
    _waiting: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; those of a head that is too large end the connection."""
        before = self._head
        super().data_received(data)
        if before and self._head:  # a head that began earlier and is still not whole
            self._head += len(data)
            if self._head > LARGEST:
                self._refuse(HeaderTooLarge(f"The headers have more than {LARGEST:,} bytes.", "Send less with each request."))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head = 1
        self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in, and its size."""
        self._head += len(name) + len(value)
        if self._head > LARGEST or len(self.headers) >= MOST:
            raise ValueError("headers above the limit")  # the parser stops, and the caller is told below
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: what comes now has limits of its own."""
        if self._head + len(self.url) > LARGEST:
            raise ValueError("an address above the limit")
        self._head = 0
        self._wait_no_longer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Tell of bytes that are no request, in the form that every error has."""
        del msg
        if self._head > LARGEST or (self.headers is not None and len(self.headers) >= MOST):
            self._refuse(HeaderTooLarge(f"A request may have {MOST} headers of {LARGEST:,} bytes together.", "Send fewer."))
        else:
            self._refuse(Malformed("This is no HTTP request.", "Send HTTP/1.1; for TLS put a proxy in front."))

    def _refuse(self, problem: Problem) -> None:
        self._wait_no_longer()
        if self.transport.is_closing():
            return
        body = body_of(problem)
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[problem.status] + head + body)
        self.transport.close()

    def _wait(self) -> None:
        self._wait_no_longer()
        self._waiting = self.loop.call_later(SECONDS, self._too_late)

    def _wait_no_longer(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
