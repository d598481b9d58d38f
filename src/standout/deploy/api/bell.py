"""What other threads have ready, brought to the event loop: what comes together is brought at once.

To wake a loop takes longer than to tell it something, and the engine answers all whose rows it stored together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Bell:
    """Waits for futures of other threads on whatever loop asks."""

    def __init__(self) -> None:
        self._line: _Line | None = None

    async def result(self, future: Future[T]) -> T:
        """What a future of another thread comes to. To stop waiting does not stop what it stands for."""
        loop = asyncio.get_running_loop()
        if self._line is None or self._line.loop is not loop:
            self._line = _Line(loop)
        line, mine = self._line, loop.create_future()
        future.add_done_callback(lambda done: line.ring(mine, done))
        await mine
        return future.result()


class _Line:
    """What is on its way to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ready: deque[asyncio.Future[None]] = deque()
        self._called = False

    def ring(self, waiting: asyncio.Future[None], _: Future[Any]) -> None:
        """From any thread: somebody need not wait any longer."""
        self._ready.append(waiting)
        if not self._called:  # once it is called, the loop will look until nothing is left
            self._called = True
            try:
                self.loop.call_soon_threadsafe(self._look)
            except RuntimeError:  # the loop is closed, and nobody waits
                self._ready.clear()

    def _look(self) -> None:
        self._called = False  # before looking, so that what comes from now on calls again
        while self._ready:
            waiting = self._ready.popleft()
            if not waiting.done():  # whoever waited may have hung up
                waiting.set_result(None)
