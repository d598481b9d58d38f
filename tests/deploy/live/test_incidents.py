"""Alerts that belong together are one incident, told when it opens and when it gets worse, and not otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from standout.deploy.live.incidents import MOST, Incidents, Placing
from standout.deploy.live.matching import checked_match, matches
from standout.deploy.live.reasons import alike, headline
from standout.deploy.store.records import Alert, Incident, Kind, Outcome, Status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def alert(entity="p1", because="flow above", severity=99.5, **changed):
    return Alert(
        "pumps",
        Kind.ROW,
        NOON,
        "flow is 70, usually 8 to 12.",
        Outcome.NOTIFIED,
        severity,
        entity=entity,
        because=because,
        **changed,
    )


def minutes(n):
    return NOON + timedelta(minutes=n)


class Store:
    """Gives numbers to new incidents, as the store does."""

    def __init__(self, gap=3_600.0):
        self.incidents, self.last = Incidents(gap), 0

    def place(self, *pairs):
        placing = Placing(self.incidents)
        placed = [placing.place(a, minutes(m)) for a, m in pairs]
        numbers = {}
        for number, change in placing.changes.items():
            if change.new:
                self.last += 1
                change.incident = replace(change.incident, id=self.last)
            numbers[number] = change.incident.id
            self.incidents.keep(change.incident)
        return [(numbers[n], told) for n, told in placed], placing


def test_alerts_of_one_entity_reason_and_time_are_one_incident_told_once():
    store = Store()
    assert store.place((alert(), 0), (alert(), 1))[0] == [(1, True), (1, False)]
    assert store.place((alert(), 59))[0] == [(1, False)]
    assert store.place((alert(), 200))[0] == [(2, True)]


@pytest.mark.parametrize("other", [{"entity": "p2"}, {"entity": None}, {"because": "flow below"}, {"because": ""}])
def test_another_entity_or_reason_is_another_incident(other):
    assert [n for n, _ in Store().place((alert(), 0), (alert(**other), 1))[0]] == [1, 2]


def test_reasons_that_share_a_column_are_one():
    assert [
        n for n, _ in Store().place((alert(because="flow above; heat below"), 0), (alert(because="heat below; mode value"), 1))[0]
    ] == [1, 1]
    assert alike("", "")
    assert not alike("", "flow above")


def test_an_incident_is_told_again_when_it_is_ten_times_rarer_but_never_back_and_forth():
    store = Store()
    severities = (99.5, 99.2, 99.95, 99.5, 99.97, 99.1, 99.991, 99.5)
    told = [store.place((alert(severity=s), i))[0][0][1] for i, s in enumerate(severities)]
    assert told == [True, False, True, False, False, False, True, False]


def test_an_incident_is_told_again_with_the_tenth_and_the_hundredth_alert():
    placed, placing = Store().place(*((alert(), 0) for _ in range(120)))
    assert [i for i, (_, told) in enumerate(placed) if told] == [0, 9, 99]
    assert [(c.incident.alerts, c.alerts) for c in placing.changes.values()] == [(120, 120)]


def test_one_that_someone_closed_is_opened_and_told_when_it_goes_on():
    store = Store()
    store.place((alert(), 0))
    store.incidents.status(1, Status.CLOSED, "anna")
    placed, placing = store.place((alert(), 10), (alert(), 11))
    assert placed == [(1, True), (1, False)]
    change = placing.changes[1]
    assert (change.reopened, change.told, change.incident.status, change.incident.alerts) == (True, "again", Status.OPEN, 3)


def test_late_rows_join_what_was_before():
    store = Store()
    store.place((alert(), 0))
    assert store.place((alert(), -50))[0] == [(1, False)]
    assert store.place((alert(), -70))[0] == [(2, True)]


def test_no_more_than_so_many_are_remembered():
    incidents = Incidents(60.0)
    for i in range(MOST + 50):
        incidents.keep(Incident("pumps", f"p{i}", "flow above", "", NOON, NOON, id=i + 1))
    assert len(incidents) == MOST
    assert incidents.find(alert(entity="p0"), NOON) is None
    assert incidents.find(alert(entity="p60"), NOON) is not None


def test_an_incident_is_called_by_what_stands_out_and_whose_it_is():
    assert (
        headline(alert(because="flow above; heat missing; mode value"))
        == "flow is high, heat is missing and mode is unusual for p1"
    )
    assert headline(alert(because="inlet flow below", entity=None)) == "inlet flow is low"
    assert headline(alert(because="", entity=None)) == "A row stands out"


def test_a_match_asks_that_every_value_be_equal():
    one = alert(
        values={"site": "north", "rpm": 3.0, "entity": "column", "on": True, "none": None}, because="flow above; heat below"
    )
    for match in (
        {"entity": "p1"},
        {"because": "heat below"},
        {"because": "heat below; flow above"},
        {"rpm": "3"},
        {"on": "true"},
        {"column:entity": "column"},
    ):
        assert matches(checked_match(match), one), match
    for match in (
        {"entity": "p"},
        {"because": "heat below; mode value"},
        {"rpm": "3.1"},
        {"none": "None"},
        {"site": "north", "stream": "x"},
    ):
        assert not matches(checked_match(match), one), match
