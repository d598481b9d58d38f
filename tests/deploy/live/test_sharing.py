"""Two servers on one PostgreSQL: one watches a stream, the other scores and reads, and takes over when the first is gone."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
import watched

from standout.calibrate.policies.level import Level
from standout.core.errors import ElsewhereError
from standout.deploy.live.answers import NewSilence
from standout.deploy.live.clock import Clock
from standout.deploy.live.owning import is_dead, me
from standout.deploy.store.records import Outcome

LEASE = 1.5


def until(condition, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


@pytest.fixture
def open_one(tmp_path, fresh_postgresql):
    made = watched.model("nearest-windows", window=4)
    made.save(tmp_path / "pumps.standout")
    opened = []

    def another(owner, **settings):
        told = {"store": fresh_postgresql, "lease": LEASE, **settings}
        context = watched.service(tmp_path, None, Clock(), owner, **told)
        opened.append(context)
        return context.__enter__()

    yield another
    for context in opened:
        context.__exit__(None, None, None)


def owned(service):
    return service.health().streams["pumps"].owned


def die(service):
    """The engine ends and lets nothing go, as a machine does that loses its power."""
    service._engine.chores.finish = lambda: None
    service._engine.stop()


def test_the_second_server_scores_and_reads_and_takes_over_when_the_first_dies(open_one):
    rows = watched.table(90, odd=(60,))
    first, second = open_one("north/1/1"), open_one("south/2/2")
    asked = first.streams["pumps"].model.score(rows)
    part = first.take("pumps", watched.arrow(rows.take(np.arange(45)), [f"e{i}" for i in range(45)]))
    assert (owned(first), owned(second)) == (True, False)
    assert second.health().streams["pumps"].owner == "north/1/1"
    with pytest.raises(ElsewhereError, match="north"):
        second.take("pumps", watched.arrow(rows))
    assert np.array_equal(second.score("pumps", watched.arrow(rows)).raw, asked.raw)
    assert second.why("pumps", "e7").outcome is Outcome.ORDINARY
    die(first)
    until(lambda: owned(second))
    rest = second.take("pumps", watched.arrow(rows.take(np.arange(40, 90)), [f"e{i}" for i in range(40, 90)]))
    assert rest.counts["duplicate"] == 5
    assert np.array_equal(np.concatenate([part.severity, rest.severity[5:]]), asked.severity)


def test_one_that_lost_its_lease_while_it_stood_still_writes_nothing_more(open_one):
    rows = watched.table(60)
    first = open_one("north/1/1")
    first.take("pumps", watched.arrow(rows.take(np.arange(30))))
    first._engine.chores._lease = lambda _: None
    second = open_one("south/2/2")
    until(lambda: owned(second))
    with pytest.raises(ElsewhereError):
        first.take("pumps", watched.arrow(rows.take(np.arange(30, 60))))
    assert not owned(first)
    second.take("pumps", watched.arrow(rows.take(np.arange(30, 60))))
    with second.store.reading() as unit:
        assert unit.journal.rows("pumps") == 60


def test_a_silence_and_a_policy_set_at_one_server_hold_at_the_other(open_one):
    first, second = open_one("north/1/1"), open_one("south/2/2")
    with pytest.raises(ElsewhereError):
        second.set_policy("pumps", Level(level=0.5), "anna")
    second.silence(NewSilence({"stream": "pumps"}, "anna", "repairs", 3_600.0))
    rows = watched.table(30_000)
    pieces = iter(np.split(np.arange(30_000), 1_000))

    def hidden():
        return "silenced" in first.take("pumps", watched.arrow(rows.take(next(pieces)))).counts

    first.set_policy("pumps", Level(level=0.2), "anna")
    until(hidden)
    die(first)
    until(lambda: owned(second))
    assert second.streams["pumps"].policy == Level(level=0.2)


def test_a_server_that_stops_in_order_lets_go_at_once(open_one):
    first = open_one("north/1/1", lease=600.0)
    second = open_one("south/2/2")
    first._engine.stop()
    until(lambda: owned(second))


def test_a_process_of_this_machine_that_is_no_more_is_known_to_be_dead():
    child = subprocess.Popen([sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n"
                              "from standout.deploy.live.owning import me; print(me(), flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    owner = child.stdout.readline().strip()
    assert not is_dead(owner)
    assert not is_dead(me())
    child.communicate("\n", timeout=30)
    assert is_dead(owner)
    host, pid, _ = me().split("/")
    assert is_dead(f"{host}/{pid}/1")  # the number was given again
    assert not is_dead("elsewhere/1/1")
    assert not is_dead("nonsense")
