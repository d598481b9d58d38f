"""A real HTTP endpoint on this machine that takes what it is sent, answers as told, and remembers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    title: str
    body: str
    key: str | None


class Receiver:
    """behave: what to do with the n-th message: a status, or "drop" (take it and hang up), or seconds to sleep before 200."""

    def __init__(self, behave: Callable[[int], int | float | str] = lambda _: 200, port: int = 0) -> None:
        self.got: list[Got] = []
        self.arrived = threading.Event()
        self.answered = threading.Event()
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told: Any = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    number = len(outer.got)
                    outer.got.append(Got(told["title"], told["message"], self.headers["Idempotency-Key"]))
                outer.arrived.set()
                what = behave(number)
                if what == "drop":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if isinstance(what, float):
                    time.sleep(what)
                    what = 200
                try:
                    self.send_response(int(what))
                    self.end_headers()
                except OSError:
                    return  # whoever sent it has gone
                outer.answered.set()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())
