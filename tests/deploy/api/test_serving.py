"""The real server as a process: its start, its end, its death, and bytes that are no requests."""

from __future__ import annotations

import concurrent.futures
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
import uvicorn
from server_apart import Apart, apart

from standout.core.errors import ParameterError
from standout.deploy.api import wire
from standout.deploy.api.serving import listen
from standout.deploy.live.settings import Settings
from standout.deploy.serving import serve

URL = "/api/v1/streams/payments"


@pytest.fixture(scope="module")
def running(tmp_path_factory, model_file):
    with apart(tmp_path_factory.mktemp("served"), model_file, "--no-dashboard") as server:
        yield server


def row(number: int) -> dict:
    return {
        "event_id": f"e{number}",
        "at": "2026-03-05T00:00:00",
        "amount": 20.0 + number % 50,
        "distance_km": 7.0,
        "country": "FR",
        "online": True,
    }


def said(running: Apart, sent: bytes, *, pause: float = 0.0) -> bytes:
    """What comes back for bytes on a connection of their own."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as wire_:
        for start in range(0, len(sent), 65_536):
            try:
                wire_.sendall(sent[start : start + 65_536])
            except (BrokenPipeError, ConnectionResetError):
                break
        time.sleep(pause)
        got = b""
        try:
            while piece := wire_.recv(65_536):
                got += piece
        except (ConnectionResetError, TimeoutError):
            pass
        return got


def test_it_says_at_the_start_what_it_serves_where_and_that_keys_are_off(running):
    told = (running.folder / "out.txt").read_text()
    assert "payments: isolation-forest" in told
    assert running.url in told
    assert "Keys       OFF" in told


def test_a_signal_ends_it_once_what_is_in_hand_is_stored(tmp_path, model_file):
    with apart(tmp_path, model_file, "--no-dashboard") as server:
        done: list[int] = []

        def send() -> None:
            with httpx.Client(base_url=server.url) as client:
                for number in range(2_000):
                    try:
                        got = client.post(f"{URL}/rows", json=[row(number)])
                    except httpx.TransportError:
                        return
                    if got.status_code == 200:
                        done.append(number)

        sender = threading.Thread(target=send)
        sender.start()
        while len(done) < 20:
            time.sleep(0.01)
        assert server.stop() == 0
        sender.join(30)
        assert "everything that was acknowledged is stored" in server.told()
        server.start()
        for number in (done[0], done[-1]):
            assert httpx.get(f"{server.url}/api/v1/why/payments/e{number}").status_code == 200
        server.stop()


def test_nothing_that_was_acknowledged_is_lost_when_it_is_killed_under_load(tmp_path, model_file):
    acknowledged: set[int] = set()
    numbers = iter(range(10**6))
    lock = threading.Lock()

    def send(url: str, until: float) -> None:
        with httpx.Client(base_url=url, timeout=20) as client:
            while time.monotonic() < until:
                with lock:
                    mine = [next(numbers) for _ in range(random.choice((1, 1, 20)))]
                try:
                    got = client.post(f"{URL}/rows?layout=summary", json=[row(n) for n in mine])
                except httpx.TransportError:
                    return
                if got.status_code == 200:
                    acknowledged.update(mine)

    with apart(tmp_path, model_file, "--no-dashboard") as server, concurrent.futures.ThreadPoolExecutor(4) as pool:
        for round_ in range(3):
            if round_:
                server.start()
            sending = [pool.submit(send, server.url, time.monotonic() + 20) for _ in range(4)]
            before = len(acknowledged)
            while len(acknowledged) < before + 40:
                time.sleep(0.01)
            server.stop(signal.SIGKILL)
            for one in sending:
                one.result()
        server.start()
        again = httpx.post(f"{server.url}{URL}/rows?layout=summary", json=[row(n) for n in sorted(acknowledged)], timeout=60)
        assert again.json()["counts"] == {"duplicate": len(acknowledged)}
        server.stop()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST /x HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"POST /x HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /x HTTP/1.1\r\nhost: localhost\r\nx y: 1\r\n\r\n",
        b"GET /x HTTP/1.1\r\nhost : localhost\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_or_two_in_one_are_refused(running, sent):
    got = said(running, sent)
    assert got.startswith(b"HTTP/1.1 400 ")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["code"] == "malformed"
    assert got.count(b"HTTP/1.1 4") == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /x HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"GET /x HTTP/1.1\r\nhost: localhost\r\na: " + b"b" * 60_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /x HTTP/1.1\r\nhost: localhost\r\na: " + b"b" * 5_000_000,
    ],
)
def test_headers_without_end_are_refused(running, sent):
    got = said(running, sent)
    assert got == b"" or got.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


async def _nothing(_scope, _receive, _send) -> None:
    raise AssertionError("no request is whole")


def test_a_caller_who_sends_a_header_now_and_then_is_left(monkeypatch):
    monkeypatch.setattr(wire, "SECONDS", 1.0)
    config = uvicorn.Config(_nothing, http=wire.Wire, port=0, lifespan="off", log_config=None)
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with socket.create_connection(listening.getsockname(), timeout=10) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
            assert _left(slow, 5.0)
    finally:
        server.should_exit = True
        thread.join(10)


def _left(slow: socket.socket, seconds: float) -> bool:
    """Whether the other side hangs up while a header comes now and then."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.2)
        try:
            slow.sendall(b"a: b\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return True
    return False


def test_a_command_line_that_would_lock_everybody_out_or_let_everybody_in_is_refused(tmp_path, model_file):
    store = f"sqlite:///{tmp_path}/live.db"
    for flags in ({"host": "0.0.0.0"}, {"keys": True}):
        settings = Settings(models=(f"payments={model_file}",), store=store, port=0, dashboard=False, **flags)
        with pytest.raises(ParameterError, match="no key yet") as refused:
            serve(settings, tell=print)
        assert "standout keys --make" in refused.value.hint


def test_a_port_that_is_taken_is_named(running, model_file):
    taken = Settings(models=(f"payments={model_file}",), store=running.store, port=running.port)
    with pytest.raises(ParameterError, match=str(running.port)):
        serve(taken, tell=print)


def test_keys_are_made_listed_and_revoked_from_the_command_line(tmp_path, model_file):
    store = f"sqlite:///{tmp_path}/live.db"

    def keys(*flags: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "standout", "keys", *flags, "--store", store, "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    made = keys("--make", "anna", "--role", "view")
    with apart(tmp_path, model_file, "--no-dashboard", "--keys") as server:
        headers = {"x-api-key": made["key"]}
        assert httpx.get(f"{server.url}/api/v1/streams", headers=headers).status_code == 200
        assert httpx.get(f"{server.url}/api/v1/streams").status_code == 401
        keys("--revoke", str(made["id"]))
        time.sleep(2.5)
        assert httpx.get(f"{server.url}/api/v1/streams", headers=headers).status_code == 401
        server.stop()
    assert made["key"] not in server.told()
    assert keys()[0]["revoked"]
