"""The whole server as a process of its own, on a free port of this machine, stopped by its own id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

import standout

PATIENCE = 60.0


class Apart:
    """A server that runs. lines: of its standard output, once it ended."""

    def __init__(self, folder: Path, model: Path, *flags: str) -> None:
        self.folder, self.model, self.flags = folder, model, flags
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder}/live.db"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        src = str(Path(standout.__file__).parents[1])
        command = [
            sys.executable,
            "-m",
            "standout",
            "serve",
            f"payments={self.model}",
            "--store",
            self.store,
            "--port",
            str(self.port),
        ]
        with (self.folder / "out.txt").open("ab") as out, (self.folder / "err.txt").open("ab") as err:
            self.process = subprocess.Popen(
                [*command, *self.flags], stdout=out, stderr=err, env={**os.environ, "PYTHONPATH": src}, cwd=self.folder
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process.poll() is None, self.told()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server did not start: {self.told()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal and wait for its end; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def told(self) -> str:
        """All that it said."""
        return "".join((self.folder / name).read_text() for name in ("out.txt", "err.txt"))


@contextmanager
def apart(folder: Path, model: Path, *flags: str) -> Iterator[Apart]:
    """A server that runs, and is gone afterwards."""
    server = Apart(folder, model, *flags)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.process.kill()
            server.process.wait()
