"""Champion and challenger on a real service: fitted from labels, compared in shadow, promoted by a person, taken back."""

from __future__ import annotations

import numpy as np
import pytest
import watched

from standout.core.errors import ParameterError
from standout.core.model import Model
from standout.deploy.live.answers import NewLabel
from standout.deploy.live.labels.learning import LEAST
from standout.deploy.store.records import Outcome, Verdict

pytest.importorskip("xgboost", reason="pip install 'standout[boost]'")


def taught(service):
    """Rows with odd flows, right to tell, and odd heats, which are labelled false but hide nothing."""
    rows = watched.table(300, seed=7, odd=tuple(range(5, 300, 10)))
    listed = watched.mappings(rows, [f"r{i}" for i in range(300)])
    for i in range(8, 300, 10):
        listed[i]["heat"] = 150.0 + i / 100
    alerts = service.take("pumps", listed).alerts
    for at, alert in alerts.items():
        flow = at % 10 == 5
        service.label(NewLabel(alert, Verdict.TRUE if flow else Verdict.FALSE, "anna", acts=False))
    service._contest.wait("pumps", 120)
    return listed


@pytest.fixture
def pumps(tmp_path):
    with watched.service(tmp_path, gaps=False) as service:
        yield service


def again(listed, prefix):
    return [{**row, "event_id": f"{prefix}{i}"} for i, row in enumerate(listed)]


def test_enough_labels_begin_a_challenger_that_knows_the_kinds_apart(pumps):
    listed = taught(pumps)
    assert not pumps._contest.said
    champion = pumps.streams["pumps"].model
    assert pumps.comparison("pumps").rows == 0
    learned = pumps.comparison("pumps").learned
    assert learned["taught"]
    assert min(learned["true"], learned["false"]) >= LEAST
    assert learned["order"] > 0.9
    told = pumps.take("pumps", again(listed, "s"))
    seen = pumps.comparison("pumps")
    assert seen.rows == 300
    assert seen.dropped > 20
    assert "left out" in seen.sentence
    assert pumps.streams["pumps"].model is champion
    pumps.promote("pumps", "anna")
    new = pumps.streams["pumps"].model
    assert new.detector.part.name == "boosted-scores"
    after = pumps.take("pumps", again(listed, "p"))
    odd_heat = list(range(8, 300, 10))
    raised = [sum(o in (Outcome.NOTIFIED, Outcome.GROUPED) for o in r.outcomes[odd_heat]) for r in (told, after)]
    assert raised[1] < raised[0] / 2
    pumps.take_back("pumps", "anna")
    assert pumps.streams["pumps"].model.learned_digest == champion.learned_digest
    with pumps.store.reading() as unit:
        said = [e.what for e in unit.audit.page(limit=200).items if e.what != "label given"]
    assert said == ["promotion taken back", "challenger promoted", "challenger begun", "challenger asked for"]


def test_challenger_and_promotion_are_there_after_a_restart(tmp_path):
    with watched.service(tmp_path, gaps=False) as service:
        listed = taught(service)
        service.take("pumps", again(listed, "s"))
        before, digest = service.comparison("pumps"), service.streams["pumps"].shadow.model.learned_digest
    with watched.service(tmp_path, gaps=False) as service:
        assert service.comparison("pumps") == before
        service.promote("pumps", "anna")
        service.take("pumps", again(listed[:20], "t"))
    with watched.service(tmp_path, gaps=False) as service:
        assert service.comparison("pumps") is None
        assert service.streams["pumps"].model.learned_digest == digest
        assert service.streams["pumps"].findings == ()
        files = list(tmp_path.glob("pumps.challenger-*.standout"))
        assert [Model.load(f).learned_digest for f in files] == [digest]
    files[0].unlink()
    with watched.service(tmp_path, gaps=False) as service:
        stream = service.streams["pumps"]
        assert stream.model.learned_digest == stream.given.learned_digest
        assert "promoted-not-found" in {f.code for f in stream.findings}


def test_without_labels_a_stale_model_is_fitted_again_through_the_same_door(pumps, tmp_path):
    rows = watched.table(400, seed=3)
    pumps.take("pumps", watched.arrow(rows))
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 120)
    with pytest.raises(ParameterError, match="already"):
        pumps.challenge("pumps", "anna")
    learned = pumps.comparison("pumps").learned
    assert (learned["rows"], learned["taught"]) == (400, False)
    pumps.dismiss("pumps", "anna")
    assert pumps.comparison("pumps") is None
    assert not list(tmp_path.glob("*challenger*"))
    for act in (pumps.promote, pumps.dismiss, pumps.take_back):
        with pytest.raises(ParameterError):
            act("pumps", "anna")


def test_too_few_rows_are_said_and_change_nothing(pumps):
    pumps.take("pumps", watched.arrow(watched.table(50)))
    with pytest.raises(ParameterError, match="signed"):
        pumps.challenge("pumps", " ")
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 60)
    with pytest.raises(ParameterError, match="at least 200 rows"):
        pumps.promote("pumps", "anna")


def test_scores_of_a_champion_are_the_same_beside_a_challenger(pumps):
    rows = watched.table(400, seed=3)
    pumps.take("pumps", watched.arrow(rows))
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 120)
    more = watched.table(50, seed=4, odd=(7,))
    got = pumps.take("pumps", watched.arrow(more))
    assert np.array_equal(got.severity, pumps.score("pumps", watched.arrow(more)).severity)


def test_a_challenger_that_fails_is_set_aside_and_the_champion_goes_on(pumps, monkeypatch):
    pumps.take("pumps", watched.arrow(watched.table(400, seed=3)))
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 120)

    def fails(*_):
        raise ValueError("no such row")

    monkeypatch.setattr(pumps.streams["pumps"].shadow, "step", fails)
    got = pumps.take("pumps", watched.arrow(watched.table(5, seed=4)))
    assert got.counts == {"ordinary": 5}
    assert "no such row" in pumps.health().streams["pumps"].findings[0].message
    assert pumps.comparison("pumps") is None


def test_after_a_transaction_that_failed_the_challenger_is_as_the_store_says(pumps):
    pumps.take("pumps", watched.arrow(watched.table(400, seed=3)))
    pumps.challenge("pumps", "anna")
    pumps._contest.wait("pumps", 120)
    more = watched.table(50, seed=4)
    pumps.take("pumps", watched.arrow(more))
    seen = pumps.comparison("pumps")
    with pytest.raises(ParameterError):
        pumps.promote("pumps", " ")
    pumps._engine.broken.add("pumps")
    pumps._engine.do(lambda _: None)
    assert pumps.comparison("pumps") == seen
