"""The live engine without a face: rows a second in batches, and single events with their latency, into a SQLite store on disk.

20 columns: 14 numbers, 4 categories, a clock and an entity of 1,000. Every row is scored, decided, journaled with its verdict and counted
in lanes before it is acknowledged; batches carry event ids in the second of the two lines. Single events are mappings, sent at a
steady rate by one thread (an open loop: a slow answer does not slow the sender down). Run from the repository root:

    python bench/live_engine.py [--detector cleaned] [--batches 60] [--rows 5000] [--events 10000] [--rate 2000]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from standout.calibrate.policies.per_day import PerDay
from standout.core.detector import Detector
from standout.core.model import Model
from standout.core.registry import find
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.deploy.live.warming import rehearse, settle
from standout.flow import Goal, fit


def table(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    clock = np.datetime64("2026-03-01", "us") + np.arange(rows) * np.timedelta64(500, "us")
    columns: dict[str, Any] = {"at": clock, "machine": [f"m{i}" for i in rng.integers(1_000, size=rows)]}
    for i in range(14):
        columns[f"n{i}"] = np.round(rng.normal(i, 1 + i, rows), 3)
    for i in range(4):
        columns[f"c{i}"] = np.array(["red", "green", "blue", "grey", "black"])[rng.integers(5, size=rows)]
    return pa.table(columns)


def model(detector: str) -> Model:
    part = cast("Detector", find("detector", detector)())
    goal = Goal(time="at", entity="machine")
    return fit(table(20_000, 0), goal, detector=part).model.with_policy(PerDay(alerts=50))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def batches(service: Service, pieces: list[pa.Table]) -> str:
    began, used, waiting = time.perf_counter(), cpu(), deque[Any]()
    for piece in pieces:
        waiting.append(service.submit("bench", piece))
        if len(waiting) > 3:
            waiting.popleft().result()
    for future in waiting:
        future.result()
    rows, took, work = sum(p.num_rows for p in pieces), time.perf_counter() - began, cpu() - used
    return f"{rows / took:,.0f} rows/s ({rows / work:,.0f} a second of processor time)"


def singles(service: Service, events: list[dict[str, Any]], rate: float) -> str:
    latency = np.zeros(len(events))
    used, start = cpu(), time.perf_counter()
    last = None
    for i, event in enumerate(events):
        due = start + i / rate
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        sent = time.perf_counter()

        def done(_: Any, i: int = i, sent: float = sent) -> None:
            latency[i] = time.perf_counter() - sent

        last = service.submit("bench", [event])
        last.add_done_callback(done)
    assert last is not None
    last.result()
    took, work = time.perf_counter() - start, cpu() - used
    p50, p99, worst = (1e3 * np.quantile(latency, q) for q in (0.5, 0.99, 1.0))
    cost = f"{1e6 * work / len(events):.0f} us of processor each"
    return f"{len(events) / took:,.0f} events/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {worst:.1f} ms, {cost}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", default="cleaned")
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=2_000)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.standout"
        model(told.detector).save(path)
        settings = Settings(models=(str(path),), store=f"sqlite:///{folder}/live.db", channels=())
        began = time.perf_counter()
        with Service.open(settings) as service:
            print(f"{told.detector}: opened in {time.perf_counter() - began:.2f} s")
            pieces = [table(told.rows, seed) for seed in range(1, told.batches + 1)]
            rehearse(service.streams["bench"])  # as `standout serve` does before it is ready
            settle()
            batches(service, pieces[:2])
            print(f"  batches of {told.rows:,}: {batches(service, pieces)}")
            ids = iter(range(10**9))
            named = [p.append_column("event_id", pa.array([f"e{next(ids)}" for _ in range(p.num_rows)])) for p in pieces]
            print(f"  with event ids: {batches(service, named)}")
            events = [dict(row, event_id=f"s{i}") for i, row in enumerate(table(told.events, 99).to_pylist())]
            singles(service, events[:200], told.rate)
            print(f"  single events: {singles(service, events[200:], told.rate)}")


if __name__ == "__main__":
    main()
