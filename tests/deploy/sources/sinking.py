"""A service that watches `x` and `y`, and feeds that bring it rows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.ipc

sys.path.insert(0, str(Path(__file__).parents[1] / "live"))
import watched

from standout.deploy.live.service import Service
from standout.deploy.sources.feed import Feed
from standout.deploy.sources.feeding import Feeding

COLUMNS = ("at", "pump", "flow", "heat", "mode")


def row(i: int, **changed: Any) -> dict[str, Any]:
    """The row of a number, as a sender gives it."""
    return {
        "at": f"2026-03-01T00:{i // 60 % 60:02}:{i % 60:02}",
        "pump": f"p{i % 3}",
        "flow": i,
        "heat": 50,
        "mode": "slow",
        **changed,
    }


def csv_line(i: int) -> str:
    return ",".join(str(v) for v in row(i).values()) + "\n"


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    with watched.service(folder) as opened:
        yield opened


@contextmanager
def fed(opened: Service, feed: Feed, problems: list[str] | None = None) -> Iterator[Feeding]:
    """The feed at work on the stream, until the block ends."""
    with Feeding(opened, [("pumps", feed)], problem=(problems if problems is not None else []).append) as feeding:
        yield feeding


def flows(opened: Service) -> list[float]:
    """What the journal holds of the column flow, in the order in which rows were taken in."""
    found: list[float] = []
    with opened.store.reading() as unit:
        for batch in unit.journal.after("pumps", 0):
            found += pyarrow.ipc.open_stream(batch.body).read_all().column("flow").to_pylist()
    return found


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something is so; the test fails where it never is."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
