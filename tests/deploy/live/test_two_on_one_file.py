"""Two services on one SQLite file: one writes; the other says who does and what to do, reads, and takes over."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
import watched

from standout.core.errors import ElsewhereError
from standout.core.model import Model
from standout.deploy.live.clock import Clock
from standout.deploy.live.owning import me
from standout.deploy.serving import greeting
from standout.deploy.sources.feed import Sink
from standout.deploy.store.records import Status


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def opened(folder, owner, **settings):
    return watched.service(folder, None, Clock(), owner, lease=1.0, gaps=False, **settings)


@pytest.fixture
def two(tmp_path):
    watched.model().save(tmp_path / "pumps.standout")
    with opened(tmp_path, me()) as first, opened(tmp_path, "south/2/2") as second:
        yield first, second


def test_the_second_refuses_rows_and_says_who_has_the_stream_and_what_to_do(two):
    first, second = two
    rows = watched.arrow(watched.table(30))
    first.take("pumps", rows)
    pid, host = me().split("/")[1], me().split("/")[0]
    with pytest.raises(ElsewhereError, match=f"process {pid} on {host}") as refused:
        second.take("pumps", rows)
    assert "--store of its own" in refused.value.hint
    with first.store.reading() as unit:
        assert unit.journal.rows("pumps") == 30
    told = "\n".join(greeting(second, "http://127.0.0.1:1", keyed=False, dashboard=False))
    assert f"pumps: watched by process {pid} on {host} already" in told
    assert "already" not in "\n".join(greeting(first, "http://127.0.0.1:1", keyed=False, dashboard=False))
    assert len(second.score("pumps", rows).raw) == 30


def test_many_lease_times_later_the_first_still_has_it_and_the_second_takes_over_when_it_stops(two):
    first, second = two
    time.sleep(2.5)
    assert [s.health().streams["pumps"].owned for s in two] == [True, False]
    first._engine.stop()
    until(lambda: second.health().streams["pumps"].owned)
    assert second.take("pumps", watched.arrow(watched.table(30))).counts == {"ordinary": 30}


def test_an_incident_closed_at_the_second_goes_on_as_told_again_at_the_first(two):
    first, second = two
    now = {"at": datetime.now(UTC).replace(tzinfo=None)}
    rows = [[{**row, **now} for row in watched.mappings(watched.table(30, seed=s, odd=(7,)))] for s in (1, 2)]
    first.take("pumps", rows[0])

    def incident():
        with first.store.reading() as unit:
            return unit.incidents.page().items[0]

    second.close_incident(incident().id, "anna")
    known = first.streams["pumps"].alarms.incidents
    until(lambda: known._known[incident().id].status is Status.CLOSED)
    assert "notified" in first.take("pumps", rows[1]).counts
    assert incident().status is Status.OPEN


def test_places_and_acts_written_at_once_lose_nothing(two):
    first, second = two
    sinks = [Sink(s, "pumps", f"feed {i}", threading.Event()) for i in range(4) for s in two[i % 2 :][:1]]
    threads = [threading.Thread(target=lambda s=s: [s.keep({"offset": n}) for n in range(20)]) for s in sinks]
    for thread in threads:
        thread.start()
    first.set_policy("pumps", first.streams["pumps"].policy, "anna")
    for thread in threads:
        thread.join(60)
    assert [s.place() for s in sinks] == [{"offset": 19}] * 4
    with second.store.reading() as unit:
        assert unit.streams.get("pumps").settings["policy_by"] == "anna"


def test_a_challenger_made_while_the_service_closes_leaves_no_file(tmp_path, monkeypatch):
    save, saved = Model.save, []
    with watched.service(tmp_path, gaps=False) as service:

        def closing(model, path):
            save(model, path)
            saved.append(path)
            service._engine.stop()

        service.take("pumps", watched.arrow(watched.table(400, seed=3)))
        monkeypatch.setattr(Model, "save", closing)
        service.challenge("pumps", "anna")
        service._contest.wait("pumps", 60)
    assert saved
    assert not list(tmp_path.glob("*challenger*"))
    assert "stopping" in service._contest.said["pumps"]


def test_a_promotion_taken_back_removes_the_challenger_that_stood_beside_it(tmp_path):
    with watched.service(tmp_path, gaps=False) as service:
        service.take("pumps", watched.arrow(watched.table(400, seed=3)))
        for seed in (4, 5):
            service.challenge("pumps", "anna")
            service._contest.wait("pumps", 120)
            if seed == 4:
                service.promote("pumps", "anna")
            service.take("pumps", watched.arrow(watched.table(100, seed=seed)))
        assert len(list(tmp_path.glob("*challenger*"))) == 2
        service.take_back("pumps", "anna")
        assert len(list(tmp_path.glob("*challenger*"))) == 1
