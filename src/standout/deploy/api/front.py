"""What stands before every route: who asks, the size and time of a body, the log, and headers for browsers.

Written as plain ASGI, since a single event is answered in less time than a chain of middleware objects takes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from standout.core.errors import StandoutError
from standout.deploy.api.answer import Answer
from standout.deploy.api.asked import App, Asked, Message, Receive, Scope, Send
from standout.deploy.api.bodies import Bodies, Gone, replayed
from standout.deploy.api.context import Context
from standout.deploy.api.cors import ALLOWED, is_preflight, shared
from standout.deploy.api.gate import Gate
from standout.deploy.api.headers import DATA, PAGES
from standout.deploy.api.keys import Who
from standout.deploy.api.login import again, to_login
from standout.deploy.api.logs import Logs
from standout.deploy.api.problems import Busy, Defect, NotAllowed, NotFound, TooSlow
from standout.deploy.api.quick import Quick
from standout.deploy.store.records import Role

ROOT = ("/healthz", "/readyz", "/metrics", "/login", "/logout")
"""Addresses of ours outside /api; all others are the dashboard's."""
CLOSED = (
    "/_stcore/upload_file",
    "/_stcore/agent",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/auth",
    "/oauth2callback",
)
"""Doors of the dashboard's server that are not used, and so stay shut."""


@dataclass
class Front:
    """The application that the web server calls. api: our routes; pages: the dashboard, None where there is none.

    quick: routes for single events, each of which stands before the one of `api` that describes it.
    """

    api: App
    pages: App | None
    gate: Gate
    logs: Logs
    context: Context
    quick: tuple[Quick, ...] = ()
    bodies: Bodies = field(init=False)
    _in_hand: int = 0

    def __post_init__(self) -> None:
        self.bodies = Bodies(self.gate.limits)
        self.metrics = self.context.metrics
        self.metrics.in_hand.set_function(lambda: self._in_hand)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hold one WebSocket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.api(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, began = Asked.of(scope), time.perf_counter()
        ours = asked.path.startswith("/api/") or asked.path in ROOT
        answer = Answer(send, asked.id, (*shared(asked, self.gate.origins), *DATA) if ours else PAGES)
        state = scope.setdefault("state", {})
        state["who"], state["asked"], body = None, asked, b""
        self._in_hand += 1
        try:
            if self._in_hand > self.gate.limits.at_once:
                raise Busy("Too many requests are in hand.", "Try again in a moment.")
            state["who"] = self.gate.check(asked)
            if ours and is_preflight(asked, self.gate.origins):
                await answer({"type": "http.response.start", "status": 204, "headers": [*ALLOWED]})
                return await answer({"type": "http.response.body", "body": b""})
            async with asyncio.timeout(self.gate.limits.seconds) as deadline:
                if ours:
                    state["body"] = body = await self.bodies.read(asked, receive)
                deadline.reschedule(asyncio.get_running_loop().time() + self.gate.limits.answer_seconds)
                answer.began = lambda: deadline.reschedule(None)
                if not ours:
                    await self._page(asked, state["who"])(scope, receive, answer)
                elif not await self._quickly(asked, scope, answer, body):
                    await self.api(scope, replayed(body, receive), answer)
        except Gone:
            pass  # nobody is left to answer
        except TimeoutError:
            await answer.problem(TooSlow("This took longer than a request may.", "Send or ask for less at a time."))
        except StandoutError as error:
            self.metrics.problem(error)
            await answer.problem(error)
        except Exception as error:  # a mistake of ours: its place is told to the log, and nothing to the caller
            self.logs.defect(asked.id, error)
            await answer.problem(Defect.under(asked.id))
        finally:
            self._in_hand -= 1
            self.bodies.release(len(body))
            self._tell(asked, scope, answer, time.perf_counter() - began, ours)

    async def _quickly(self, asked: Asked, scope: Scope, answer: Answer, body: bytes) -> bool:
        """Answer by a quick route, where there is one for this."""
        for quick in self.quick:
            stream = quick.stream_of(asked)
            if stream is not None:
                for message in await quick.answered(self.context, scope, asked, stream, body):
                    await answer(message)
                return True
        return False

    def _page(self, asked: Asked, who: Who | None) -> App:
        """Where a request for the dashboard goes: to it, to the way in, or nowhere."""
        if self.pages is None or asked.path.startswith(CLOSED):
            raise NotFound("Nothing has this address.", "The API is under /api/v1, its description at /api/v1/openapi.json.")
        if who is None:
            return again if asked.found.get(b"sec-fetch-site") == b"cross-site" else to_login
        _check_viewer(who)
        return self.pages

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Asked.of(scope)
        try:
            who = self.gate.check(asked)
            if self.pages is None or who is None or asked.from_elsewhere(self.gate.origins):
                raise NotAllowed("Only the dashboard's own pages may open this.")
            _check_viewer(who)
        except StandoutError as error:
            self.logs.tell("websocket refused", "warning", id=asked.id, code=error.code)
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        cookie = asked.found.get(b"cookie", b"")

        async def while_known() -> Message:
            message = await receive()
            if self.gate.keys is not None and (self.gate.sessions is None or self.gate.sessions.who(cookie) != who):
                await send({"type": "websocket.close", "code": 1008})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        self.logs.tell("websocket opened", id=asked.id, who=who.name)
        await self.pages(scope, while_known, send)

    def _tell(self, asked: Asked, scope: Scope, answer: Answer, seconds: float, ours: bool) -> None:
        who: Who | None = scope["state"]["who"]
        # the pattern of the address, not the address: that may hold ids of events
        route = getattr(scope.get("route"), "path", "none") if ours else "dashboard"
        method = asked.method if asked.method in METHODS else "other"
        self.metrics.request(route, method, answer.status, seconds)
        if ours or answer.status >= 400:
            first = self.logs.keep(
                "request", "info" if answer.status < 500 else "error", id=asked.id, who=who.name if who else None,
                address=asked.address, method=method, route=route, status=answer.status, ms=round(seconds * 1e3, 2),
                sent=answer.sent,
            )  # fmt: skip  # one line a field reads worse
            if first:  # those of requests that are answered together are written together
                asyncio.get_running_loop().call_soon(self.logs.flush)


METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def _check_viewer(who: Who) -> None:
    if not who.may(Role.VIEW):
        raise NotAllowed("This key may send rows and nothing else.", "Log in with a key whose role is view or act.")
