"""The whole server over HTTP, on this machine: start-up, rows a second in batches, single events with the dashboard open.

    python bench/http_api.py [--rows 20000] [--batches 8] [--events 6000] [--connections 16] [--detector NAME] [--no-page]

The server is a process of its own, with a store on disk and the default model of 20 mixed columns (bench/make_table.py) unless
--detector says another. Batches go over two connections; events over --connections, each sending its next when the last was
answered, and then at 1,500 a second whatever is answered. `cpu` is the server's own processor time for each row or event, which
other work on the machine changes little. Chromium shows the dashboard while events are measured, where Playwright has one.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from make_table import piece

TICKS = os.sysconf("SC_CLK_TCK")
ARROW = "application/vnd.apache.arrow.stream"
RATE = 1_500


class Server:
    def __init__(self, folder: Path, model: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "standout", "serve", f"bench={model}", "--store", f"sqlite:///{folder}/bench.db"]
        began = time.perf_counter()
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen([*command, "--port", str(self.port)], stdout=log, stderr=log)
        self.ready = self._until("/readyz", began)
        self.ready_cpu = self.cpu()
        self.page = self._until("/", began)

    def _until(self, path: str, began: float) -> float:
        while time.perf_counter() - began < 120:
            if self.process.poll() is not None:
                raise SystemExit("the server did not start; run it by hand to see why")
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as got:
                got.read()
                return time.perf_counter() - began
            time.sleep(0.01)
        raise SystemExit("the server did not start in two minutes")

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def head(path: str, kind: str, size: int, accept: str = "*/*") -> bytes:
    return (
        f"POST /api/v1/streams/bench/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {kind}\r\naccept: {accept}\r\n"
        f"content-length: {size}\r\n\r\n"
    ).encode()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
    writer.write(asked)
    got = await reader.readuntil(b"\r\n\r\n")
    size = int(got.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(size)
    if not got.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"{got[:60]!r} {body[:300]!r}")


async def all_sent(port: int, requests: Iterator[bytes], connections: int) -> list[float]:
    """Send each as soon as a connection is free; seconds that each took."""
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 26)
        for asked in requests:
            began = time.perf_counter()
            await exchange(reader, writer, asked)
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took


async def at_a_rate(port: int, requests: list[bytes], connections: int, rate: float) -> list[float]:
    """Send so many a second, whatever is answered; seconds from when each was due, so that a stall is not overlooked."""
    took: list[float] = []
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (item := await due.get()) is not None:
            await exchange(reader, writer, item[1])
            took.append(time.perf_counter() - item[0])
        writer.close()

    senders = [asyncio.create_task(one()) for _ in range(connections)]
    began = time.perf_counter()
    for i, asked in enumerate(requests):
        at = began + i / rate
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        due.put_nowait((at, asked))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    return took


def records(table: pa.Table) -> list[dict[str, object]]:
    return table.set_column(table.column_names.index("time"), "time", table["time"].cast(pa.string())).to_pylist()


def as_arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def as_csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink)
    return sink.getvalue()


FORMS: dict[str, tuple[str, Callable[[pa.Table], bytes]]] = {
    "Arrow": (ARROW, as_arrow),
    "CSV": ("text/csv", as_csv),
    "JSON lines": ("application/x-ndjson", lambda t: "\n".join(json.dumps(r) for r in records(t)).encode()),
    "JSON rows": ("application/json", lambda t: json.dumps(records(t)).encode()),
}


def batches(server: Server, rows: int, count: int, first: int) -> int:
    print(f"\n{count} batches of {rows:,} rows x 20 columns, two at a time\n")
    print("| form | MB a batch | score, rows/s | cpu, us a row | take in, rows/s | cpu, us a row |")
    print("|---|---|---|---|---|---|")
    for name, (kind, written) in FORMS.items():
        tables = [piece(first + i * rows, rows) for i in range(count + 1)]
        first += (count + 1) * rows
        bodies = [written(t.rename_columns(["event_id", *t.column_names[1:]])) for t in tables]
        cells = []
        for path in ("score?layout=columns", "rows?layout=summary"):
            accept = ARROW if name == "Arrow" else "*/*"
            asked = [head(path, kind, len(b), accept) + b for b in bodies]
            asyncio.run(all_sent(server.port, iter(asked[:1]), 1))
            cpu, began = server.cpu(), time.perf_counter()
            asyncio.run(all_sent(server.port, iter(asked[1:]), 2))
            wall, cpu = time.perf_counter() - began, server.cpu() - cpu
            cells += [f"{count * rows / wall:,.0f}", f"{cpu / (count * rows) * 1e6:.1f}"]
        print(f"| {name} | {len(bodies[0]) / 1e6:.1f} | {' | '.join(cells)} |", flush=True)
    return first


@contextmanager
def page_open(port: int) -> Iterator[str]:
    """The dashboard in a browser, on a thread: Playwright has an event loop of its own."""
    shown, over = threading.Event(), threading.Event()

    def look() -> None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            page.wait_for_selector("h1, h2", timeout=120_000)
            shown.set()
            over.wait()
            browser.close()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    if not shown.wait(150):
        raise SystemExit("the dashboard did not come up in the browser; --no-page leaves it out")
    yield "with the dashboard open in Chromium"
    over.set()
    looking.join(30)


def singles(server: Server, events: int, connections: int, first: int, *, page: bool) -> None:
    table = piece(first, 2 * events + 200)
    made = [json.dumps(r).encode() for r in records(table.rename_columns(["event_id", *table.column_names[1:]]))]
    asked = [head("rows", "application/json", len(b)) + b for b in made]
    with page_open(server.port) if page else nullcontext("without the dashboard") as how:
        print(f"\n{events:,} single events over {connections} connections, {how}\n")
        print("| | events/s | p50, ms | p99, ms | cpu, us an event |")
        print("|---|---|---|---|---|")
        asyncio.run(all_sent(server.port, iter(asked[:200]), connections))
        half = (len(asked) - 200) // 2
        for name, mine in (("as fast as they are answered", asked[200:][:half]), (f"at {RATE:,} a second", asked[200 + half :])):
            cpu, began = server.cpu(), time.perf_counter()
            if "fast" in name:
                took = asyncio.run(all_sent(server.port, iter(mine), connections))
            else:
                took = asyncio.run(at_a_rate(server.port, mine, connections, RATE))
            wall, cpu = time.perf_counter() - began, server.cpu() - cpu
            took.sort()
            p50, p99 = (took[int(len(took) * q)] * 1e3 for q in (0.5, 0.99))
            print(f"| {name} | {len(took) / wall:,.0f} | {p50:.1f} | {p99:.1f} | {cpu / len(took) * 1e6:,.0f} |", flush=True)
        for_scale(asked, connections)


BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, port=int(sys.argv[1]), lifespan="off", log_level="critical")
"""


class Bare(Server):
    """An application that reads nothing and answers nothing, for scale: what the web server alone takes of the processor."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen([sys.executable, "-c", BARE, str(self.port)])
        self._until("/", time.perf_counter())


def for_scale(asked: list[bytes], connections: int) -> None:
    bare = Bare()
    cpu, began = bare.cpu(), time.perf_counter()
    took = sorted(asyncio.run(all_sent(bare.port, iter(asked), connections)))
    cpu, wall = bare.cpu() - cpu, time.perf_counter() - began
    bare.stop()
    p50, p99 = (took[int(len(took) * q)] * 1e3 for q in (0.5, 0.99))
    print(f"| a bare application, for scale | {len(took) / wall:,.0f} | {p50:.1f} | {p99:.1f} | {cpu / len(took) * 1e6:,.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("rows", 20_000), ("batches", 8), ("events", 6_000), ("connections", 16)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--detector")
    parser.add_argument("--no-page", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = piece(0, 20_000)
        pyarrow.csv.write_csv(table.rename_columns(["event_id", *table.column_names[1:]]), folder / "train.csv")
        train = [
            sys.executable,
            "-m",
            "standout",
            "train",
            str(folder / "train.csv"),
            "--out",
            str(folder / "bench.standout"),
        ]
        train += ["--detector", told.detector] if told.detector else []
        subprocess.run(train, check=True)
        Server(folder, folder / "bench.standout").stop()  # kernels are compiled once for each machine
        server = Server(folder, folder / "bench.standout")
        print(
            f"start to ready: {server.ready:.2f} s ({server.ready_cpu:.2f} s of processor); to the dashboard's page: {server.page:.2f} s"
        )
        try:
            first = batches(server, told.rows, told.batches, 100_000)
            singles(server, told.events, told.connections, first, page=not told.no_page)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
