"""Senders that are killed in the midst of sending: what they sent arrives once, or is shown as in doubt, and never twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from receiving import Receiver, until
from stored import message

from standout.deploy.store.records import Sending
from standout.deploy.store.store import Store

KILLS = 15
MESSAGES = 40


class Nursery:
    """Starts senders and kills them, each at most once and none that it did not start."""

    def __init__(self, url: str, address: str) -> None:
        command = [sys.executable, str(Path(__file__).parent / "killed_sender.py"), url, address]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self._alive: int | None = None
        assert self._said() == "ready"

    def start(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._alive = int(self._said())

    def kill(self) -> None:
        if self._alive is not None:
            os.kill(self._alive, signal.SIGKILL)
            self._alive = None

    def close(self) -> None:
        self.kill()
        self._process.kill()
        self._process.communicate(timeout=10)

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def kill_often(nursery: Nursery, receiver: Receiver) -> None:
    """At each stage in turn: while a message is with the receiver, just after it answered, and at any time."""
    for i in range(KILLS):
        receiver.arrived.clear()
        receiver.answered.clear()
        nursery.start()
        if i % 3 == 0:
            assert receiver.arrived.wait(20)
        elif i % 3 == 1:
            assert receiver.answered.wait(20)
        else:
            time.sleep(random.Random(i).uniform(0.02, 0.2))
        nursery.kill()


@pytest.mark.parametrize(
    ("store_url", "keys"), [("sqlite", "no"), ("sqlite", "yes"), ("postgresql", "no")], indirect=["store_url"]
)
def test_no_message_is_sent_twice_by_senders_that_are_killed(store_url: str, keys: str) -> None:
    receiver = Receiver(lambda _: 0.02)
    with Store.open(store_url, busy=10) as store:
        with store.writing() as unit:
            unit.outbox.add([message(f"k{i}", title=str(i)) for i in range(MESSAGES)])
        nursery = Nursery(store_url, f"{receiver.url}?standout-per-minute=100000&standout-keys={keys}")
        try:
            kill_often(nursery, receiver)
            nursery.start()
            settled = until(lambda: not {Sending.PENDING, Sending.SENDING} & set(counts(store)), 40)
        finally:
            nursery.close()
        assert settled, counts(store)
        with store.reading() as seen:
            found = {m.title: m.state for m in seen.outbox.page(limit=MESSAGES).items}
    receiver.close()
    arrived = Counter(g.title for g in receiver.got)
    assert {title for title, state in found.items() if state is Sending.SENT} <= set(arrived)
    if keys == "yes":  # the receiver drops what it has; both bear the same key
        assert set(found.values()) == {Sending.SENT}
        assert {g.key for g in receiver.got} == {f"k{title}" for title in found}
        assert all(g.key == f"k{g.title}" for g in receiver.got)
    else:
        assert max(arrived.values()) == 1
        assert KILLS // 3 <= list(found.values()).count(Sending.DOUBT) <= KILLS
        assert set(found.values()) == {Sending.SENT, Sending.DOUBT}


def counts(store: Store) -> dict[Sending, int]:
    with store.reading() as seen:
        return seen.outbox.counts()
