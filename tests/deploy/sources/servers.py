"""Real message brokers for tests: on free ports of this machine, with files in a folder of their own, stopped by process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def needed(program: str, package: str) -> str:
    """The path of a program; without it the test is skipped, or fails where CI=true."""
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed here: apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens on a port once this begins."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        for _ in range(1_200):
            if process.poll() is not None:
                pytest.fail(f"{command[0]} ended: {(folder / 'log').read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def redis(folder: Path, port: int) -> Iterator[None]:
    program = needed("redis-server", "redis-server")
    told = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    folder.mkdir(parents=True, exist_ok=True)
    with running([program, *told], port, folder):
        yield


@contextmanager
def nats(folder: Path, port: int) -> Iterator[None]:
    program = needed("nats-server", "nats-server")
    with running([program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)], port, folder):
        yield


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    program = needed("mosquitto", "mosquitto")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\nuser root\n"
    )
    with running([program, "-c", str(folder / "conf")], port, folder):
        yield


@contextmanager
def rabbitmq(folder: Path, port: int) -> Iterator[None]:
    program = needed("rabbitmq-server", "rabbitmq-server")
    folder.mkdir(parents=True, exist_ok=True)
    home, distribution = Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), free_port()
    settings = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"tests{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        with running([str(home) if home.exists() else program], port, folder):
            yield
    finally:
        # its name server goes on by itself otherwise
        subprocess.run([needed("epmd", "erlang-base"), "-kill"], capture_output=True, check=False)
        os.environ.clear()
        os.environ.update(before)
