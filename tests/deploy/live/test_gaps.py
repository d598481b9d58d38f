"""Data that stop coming are an alert, and so is a clock that jumps; what comes back is told."""

from __future__ import annotations

import time

import numpy as np
import watched

from standout.deploy.live.entities import Entities
from standout.deploy.live.gaps import Gaps
from standout.deploy.store.records import Kind, Status


def gaps(floor=10.0, fixed=None, of_entities=True, most=100):
    entities = Entities(most)
    return entities, Gaps(entities, floor=floor, fixed=fixed, of_entities=of_entities)


def feed(entities, watch, start, steps, every, names=("a",)):
    now = start
    for _ in range(steps):
        now += every
        watch.arrived(now, entities.slots(names))
    return now


def test_a_stream_has_stopped_after_twice_its_longest_gap():
    entities, watch = gaps()
    now = feed(entities, watch, 0.0, 12, 30.0)
    assert watch.usual == 60.0
    assert watch.check(now + 59) == []
    (stopped,) = watch.check(now + 61)
    assert (stopped.entity, stopped.quiet, stopped.usual) == (None, 61.0, 60.0)
    assert watch.check(now + 1_000) == []
    (back,) = [b for b in watch.arrived(now + 1_000, entities.slots(["a"])) if b.entity is None]
    assert back.quiet == 1_000.0
    assert watch.usual == 60.0  # the outage taught nothing


def test_nothing_is_told_before_enough_is_known_nor_below_the_floor():
    entities, watch = gaps(floor=500.0)
    now = feed(entities, watch, 0.0, 5, 1.0)
    assert watch.check(now + 1e6) == []
    now = feed(entities, watch, now, 30, 1.0)
    assert watch.check(now + 499) == []
    assert len(watch.check(now + 501)) == 1


def test_a_stream_that_sends_irregularly_is_believed_after_a_week():
    entities, watch = gaps(of_entities=False)
    now, hour = 0.0, 3_600.0
    for day in range(9):
        for i in range(20):
            watch.arrived(now := day * 24 * hour + 10.0 * i**2, entities.slots([]))
        if day in (0, 3):
            assert watch.check(now + 23 * hour) == []
    assert len(watch.check(now + 49 * hour)) == 1


def test_a_fixed_silence_needs_no_learning():
    entities, watch = gaps(fixed=5.0)
    watch.arrived(100.0, entities.slots(["a"]))
    assert watch.check(104.9) == []
    assert len(watch.check(105.1)) == 1


def test_an_entity_that_sends_regularly_is_missed_and_one_that_does_not_is_not():
    entities, watch = gaps()
    rng = np.random.default_rng(0)
    now = 0.0
    for i in range(400):
        now += 10.0
        watch.arrived(
            now, entities.slots(["busy", *(["steady"] if i < 350 else []), *(["rare"] if rng.random() < 0.2 and i < 350 else [])])
        )
    found = watch.check(now)
    assert [s.entity for s in found] == ["steady"]
    (back,) = watch.arrived(now + 1, entities.slots(["steady", "busy"]))
    assert back.entity == "steady"
    assert back.quiet > 500


def test_many_that_stop_at_once_are_one_alert():
    entities, watch = gaps()
    names = [f"m{i}" for i in range(50)]
    now = feed(entities, watch, 0.0, 60, 10.0, (*names, "other"))
    now = feed(entities, watch, now, 20, 10.0, ("other",))
    (one,) = watch.check(now)
    assert one.count == 50


def test_entities_are_bounded_and_those_not_seen_for_longest_are_forgotten():
    entities, watch = gaps(most=1_000)
    for day in range(50):
        watch.arrived(float(day), entities.slots([f"e{i}" for i in range(day * 100, day * 100 + 100)]))
        assert len(entities) <= 1_000
    assert entities.forgotten >= 4_000
    assert "e4999" in entities.names()
    assert "e0" not in entities.names()
    copy = Entities(1_000)
    copy.resume(entities.snapshot())
    assert copy.names() == entities.names()
    assert np.array_equal(copy.seen[: len(copy)], entities.seen[: len(entities)])
    assert len(entities.slots([f"x{i}" for i in range(3_000)])) == 3_000


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_a_service_tells_that_data_stopped_and_that_they_are_back(tmp_path):
    clock = watched.SetClock()
    with watched.service(tmp_path, None, clock, silent_after=60.0, channels=("ops=json://127.0.0.1:9",)) as service:
        rows = watched.table(40)
        service.take("pumps", watched.arrow(rows))
        clock.move(61.0)
        until(lambda: service.health().streams["pumps"].stopped)

        def incidents():
            with service.store.reading() as unit:
                return unit.incidents.page().items

        until(incidents)
        (incident,) = incidents()
        assert "No data of pumps" in incident.headline
        with service.store.reading() as unit:
            (alert,) = unit.alerts.page().items
        assert alert.kind is Kind.STOPPED
        clock.move(100.0)
        service.take("pumps", watched.arrow(rows))
        (incident,) = incidents()
        assert incident.status is Status.CLOSED
        assert "back" in incident.headline
        with service.store.reading() as unit:
            assert len(unit.outbox.page().items) == 2


def test_a_clock_that_jumps_is_told_and_is_no_gap(tmp_path):
    clock = watched.SetClock()
    with watched.service(tmp_path, None, clock, silent_after=60.0) as service:
        service.take("pumps", watched.arrow(watched.table(4)))

        def told():
            with service.store.reading() as unit:
                return [a.sentence for a in unit.alerts.page().items]

        for jump, count in ((7_200.0, 1), (-7_200.0, 2)):
            clock.move(jump, steady=False)
            clock.passed += 0.3  # a tick is due
            until(lambda count=count: len(told()) == count)
        assert not service.health().streams["pumps"].stopped
        back, forward = told()
        assert "clock jumped forward by 2 hours" in forward
        assert "clock jumped back by 2 hours" in back
