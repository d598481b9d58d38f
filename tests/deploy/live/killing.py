"""A service that is killed while it takes rows in, again and again; run as a program of its own by `test_surviving.py`.

It loads everything once and then forks: each child opens the service, sends events from the last one that was acknowledged (so some
are sent twice), writes down each acknowledgement, and is killed without warning somewhere on the way.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import watched

from standout.core.model import Model
from standout.deploy.live.clock import Clock
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.deploy.notify.worker import Notifier

EVENTS, MOST_IN_FLIGHT, LAST = 6_000, 8, 300
PATIENCE = 30.0  # seconds for a child to take rows in; only a machine that is busy with much else needs more than one


def serve(folder: Path, learn: bool, rows, acked: int, most: int = EVENTS) -> None:
    settings = Settings(
        models=(f"pumps={folder}/pumps.standout",), store=f"sqlite:///{folder}/live.db", learn=learn, channels=("ops=json://127.0.0.1:9",),
        snapshot_batches=20, snapshot_seconds=0.3,
    )  # fmt: skip  # one setting a line reads worse
    Notifier.start = lambda _: None  # in this child; what is sent, and at most once, is shown by the tests of `deploy/notify`
    service = Service.open(settings, clock=Clock())
    at = int(Path(f"/proc/self/fd/{acked}").stat().st_size) // 8
    flying, end = [], min(EVENTS, at + most)
    while at < end:
        size = 1 + at % 7
        piece = rows.take(np.arange(at, min(at + size, end)))
        ids = [f"e{i}" for i in range(at, at + len(piece))]
        flying.append((at + len(piece), service.submit("pumps", watched.mappings(piece, ids))))
        at += len(piece)
        if len(flying) > MOST_IN_FLIGHT:
            upto, future = flying.pop(0)
            future.result()
            before = os.fstat(acked).st_size // 8
            os.write(acked, b"".join(i.to_bytes(8, "little") for i in range(before, upto)))
    for upto, future in flying:
        future.result()
        before = os.fstat(acked).st_size // 8
        os.write(acked, b"".join(i.to_bytes(8, "little") for i in range(before, upto)))
    service.close()


def main(folder: Path, kills: int, learn: bool) -> None:
    chance = random.Random(kills)
    rows = watched.table(EVENTS, seed=3, odd=tuple(range(50, EVENTS, 97)))
    model = Model.load(folder / "pumps.standout")
    model.score(rows.take(np.arange(20)))  # compiled before the first child
    acked = os.open(folder / "acked", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    progress = []
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                serve(folder, learn, rows, acked)
                code = 0
            finally:
                os._exit(code)
        before, deadline = os.fstat(acked).st_size, time.monotonic() + PATIENCE
        # most kills hit a service that has taken rows in; some hit one that is just opening
        patience = chance.random()
        while patience > 0.15 and os.fstat(acked).st_size == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.08))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a child failed by itself"
        progress.append((os.fstat(acked).st_size - before) // 8)
    child = os.fork()
    if child == 0:  # the last one goes beyond all that the others may have taken in without saying so
        serve(folder, learn, rows, acked, LAST)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"last": os.waitstatus_to_exitcode(status), "progress": progress, "acked": os.fstat(acked).st_size // 8}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "learn")
