"""Rows of a series wait for earlier ones, and those that come too late are told."""

from __future__ import annotations

import numpy as np
import pytest
import watched

from standout.deploy.live.entities import Entities
from standout.deploy.live.ordering import Held, Ordering
from standout.deploy.store.records import Outcome

NOW = 1_772_323_200.0  # 2026-03-01, as the rows'


def held(rows, came=NOW, batch=1):
    n = len(rows)
    return Held(rows, np.full(n, batch), np.arange(n, dtype=np.int32), np.full(n, came), [""] * n)


def seconds(rows):
    return ((rows.table.columns[0].values - watched.START) / np.timedelta64(1, "s")).astype(int).tolist()


def ordering(wait, ahead=1e9):
    return Ordering(Entities(100), wait, ahead)


def test_without_waiting_all_go_at_once_and_older_ones_are_late():
    rows, order = watched.table(6, pumps=1), ordering(0.0)
    assert not order.add(held(rows.take(np.array([3, 2]))), NOW).any()
    ready = order.release(NOW)
    assert seconds(ready) == [3, 2]
    order.judged(ready)
    assert order.add(held(rows.take(np.array([1, 3, 4]))), NOW).tolist() == [True, False, False]


def test_rows_wait_until_newer_ones_of_their_own_entity_have_come():
    rows, order = watched.table(40, pumps=2), ordering(10.0)
    order.add(held(rows.take(np.array([4, 0, 1, 2]))), NOW)
    assert order.release(NOW) is None
    order.add(held(rows.take(np.array([12]))), NOW)  # p0 is at 12: what is up to 2 goes
    assert seconds(order.release(NOW)) == [0, 2]
    assert order.waiting == 3
    order.add(held(rows.take(np.array([30]))), NOW)
    assert seconds(order.release(NOW)) == [4, 12]
    assert order.waiting == 2


def test_nobody_waits_longer_than_told_and_whoever_goes_takes_earlier_ones_along():
    rows, order = watched.table(40, pumps=1), ordering(10.0)
    order.add(held(rows.take(np.array([5])), NOW), NOW)
    order.add(held(rows.take(np.array([3, 8])), NOW + 6), NOW + 6)
    assert order.release(NOW + 9.9) is None
    assert seconds(order.release(NOW + 10)) == [5, 3]
    assert seconds(order.release(NOW + 16)) == [8]


def test_a_clock_far_ahead_does_not_hurry_the_others():
    rows = watched.table(40, pumps=1)
    rows.columns[0].values[39] += np.timedelta64(400, "D")
    order = ordering(10.0, ahead=5.0)
    order.add(held(rows.take(np.array([39, 4]))), NOW + 4)
    assert order.release(NOW + 4) is None
    assert not order.add(held(rows.take(np.array([2])), NOW + 5), NOW + 5).any()


@pytest.mark.parametrize("seed", range(4))
def test_a_series_that_comes_out_of_order_scores_as_one_in_order(tmp_path, seed):
    made, rows = watched.model("nearest-windows", window=4), watched.table(120, seed=2)
    asked = made.score(rows)
    order = np.argsort(np.arange(120) + np.random.default_rng(seed).uniform(0, 8, 120))
    clock = watched.SetClock(watched.LONG_AGO)
    with watched.service(tmp_path, made, clock, wait=10.0) as service:
        for at in np.array_split(order, 20):
            clock.move(6.0)
            service.take("pumps", watched.mappings(rows.take(at), [f"e{i}" for i in at]))
        assert service.health().streams["pumps"].waiting > 0
        clock.move(20.0)
        service.take("pumps", [])
        service._engine.do(lambda unit: service._engine.streams["pumps"].tick(unit, clock.now()))
        assert service.health().streams["pumps"].waiting == 0
        told = [service.why("pumps", f"e{i}") for i in range(120)]
    raw = [next(s.numbers["score"] for s in t.stages if s.name == "score") for t in told]
    assert np.array_equal(raw, asked.raw)


def test_a_late_row_is_kept_and_told_and_leaves_the_series_alone(tmp_path):
    made, rows = watched.model("nearest-windows", window=4), watched.table(60, pumps=1)
    with watched.service(tmp_path, made) as service:
        service.take("pumps", watched.arrow(rows.take(np.arange(30))))
        late = service.take("pumps", watched.mappings(rows.take(np.array([7]))))
        assert late.counts == {"late": 1}
        assert np.isnan(late.severity).all()
        assert "later times" in service.why("pumps", late.ids[0]).sentence
        rest = service.take("pumps", watched.arrow(rows.take(np.arange(30, 60))))
    assert np.array_equal(rest.severity, made.score(rows).severity[30:])


def test_rows_without_a_time_are_no_part_of_a_series_and_a_row_detector_takes_them(tmp_path):
    nothing = {"pump": "p1", "flow": 10.0, "heat": 50.0, "mode": "slow"}
    with watched.service(tmp_path, watched.model("nearest-windows", window=4)) as service:
        assert service.take("pumps", [nothing]).counts == {"rejected": 1}
    (tmp_path / "rows").mkdir()
    with watched.service(tmp_path / "rows") as service:
        receipt = service.take("pumps", [nothing])
        assert Outcome(receipt.outcomes[0]) is Outcome.ORDINARY
