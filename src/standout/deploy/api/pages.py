"""The dashboard behind the API: loaded on a thread of its own once the server listens, since rows should not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from standout.deploy.api.asked import App, Receive, Scope, Send
from standout.deploy.api.logs import Logs
from standout.deploy.api.problems import Busy

PATIENCE = 30.0
"""Seconds that a request waits for the dashboard to be loaded."""


class Page(Protocol):
    """An application with a beginning and an end, as `streamlit.App` is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hold one WebSocket."""

    def lifespan(self) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
        """What to do around all requests."""


class Pages:
    """An application that stands for the dashboard from the start. load: makes it, on a thread."""

    def __init__(self, load: Callable[[], Page], logs: Logs) -> None:
        self._load, self._logs = load, logs
        self._app: asyncio.Future[App] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hold one WebSocket, once the dashboard is there."""
        assert self._app is not None  # the server begins with `lifespan`
        try:
            app = await asyncio.wait_for(asyncio.shield(self._app), PATIENCE)
        except Exception:  # it could not be loaded, which the log tells, or not in time
            raise Busy("The dashboard is not there.", "The API is; the server's log may tell why.") from None
        await app(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, around: Any) -> AsyncIterator[None]:
        """Load the dashboard behind everything else, and take it down at the end."""
        self._app = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            loading = asyncio.create_task(self._loaded(around, stack))
            try:
                yield
            finally:
                await asyncio.gather(loading, return_exceptions=True)

    async def _loaded(self, around: Any, stack: AsyncExitStack) -> None:
        assert self._app is not None  # set by `lifespan`
        try:
            page = await asyncio.to_thread(self._load)
            await stack.enter_async_context(page.lifespan()(around))
        except Exception as error:
            self._logs.defect("dashboard", error)
            self._app.set_exception(error)
            self._app.exception()  # somebody has looked at it: nobody may ever ask for the dashboard
        else:
            self._app.set_result(page)
