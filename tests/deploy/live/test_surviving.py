"""What the service survives: being killed, a store that is locked, gone or broken, rows that nobody thought of."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import killing
import numpy as np
import pytest
import watched

from standout.core.errors import ParameterError, StandoutError, StoreBusyError, StoreError
from standout.core.live import Live
from standout.deploy.live.bodies import unpack_judged, unpack_rows
from standout.deploy.store.store import Store

HERE = Path(__file__).parent
OUTCOMES_WITH_SCORE = 4


@pytest.mark.parametrize(("detector", "learn", "kills"), [("nearest-windows", "", 25), ("running-moments", "learn", 25)])
def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(tmp_path, detector, learn, kills):
    params = {"window": 4} if detector == "nearest-windows" else {}
    made = watched.model(detector, level=0.01, **params)
    made.save(tmp_path / "pumps.standout")
    done = subprocess.run(
        [sys.executable, str(HERE / "killing.py"), str(tmp_path), str(kills), learn], capture_output=True, text=True,
        timeout=kills * (killing.PATIENCE + 5),  # the number of kills bounds it; this is for one that hangs
        check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)])},
    )  # fmt: skip  # one argument a line reads worse
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["last"] == 0, done.stderr[-3_000:]
    count = told["acked"]
    assert count >= killing.LAST
    assert sum(count > 0 for count in told["progress"]) > kills / 2  # it was under load when it was killed
    events, verdicts, messages = everything(tmp_path, made)
    assert sorted(events) == sorted(f"e{i}" for i in range(count))  # each once
    assert len({place for group in verdicts for place in group[0]}) == sum(len(group[0]) for group in verdicts) == count
    opened = Counter((m.incident, m.channel) for m in messages if "-new-" in m.key)
    assert opened
    assert set(opened.values()) == {1}
    never_stopped(made, events, verdicts, bool(learn))


def everything(folder, made):
    """Event ids with their places, verdicts in order as (places, raw scores), and messages."""
    events, verdicts, rows = {}, [], {}
    with Store.open(f"sqlite:///{folder}/live.db") as store, store.reading() as unit:
        for batch in unit.journal.after("pumps", 0):
            rows[batch.seq] = unpack_rows(batch.body, made.schema)
            for i, own in enumerate(rows[batch.seq].ids):
                assert own not in events
                events[own] = (batch.seq, i)
        for record in unit.verdicts.after("pumps", 0):
            judged = unpack_judged(record.body)
            assert (judged.outcome >= OUTCOMES_WITH_SCORE).all()
            verdicts.append((list(zip(judged.batch.tolist(), judged.row.tolist(), strict=True)), judged.raw))
        messages = unit.outbox.page(limit=10_000).items
    return events, verdicts, messages


def never_stopped(made, events, verdicts, learn):
    """Scores are those of one live model that went through the same groups without ever stopping."""
    rows = watched.table(killing.EVENTS, seed=3, odd=tuple(range(50, killing.EVENTS, 97)))
    at = {place: int(own[1:]) for own, place in events.items()}
    live = Live(made, learn=learn)
    for places, raw in verdicts:
        assert np.array_equal(live.step(rows.take(np.array([at[p] for p in places]))).raw, raw)


def test_a_store_that_is_locked_for_a_while_only_delays(tmp_path):
    with watched.service(tmp_path, patience=20.0) as service:
        service.take("pumps", watched.arrow(watched.table(5)))
        other = sqlite3.connect(tmp_path / "live.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        future = service.submit("pumps", watched.mappings(watched.table(3), ["a", "b", "c"]))
        time.sleep(0.3)
        assert not future.done()
        other.execute("COMMIT")
        assert future.result(timeout=20).counts == {"ordinary": 3}
        other.close()


class Broken:
    """A store whose transactions fail while `error` is set, before or after they did their work."""

    def __init__(self, store, monkeypatch):
        self.error, self.after = None, False
        writing = store.writing
        outer = self

        class Writing:
            def __enter__(self):
                if outer.error is not None and not outer.after:
                    raise outer.error
                self.inner = writing()
                return self.inner.__enter__()

            def __exit__(self, kind, error, trace):
                if kind is None and outer.error is not None:
                    failed = outer.error
                    self.inner.__exit__(type(failed), failed, None)
                    raise failed
                return self.inner.__exit__(kind, error, trace)

        monkeypatch.setattr(store, "writing", Writing)


@pytest.mark.parametrize("after", [False, True])
def test_rows_that_the_store_never_took_are_refused_by_name_and_may_be_sent_again(tmp_path, monkeypatch, after):
    made, rows = watched.model("nearest-windows", window=4), watched.table(90)
    with watched.service(tmp_path, made, patience=0.2) as service:
        service.take("pumps", watched.arrow(rows.take(np.arange(30))))
        broken = Broken(service.store, monkeypatch)
        broken.after, broken.error = after, StoreError("The disk is full.", "Free it.")
        with pytest.raises(StoreError, match="full"):
            service.take("pumps", watched.arrow(rows.take(np.arange(30, 60))))
        assert not service.health().ready
        assert "full" in service.health().store
        broken.error = None
        again = service.take("pumps", watched.arrow(rows.take(np.arange(30, 90))))
        assert np.array_equal(again.severity, made.score(rows).severity[30:])
        assert service.health().ready
        with service.store.reading() as unit:
            assert unit.journal.rows("pumps") == 90


def test_a_store_that_comes_back_in_time_takes_the_rows_once(tmp_path, monkeypatch):
    rows = watched.table(60)
    with watched.service(tmp_path, patience=20.0) as service:
        broken = Broken(service.store, monkeypatch)
        broken.after, broken.error = True, StoreBusyError("It is locked.", "Wait.")
        future = service.submit("pumps", watched.arrow(rows))
        threading.Timer(0.3, lambda: setattr(broken, "error", None)).start()
        assert len(future.result(timeout=20)) == 60
        with service.store.reading() as unit:
            assert unit.journal.rows("pumps") == 60


@pytest.mark.parametrize("error", [ParameterError("This one cannot be scored."), ZeroDivisionError("a defect")])
def test_rows_that_nothing_can_be_done_with_are_refused_alone(tmp_path, monkeypatch, error):
    rows = watched.table(30)
    with watched.service(tmp_path) as service:
        step = Live.step

        def fails(self, table):
            if (table["flow"].values > 1_000).any():
                raise error
            return step(self, table)

        monkeypatch.setattr(Live, "step", fails)
        poisoned = {**watched.mappings(rows)[0], "flow": 5_000.0}
        futures = [
            service.submit("pumps", [row]) for row in (*watched.mappings(rows)[:5], poisoned, *watched.mappings(rows)[5:10])
        ]
        ends = [f.exception(timeout=20) for f in futures]
        assert [type(e) for e in ends] == [type(None)] * 5 + [type(error)] + [type(None)] * 5
        assert service.take("pumps", watched.arrow(rows)).counts["ordinary"] == 30
        with service.store.reading() as unit:
            assert unit.journal.rows("pumps") == 40


def test_a_stop_in_the_middle_of_a_flood_acknowledges_what_it_took_and_refuses_the_rest(tmp_path):
    listed, futures = watched.mappings(watched.table(600), [f"e{i}" for i in range(600)]), []
    with watched.service(tmp_path) as service:

        def flood():
            for row in listed:
                try:
                    futures.append(service.submit("pumps", [row]))
                except StandoutError:
                    return

        sender = threading.Thread(target=flood)
        sender.start()
        time.sleep(0.1)
    sender.join()
    assert all(f.done() for f in futures)
    acknowledged = sum(f.exception() is None for f in futures)
    with Store.open(f"sqlite:///{tmp_path}/live.db") as store, store.reading() as unit:
        assert unit.journal.rows("pumps") == acknowledged


def test_a_changed_model_begins_anew_and_says_so(tmp_path):
    rows = watched.table(60)
    with watched.service(tmp_path, watched.model("nearest-windows", window=4), wait=1_000.0) as service:
        assert service.take("pumps", watched.arrow(rows)).counts == {"waiting": 60}
    other = watched.model("nearest-windows", window=6)
    clock = watched.SetClock()
    with watched.service(tmp_path, other, clock, wait=1_000.0) as service:
        health = service.health().streams["pumps"]
        assert [f.code for f in health.findings] == ["stream-begun-anew"]
        assert health.waiting == 60
        clock.move(2_000.0)
        service._engine.do(lambda unit: service._engine.streams["pumps"].tick(unit, clock.now()))
        with service.store.reading() as unit:
            raw = np.concatenate([unpack_judged(v.body).raw for v in unit.verdicts.after("pumps", 0)])
    assert np.array_equal(raw, other.score(rows).raw)
