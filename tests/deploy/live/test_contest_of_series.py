"""A detector of series has a challenger, too: fitted on recent rows in order of time, compared once it knows what came before."""

from __future__ import annotations

import numpy as np
import pytest
import watched

from standout.deploy.live.answers import NewLabel
from standout.deploy.live.labels.learning import TRUE, without_confirmed
from standout.deploy.store.records import Verdict


@pytest.fixture
def pumps(tmp_path):
    made = watched.model("nearest-windows", window=4, explained=True)
    with watched.service(tmp_path, made, gaps=False) as service:
        yield service


def later(rows, seconds):
    """The same rows that come later."""
    return [{**row, "at": row["at"] + np.timedelta64(seconds, "s").item()} for row in watched.mappings(rows)]


def challenged(service):
    service.take("pumps", watched.arrow(watched.table(400, seed=3)))
    service.challenge("pumps", "anna")
    service._contest.wait("pumps", 120)
    assert not service._contest.said
    return service.comparison("pumps")


def test_it_is_fitted_compared_promoted_and_taken_back(pumps):
    champion = pumps.streams["pumps"].model
    learned = challenged(pumps).learned
    assert (learned["rows"], learned["taught"]) == (400, False)
    got = pumps.take("pumps", later(watched.table(90, seed=4, odd=(60,)), 1_000))
    seen = pumps.comparison("pumps")
    assert seen.rows == 90 - 3 * 3  # of each of three pumps the first three rows have too little before them
    assert (seen.both, len(got.alerts)) == (1, 1)
    assert got.counts["same-event"] == 3
    pumps.promote("pumps", "anna")
    new = pumps.streams["pumps"].model
    assert new.detector.part == champion.detector.part
    assert new.learned_digest != champion.learned_digest
    rows = watched.table(60, seed=5)
    alone = new.score(rows).p_value[9:]
    assert np.allclose(pumps.take("pumps", later(rows, 2_000)).severity[9:], 100 * (1 - alone))
    pumps.take_back("pumps", "anna")
    assert pumps.streams["pumps"].model.learned_digest == champion.learned_digest


def test_it_goes_on_after_a_restart(tmp_path):
    with watched.service(tmp_path, watched.model("nearest-windows", window=4), gaps=False) as service:
        challenged(service)
        service.take("pumps", later(watched.table(90, seed=4), 1_000))
        before = service.comparison("pumps")
    with watched.service(tmp_path, gaps=False) as service:
        assert service.comparison("pumps") == before
        service.take("pumps", later(watched.table(30, seed=5), 2_000))
        assert service.comparison("pumps").rows == before.rows + 30


def test_confirmed_events_are_left_out(pumps):
    alerts = pumps.take("pumps", watched.arrow(watched.table(400, seed=3, odd=(100, 101)))).alerts
    for alert in alerts.values():
        pumps.label(NewLabel(alert, Verdict.TRUE, "anna"))
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 120)
    learned = pumps.comparison("pumps").learned
    assert learned["true"] == len(alerts)
    assert 300 < learned["rows"] < 400


def test_a_series_is_cut_where_rows_are_left_out():
    rows = watched.table(30)  # ten of each of three pumps
    labels = np.full(30, -1, dtype=np.int8)
    labels[[12, 28]] = TRUE  # the fifth of p0, the last of p1
    at, starts = without_confirmed(rows, labels, 2)
    pumps = [rows["pump"].at(int(i)) for i in at]
    assert pumps == ["p0"] * 5 + ["p1"] * 7 + ["p2"] * 10
    assert starts.tolist() == [0, 2, 5, 12]
    assert at[:5].tolist() == [0, 3, 21, 24, 27]
