"""The short way for single events: routes that the front calls itself, past what FastAPI does for each request.

Who asks, how often and how much was checked by the front, as for every request; another route of the same address tells of it in the
description, and does the same where it is called.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from standout.core.errors import ParameterError
from standout.deploy.api.asked import Asked, Message, Scope
from standout.deploy.api.context import Context, of
from standout.deploy.api.roles import check
from standout.deploy.store.records import Role


@dataclass(frozen=True, slots=True)
class Call:
    """One request of such a route. stream: as its address names it; query: what stands behind the address's question mark."""

    context: Context
    stream: str
    query: Mapping[str, str]
    body: bytes
    kind: str
    accept: str

    @classmethod
    def of(cls, request: Request, stream: str, **query: str) -> Call:
        """The same, of a request that came through FastAPI."""
        told = request.headers
        return cls(of(request), stream, query, request.state.body, told.get("content-type", ""), told.get("accept", ""))

    def layout(self, known: Sequence[str]) -> str:
        """How the answer is laid out; ParameterError for a layout or any other parameter that is not known."""
        layout = self.query.get("layout", known[0])
        if others := sorted(self.query.keys() - {"layout"}):
            raise ParameterError(f"There is no parameter {others[0]!r} at this address.", "It takes layout alone.")
        if layout not in known:
            raise ParameterError(f"layout is {layout!r}.", f"It is one of {', '.join(known)}.")
        return layout


@dataclass(frozen=True)
class Quick:
    """A route for POST. path: the pattern of its address, with {stream} for the name of a stream."""

    path: str
    endpoint: Callable[[Call], Awaitable[Response]]
    role: Role
    method: str = "POST"
    _form: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        before, _, after = self.path.partition("{stream}")
        object.__setattr__(self, "_form", re.compile(f"{re.escape(before)}([^/]+){re.escape(after)}"))

    def stream_of(self, asked: Asked) -> str | None:
        """The stream that a request is about; None where it is for another route."""
        found = self._form.fullmatch(asked.path) if asked.method == self.method else None
        return found[1] if found else None

    async def answered(self, context: Context, scope: Scope, asked: Asked, stream: str, body: bytes) -> tuple[Message, Message]:
        """The two messages of ASGI that answer. Raises NotKnown, NotAllowed, and whatever the route does."""
        scope["route"] = self  # as FastAPI does, for the log
        check(scope["state"]["who"], self.role)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)) if scope["query_string"] else {}
        kind, accept = (asked.found.get(name, b"").decode("latin-1") for name in (b"content-type", b"accept"))
        response = await self.endpoint(Call(context, stream, query, body, kind, accept))
        start: Message = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
        return start, {"type": "http.response.body", "body": response.body}
