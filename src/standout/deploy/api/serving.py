"""Run the application: one process, one port, until it is told to stop; then what is in hand is finished first."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from standout.core.errors import ParameterError
from standout.deploy.api.asked import App
from standout.deploy.api.logs import Handed, Logs
from standout.deploy.api.wire import Wire

KEEP_ALIVE = 30
"""Seconds for which an idle connection is kept."""
DRAIN = 10
"""Seconds that requests in hand have to finish once the server is told to stop."""
LIBRARIES = ("uvicorn", "uvicorn.error", "streamlit")
TURN = 0.001
"""Seconds after which a thread that computes lets another go on. Python's own 5 ms would be felt in every single event."""


def listen(host: str, port: int) -> socket.socket:
    """Take a port; ParameterError where it cannot be had. 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2_048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(
            f"Nothing can listen on {host}:{port}: {reason}.", "Choose another with --host and --port."
        ) from None


def address_of(listening: socket.socket) -> str:
    """The address under which a browser of this machine finds a server."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A server that ends its process the way it likes after a signal, with what is in hand finished and stored."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        if self.started:
            self._tell_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first SIGTERM or SIGINT, at once at the second."""
        before = {s: signal.signal(s, self._stop) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def take_over(logs: Logs) -> None:
    """Turn what libraries log into lines of ours. Called again once the dashboard is loaded, which sets its own ways up."""
    for name in ("", *LIBRARIES):
        logger = logging.getLogger(name)
        logger.handlers[:] = [Handed(logs)]
        logger.propagate = False
    access = logging.getLogger("uvicorn.access")  # its lines hold whole addresses, and those hold ids of events
    access.handlers[:] = []
    access.propagate = False


def run(app: App, listening: socket.socket, logs: Logs, started: Callable[[], None]) -> None:
    """Serve until a signal comes. started: called once the first request would be answered."""
    sys.setswitchinterval(TURN)
    take_over(logs)
    config = uvicorn.Config(
        app,
        http=Wire,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=1 << 20,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=DRAIN,
    )
    Server(config, started).run([listening])
