"""Labels on a real service: what is hidden, what never is, what a preview says, and taking it back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import watched

from standout.core.errors import ElsewhereError, ParameterError, ParameterTypeError, UnknownNameError
from standout.deploy.live.answers import NewLabel
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.deploy.store.records import Alert, Kind, Outcome, Verdict


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "pumps.standout"
    watched.model(explained=True).save(path)
    return path


@pytest.fixture
def pumps(explained, tmp_path):
    settings = {"store": f"sqlite:///{tmp_path}/live.db", "models": (f"pumps={explained}",), "explain": 1_000}
    with Service.open(Settings.make(settings), clock=watched.SetClock()) as service:
        yield service


def rows(flows, prefix="e", pump="p0", heat=50.0, at="2026-03-01T00:00:00"):
    return [
        {"event_id": f"{prefix}{i}", "at": at, "pump": pump, "flow": float(f), "heat": heat, "mode": "slow"}
        for i, f in enumerate(flows)
    ]


def take(service, flows, prefix="e", **how):
    """Outcomes by the first part of their name, and alerts by position."""
    receipt = service.take("pumps", rows(flows, prefix, **how))
    return [Outcome(o) for o in receipt.outcomes], receipt.alerts


def say(service, alert, verdict=Verdict.FALSE, by="anna", reason="a test", **how):
    return service.label(NewLabel(alert, verdict, by, reason, **how))


def test_a_false_alarm_hides_what_is_like_it_and_nothing_far_stranger(pumps):
    _, alerts = take(pumps, [70])
    label = say(pumps, alerts[0])
    assert (label.verdict, label.by, label.reason, label.acts) == (Verdict.FALSE, "anna", "a test", True)
    got, hidden = take(pumps, [70, 72, 60, 1_000, -70, 10], "f")
    suppressed = Outcome.SUPPRESSED
    assert got[:3] == [suppressed] * 3
    assert suppressed not in got[3:]
    assert got[5] is Outcome.ORDINARY
    with pumps.store.reading() as unit:
        alert = unit.alerts.get(hidden[0])
        assert (alert.outcome, alert.hidden_by, alert.incident) == (suppressed, label.id, None)
        assert unit.labels.hidden([label.id]) == {label.id: 3}
        assert unit.alerts.get(alerts[0]).verdict is Verdict.FALSE
        assert [entry.what for entry in unit.audit.page().items] == ["label given"]


def test_another_reason_is_not_hidden(pumps):
    _, alerts = take(pumps, [70])
    say(pumps, alerts[0])
    got, _ = take(pumps, [10, 70], "f", heat=400.0)
    assert Outcome.SUPPRESSED not in got


def test_a_confirmed_alert_is_never_hidden_nor_what_is_nearer_to_it(pumps):
    _, alerts = take(pumps, [70, 90])
    say(pumps, alerts[1], Verdict.TRUE)
    effect = pumps.preview(NewLabel(alerts[0], Verdict.FALSE, "anna"))
    assert (effect.hidden, effect.confirmed) == (1, 0)
    assert effect.sentence == "Would have hidden 1 alert of the last 30 days and 0 confirmed ones."
    say(pumps, alerts[0])
    got, _ = take(pumps, [71, 90, 88, 69], "f")
    assert [o is Outcome.SUPPRESSED for o in got] == [True, False, False, True]


def test_one_value_judged_both_ways_is_told(pumps):
    _, alerts = take(pumps, [70, 70])
    say(pumps, alerts[0])
    say(pumps, alerts[1], Verdict.TRUE, "bert")
    got, _ = take(pumps, [70], "f")
    assert got[0] is not Outcome.SUPPRESSED


def test_expected_hides_the_entity_at_its_hour(pumps):
    _, alerts = take(pumps, [70], at="2026-02-27T02:00:00")
    say(pumps, alerts[0], Verdict.EXPECTED)
    hidden = Outcome.SUPPRESSED
    assert take(pumps, [70, 40], "a", at="2026-02-28T02:40:00")[0] == [hidden, hidden]
    assert take(pumps, [70], "b", at="2026-02-28T12:00:00")[0] != [hidden]
    assert take(pumps, [70], "c", pump="p1", at="2026-02-28T02:00:00")[0] != [hidden]
    assert take(pumps, [700], "d", at="2026-02-28T02:00:00")[0] != [hidden]


@pytest.mark.parametrize(("verdict", "acts"), [(Verdict.UNSURE, True), (Verdict.TRUE, True), (Verdict.FALSE, False)])
def test_other_verdicts_hide_nothing(pumps, verdict, acts):
    _, alerts = take(pumps, [70])
    effect = pumps.preview(NewLabel(alerts[0], verdict, "anna", acts=acts))
    assert (effect.hidden, effect.confirmed) == (0, 0)
    assert not say(pumps, alerts[0], verdict, acts=acts).acts
    assert Outcome.SUPPRESSED not in take(pumps, [70], "f")[0]


def test_undone_it_hides_nothing_more_and_what_it_hid_stays_hidden(pumps):
    _, alerts = take(pumps, [70])
    label = say(pumps, alerts[0])
    take(pumps, [70], "f")
    before = pumps.why("pumps", "f0")
    pumps.undo(label.id, "bert")
    pumps.undo(label.id, "bert")
    assert take(pumps, [70], "g")[0] != [Outcome.SUPPRESSED]
    after = pumps.why("pumps", "f0")
    assert (before.outcome, after.outcome) == (Outcome.SUPPRESSED, Outcome.SUPPRESSED)
    assert "anna labelled false" in before.sentence
    assert "a test" in before.sentence
    assert "taken back by bert" in after.sentence
    with pumps.store.reading() as unit:
        assert unit.alerts.get(alerts[0]).verdict is None
        assert [e.what for e in unit.audit.page().items] == ["label undone", "label given"]


def test_labels_act_after_a_restart(explained, tmp_path):
    settings = Settings.make({"store": f"sqlite:///{tmp_path}/live.db", "models": (f"pumps={explained}",)})
    with Service.open(settings, clock=watched.SetClock()) as service:
        say(service, take(service, [70])[1][0])
    with Service.open(settings, clock=watched.SetClock()) as service:
        assert take(service, [70], "f")[0] == [Outcome.SUPPRESSED]


@pytest.mark.parametrize("seed", range(5))
def test_a_preview_says_what_the_same_rows_then_meet(pumps, seed):
    rng = np.random.default_rng(seed)
    flows = np.r_[rng.normal(30, 8, 25), rng.normal(-20, 5, 10)]
    _, alerts = take(pumps, flows)
    confirmed = {at for at in alerts if rng.random() < 0.15}
    for at in confirmed:
        say(pumps, alerts[at], Verdict.TRUE)
    asked = NewLabel(int(rng.choice([a for at, a in alerts.items() if at not in confirmed])), Verdict.FALSE, "anna")
    effect = pumps.preview(asked)
    pumps.label(asked)
    got, _ = take(pumps, flows, "again")
    hidden = {i for i, o in enumerate(got) if o is Outcome.SUPPRESSED}
    assert (len(hidden), effect.confirmed) == (effect.hidden, 0)
    assert hidden
    assert not hidden & confirmed


def test_however_many_labels_come_no_confirmed_alert_is_hidden(pumps):
    rng = np.random.default_rng(9)
    flows = np.r_[rng.normal(30, 8, 25), rng.normal(-20, 5, 10)]
    _, alerts = take(pumps, flows)
    confirmed = {at for at in alerts if rng.random() < 0.3}
    for at, alert in alerts.items():
        say(pumps, alert, Verdict.TRUE if at in confirmed else Verdict.FALSE)
    got, _ = take(pumps, flows, "again")
    assert {i for i, o in enumerate(got) if o is Outcome.SUPPRESSED} == set(alerts) - confirmed


def test_a_new_confirmation_takes_back_what_was_hidden_near_it(pumps):
    _, alerts = take(pumps, [70, 75])
    say(pumps, alerts[0])
    assert take(pumps, [75], "a")[0] == [Outcome.SUPPRESSED]
    said = pumps.preview(NewLabel(alerts[1], Verdict.TRUE, "anna")).sentence
    assert "1 would have been told that labels hide now" in said
    say(pumps, alerts[1], Verdict.TRUE)
    assert take(pumps, [75, 70], "b")[0] == [Outcome.GROUPED, Outcome.SUPPRESSED]


BAD = [
    (NewLabel(999, Verdict.FALSE, "anna"), UnknownNameError, "999"),
    (NewLabel(2**70, Verdict.FALSE, "anna"), UnknownNameError, "alert"),
    (NewLabel(1, "wrong", "anna"), UnknownNameError, "verdict"),
    (NewLabel(1, Verdict.FALSE, " "), ParameterError, "signed"),
    (NewLabel(1, Verdict.FALSE, "anna", "x" * 3_000), ParameterError, "3,000"),
    (NewLabel(1, Verdict.FALSE, "anna", 5), ParameterTypeError, "int"),
]


@pytest.mark.parametrize(("asked", "error", "said"), BAD, ids=lambda v: getattr(v, "__name__", ""))
def test_a_label_that_cannot_be_is_refused_by_name(pumps, asked, error, said):
    take(pumps, [70])
    for act in (pumps.preview, pumps.label):
        with pytest.raises(error, match=said):
            act(asked)
    with pytest.raises(UnknownNameError, match="label 7"):
        pumps.undo(7, "anna")
    with pumps.store.reading() as unit:
        assert not unit.labels.page().items
        assert not unit.audit.page().items


def test_a_second_verdict_asks_to_take_the_first_back(pumps):
    _, alerts = take(pumps, [70])
    first = say(pumps, alerts[0], Verdict.TRUE)
    assert say(pumps, alerts[0], Verdict.TRUE).id == first.id
    assert "Take that back" in pumps.preview(NewLabel(alerts[0], Verdict.FALSE, "bert")).sentence
    with pytest.raises(ParameterError, match=f"label {first.id}"):
        say(pumps, alerts[0], Verdict.FALSE, "bert")
    pumps.undo(first.id, "bert")
    assert say(pumps, alerts[0], Verdict.UNSURE, "bert").id
    assert say(pumps, alerts[0], Verdict.FALSE, "bert").acts


def test_hostile_reasons_are_kept_as_text(pumps):
    _, alerts = take(pumps, [70])
    reason = "<script>\x00\ud800'); DROP TABLE label; --\n=cmd()"
    label = say(pumps, alerts[0], reason=reason)
    take(pumps, [70], "f")
    assert "DROP TABLE" in pumps.why("pumps", "f0").sentence
    with pumps.store.reading() as unit:
        assert unit.labels.get(label.id).reason.endswith("=cmd()")


def test_an_alert_about_the_stream_can_be_judged_but_hides_nothing(pumps):
    with pumps.store.writing() as unit:
        number = unit.alerts.add(
            [Alert("pumps", Kind.STOPPED, watched.LONG_AGO, "No data.", Outcome.NOTIFIED, because=":stopped")]
        )[0]
    assert "has no row" in pumps.preview(NewLabel(number, Verdict.FALSE, "anna")).sentence
    with pytest.raises(ParameterError, match="without acts"):
        say(pumps, number)
    assert not say(pumps, number, acts=False).acts
    assert take(pumps, [70])[0] == [Outcome.NOTIFIED]


def test_a_stream_of_another_server_takes_no_labels_here(explained, tmp_path):
    settings = Settings.make({"store": f"sqlite:///{tmp_path}/live.db", "models": (f"pumps={explained}",)})
    with Service.open(settings, clock=watched.SetClock(), owner="one") as service:
        alert = take(service, [70])[1][0]
        with Service.open(settings, clock=watched.SetClock(), owner="two") as other:
            with pytest.raises(ElsewhereError, match="one"):
                say(other, alert)
            label = say(service, alert)
            with pytest.raises(ElsewhereError):
                other.undo(label.id, "bert")


def test_without_reasons_rows_are_held_against_each_other_whole(tmp_path):
    with watched.service(tmp_path) as service:
        _, alerts = take(service, [70])
        say(service, alerts[0])
        hidden = Outcome.SUPPRESSED
        assert take(service, [71], "a", heat=46.0)[0] == [hidden]
        assert hidden not in take(service, [71], "b", heat=150.0)[0]
        assert hidden not in take(service, [400], "c")[0]


def test_the_newest_verdict_stands_at_the_alert_whatever_hides(pumps):
    _, alerts = take(pumps, [70])
    label = say(pumps, alerts[0])
    with pumps.store.reading() as unit:
        assert unit.alerts.get(alerts[0]).verdict is Verdict.FALSE
        assert unit.labels.standing("pumps") == [replace(label, undone=None)]
