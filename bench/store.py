"""Rows a second that the store takes in, with and without event ids, one commit a batch, everything on disk at each commit.

    python bench/store.py [URL]

Without a URL: SQLite in a temporary folder. Beside it, in the same run, what a script would write: a row of SQL for each row.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from standout.deploy.store.records import Batch, Stream, Verdicts
from standout.deploy.store.store import Store

COLUMNS = 20
ROWS = 10_000
BATCHES = 20
SINGLE = 1_500
NOW = datetime.now(UTC)


def body(values: np.ndarray, ids: Sequence[str] | None) -> bytes:
    arrays = [pa.array(ids or [None] * len(values), pa.string()), *(pa.array(c) for c in values.T)]
    batch = pa.RecordBatch.from_arrays(arrays, names=["event_id", *(f"c{i}" for i in range(values.shape[1]))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def take(store: Store, values: np.ndarray, ids: Sequence[str] | None) -> None:
    with store.writing() as unit:
        seq = unit.journal.add(Batch("bench", NOW, len(values), body(values, ids)), ids).seq
        unit.verdicts.add(Verdicts("bench", NOW, len(values), bytes(30 * len(values)), "at most 5 a day"), [seq])


def timed(what: str, rows: int, work: Callable[[], None]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<55} {rows / wall:>10,.0f} rows/s of wall time {rows / cpu:>10,.0f} rows/s of own CPU time")


def by_rows(path: Path, values: np.ndarray, ids: Sequence[str]) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"CREATE TABLE IF NOT EXISTS r (id TEXT PRIMARY KEY, {', '.join(f'c{i} REAL' for i in range(COLUMNS))})")
    told = [(i, *row) for i, row in zip(ids, values.tolist(), strict=True)]
    for start in range(0, len(told), ROWS):
        connection.executemany(f"INSERT INTO r VALUES (?{', ?' * COLUMNS})", told[start : start + ROWS])
        connection.commit()
    connection.close()


def main() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS * BATCHES, COLUMNS))
    ordered = [f"order-{i:012d}" for i in range(len(values))]
    mixed = [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(len(values))]
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/bench.db"
        with Store.open(url) as store:
            with store.writing() as unit:
                unit.streams.put(Stream("bench", "m", "d", {}, NOW, NOW))

            def batches(ids: Sequence[str] | None) -> None:
                for start in range(0, len(values), ROWS):
                    part = slice(start, start + ROWS)
                    take(store, values[part], None if ids is None else ids[part])

            timed(f"journal and verdicts, {ROWS} rows a commit, no ids", len(values), lambda: batches(None))
            timed("the same with ids that grow", len(values), lambda: batches(ordered))
            timed("the same with random ids", len(values), lambda: batches(mixed))
            timed("the same again: every row a duplicate", len(values), lambda: batches(mixed))
            timed("one row a commit", SINGLE, lambda: [take(store, values[:1], [f"one-{i}"]) for i in range(SINGLE)] and None)
        timed("a script: one SQL row for each row", len(values), lambda: by_rows(Path(folder) / "script.db", values, mixed))


if __name__ == "__main__":
    main()
