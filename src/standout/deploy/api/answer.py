"""The way out of every answer: its headers, its size, and an error in three fields where nothing was sent yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from standout.core.errors import StandoutError
from standout.deploy.api.asked import Message, Send
from standout.deploy.api.problems import body_of, headers_of, status_of

Headers = Sequence[tuple[bytes, bytes]]


class Answer:
    """Stands in for ASGI's `send`. status: of what was sent, 0 before; sent: bytes of its body."""

    def __init__(self, send: Send, request_id: str, headers: Headers) -> None:
        self._send, self._id, self._headers = send, request_id, headers
        self.status, self.sent = 0, 0
        self.began: Any = None

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.get("headers", ())
            told = {name for name, _ in own}
            more = [(name, value) for name, value in self._headers if not (name in told or told.add(name))]  # type: ignore[func-returns-value]  # set.add in a filter
            message["headers"] = [*own, *more, (b"x-request-id", self._id.encode())]
            if self.began is not None:
                self.began()
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)

    async def problem(self, error: StandoutError) -> None:
        """Answer with an error, unless an answer is already on its way."""
        if self.status:
            return
        self.began = None  # the deadline of the answer is over, or it was left with the error
        body = body_of(error)
        headers = [*headers_of(error), (b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": status_of(error), "headers": headers})
        await self({"type": "http.response.body", "body": body})
