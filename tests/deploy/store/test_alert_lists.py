"""Lists of alerts by whatever people ask for, and lanes."""

from __future__ import annotations

from datetime import date, timedelta

from stored import NOW, alert, incident, label, later

from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import HIDDEN, Kind, Lane, Outcome, Status, Verdict
from standout.deploy.store.store import Store, Unit


def sentences(unit: Unit, **asked: object) -> list[str]:
    return [a.sentence for a in unit.alerts.page(AlertFilter(**asked)).items]  # type: ignore[arg-type]


def test_alerts_are_found_by_each_filter(store: Store) -> None:
    with store.writing() as unit:
        closed = unit.incidents.add(incident())
        unit.incidents.set_status(closed, Status.CLOSED, "anna")
        ids = unit.alerts.add(
            [
                alert(sentence="one", stream="pumps", entity="p1", because="flow", event_id="E-77"),
                alert(sentence="two", kind=Kind.STOPPED, raised=later(10)),
                alert(sentence="three", outcome=Outcome.SILENCED, severity=97.0, raised=later(20)),
                alert(sentence="100% of_it", incident=closed, raised=later(30)),
            ]
        )
        unit.labels.add(label(ids[0], Verdict.TRUE))
        assert sentences(unit) == ["100% of_it", "three", "two", "one"]
        assert sentences(unit, stream="pumps") == sentences(unit, entity="p1") == sentences(unit, because="flow") == ["one"]
        assert sentences(unit, kind=Kind.STOPPED) == ["two"]
        assert sentences(unit, outcomes=HIDDEN) == ["three"]
        assert sentences(unit, verdict="true") == ["one"]
        assert len(sentences(unit, verdict="none")) == 3
        assert sentences(unit, status=Status.CLOSED) == sentences(unit, incident=closed) == ["100% of_it"]
        assert sentences(unit, since=later(10), until=later(20)) == ["two"]
        assert sentences(unit, least_severity=99.0, outcomes=HIDDEN) == []
        assert sentences(unit, text="e-77") == ["one"]
        assert sentences(unit, text="0% of_") == ["100% of_it"]
        assert sentences(unit, text="%%") == sentences(unit, text="o_i") == []
        assert unit.alerts.count(AlertFilter(stream="payments")) == 3


def test_alerts_are_counted_by_day(store: Store) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    with store.writing() as unit:
        unit.alerts.add([alert(raised=midnight), alert(raised=midnight - timedelta(microseconds=1)), alert(raised=NOW)])
        assert unit.alerts.per_day() == {date(2026, 11, 26): 1, date(2026, 11, 27): 2}
        assert unit.alerts.per_day(AlertFilter(stream="pumps")) == {}


def test_lanes_add_up_whatever_order_they_come_in(store: Store) -> None:
    minute = NOW.replace(second=0, microsecond=0)
    after = minute + timedelta(minutes=1)
    with store.writing() as unit:
        unit.lanes.add(
            [Lane("s", "a", minute, 5, 0, 50.0), Lane("s", "a", minute, 5, 1, 99.0), Lane("s", "b", after, 1, 0, 10.0)]
        )
        unit.lanes.add([Lane("s", "a", minute, 10, 0, 20.0), Lane("s", "a", after, 1, 1, 99.9)])
        unit.lanes.add([])
        until = minute + timedelta(hours=1)
        assert unit.lanes.between("s", minute, until) == [
            Lane("s", "a", minute, 20, 1, 99.0),
            Lane("s", "a", after, 1, 1, 99.9),
            Lane("s", "b", after, 1, 0, 10.0),
        ]
        assert unit.lanes.between("s", minute, until, minutes=60, entity="a") == [
            Lane("s", "a", NOW.replace(minute=0, second=0, microsecond=0), 21, 2, 99.9)
        ]
        assert [(x.entity, x.rows, x.minute) for x in unit.lanes.entities("s", minute)] == [("a", 21, after), ("b", 1, after)]
