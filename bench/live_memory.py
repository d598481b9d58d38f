"""24 hours of traffic through the live engine, replayed as fast as it goes: resident memory at the start, on the way and at the end.

Each second of the 24 hours brings `--rate` rows of 20 columns, of 100,000 entities of which a fifth is replaced over the day; a row in a
thousand is odd. Rows arrive in batches of one simulated minute, by a clock that the bench moves. Run from the repository root:

    python bench/live_memory.py [--rate 20] [--entities 100000] [--hours 24] [--series]

``--series`` watches with nearest windows, which keep each entity's latest rows.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from standout.calibrate.policies.per_day import PerDay
from standout.core.detector import Detector
from standout.core.registry import find
from standout.deploy.live.clock import Clock
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.flow import Goal, fit

START = datetime(2026, 3, 1, tzinfo=UTC)


class Moved(Clock):
    """A clock that the bench moves."""

    seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def steady(self) -> float:
        return self.seconds


def resident() -> float:
    """Of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def minute(number: int, rate: int, entities: int, rng: np.random.Generator) -> pa.Table:
    rows = 60 * rate
    clock = np.datetime64("2026-03-01", "us") + (np.arange(rows) * (60_000_000 // rows) + number * 60_000_000).astype("m8[us]")
    first = entities * number // (5 * 1_440)  # a fifth of them are new in the course of a day
    columns: dict[str, Any] = {"at": clock, "machine": [f"machine-{i:07}" for i in first + rng.integers(entities, size=rows)]}
    odd = rng.random(rows) < 0.001
    for i in range(14):
        columns[f"n{i}"] = rng.normal(i, 1 + i, rows) + odd * 30 * (1 + i)
    for i in range(4):
        columns[f"c{i}"] = np.array(["red", "green", "blue", "grey", "black"])[rng.integers(5, size=rows)]
    return pa.table(columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--series", action="store_true")
    told = parser.parse_args()
    rng, clock = np.random.default_rng(0), Moved()
    part = cast("Detector", find("detector", "nearest-windows" if told.series else "isolation-forest")())
    trained = fit(minute(0, 200, told.entities, rng), Goal(time="at", entity="machine"), detector=part)
    model = trained.model.with_policy(PerDay(alerts=50))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "bench.standout")
        settings = Settings(
            models=(f"{folder}/bench.standout",), store=f"sqlite:///{folder}/live.db", retention=0.25, most_entities=told.entities
        )
        print("| hour | MiB | store, MiB | rows | entities | alerts |\n|---|---|---|---|---|---|")
        with Service.open(settings, clock=clock) as service:
            began, rows = time.perf_counter(), 0
            for number in range(60 * told.hours + 1):
                if number % 60 == 0:
                    gc.collect()
                    health = service.health().streams["bench"]
                    alerts = sum(health.counts.get(k, 0) for k in ("notified", "grouped"))
                    size = sum(f.stat().st_size for f in Path(folder).iterdir()) / 2**20
                    print(
                        f"| {number // 60} | {resident():.0f} | {size:.0f} | {rows:,} | {health.entities:,} | {alerts} |",
                        flush=True,
                    )
                rows += len(service.take("bench", minute(number, told.rate, told.entities, rng)))
                clock.seconds += 60.0
            print(f"\n{rows:,} rows in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
