"""A model in motion: it scores, then learns, then moves its null, and never disturbs the model it came from."""

from __future__ import annotations

import by_hand
import numpy as np
import pytest

from standout.core.errors import ParameterError, TooFewRowsError
from standout.core.live import Live
from standout.core.registry import find
from standout.core.scores import Scores

WINDOW = {"window": 4}
SHORT = {"shortest": 2, "lengths": 2, "memory": 50, "event": 2}


def steps(rows, sizes):
    at = 0
    for size in sizes:
        yield rows.take(np.arange(at, at + size))
        at += size


def states(model):
    parts = (model.detector, model.calibrator)
    return [{k: a.copy() for k, a in fitted.state.items()} for fitted in parts]


def same(one, two):
    return all(np.array_equal(a[k], b[k]) for a, b in zip(one, two, strict=True) for k in a)


def test_a_row_is_scored_before_it_is_learned():
    model, rows = by_hand.model(), by_hand.table(10, seed=4)
    live = Live(model)
    first = live.step(rows)
    assert np.array_equal(first.raw, model.score(rows).raw)
    assert not np.array_equal(live.step(rows).raw, first.raw)


def test_a_level_that_stays_becomes_ordinary():
    model, rows = by_hand.model(half_life=20.0), by_hand.table(200, seed=4)
    rows.columns[0].values[:] += 40
    live = Live(model)
    scores = np.concatenate([live.step(piece).raw for piece in steps(rows, [1] * 200)])
    assert scores[150:].mean() < 0.3 * scores[:5].mean()


def test_the_model_it_came_from_stays_as_it_was_and_frozen_ones_share_nothing():
    model, rows = by_hand.model(), by_hand.table(90, seed=4)
    before = states(model)
    live = Live(model)
    live.step(rows)
    frozen = live.freeze()
    at_freezing, digest = states(frozen), frozen.digest
    assert same(states(model), before)
    assert not same(at_freezing, before)
    live.step(rows)
    assert same(states(frozen), at_freezing)
    assert frozen.digest == digest
    for array in live.freeze().detector.state.values():
        assert not any(np.shares_memory(array, other) for other in frozen.detector.state.values())


def test_a_frozen_model_scores_as_the_live_one_would_next(tmp_path):
    live, rows = Live(by_hand.model()), by_hand.table(60, seed=4)
    live.step(rows)
    frozen = live.freeze()
    frozen.save(tmp_path / "m")
    after = by_hand.table(20, seed=6)
    assert np.array_equal(frozen.score(after).raw, live.step(after).raw)
    assert np.array_equal(type(frozen).load(tmp_path / "m").score(after).raw, frozen.score(after).raw)


@pytest.mark.parametrize("sizes", [[40], [1] * 40, [3, 1, 20, 0, 16], [2] * 20])
def test_a_sequence_live_scores_as_it_does_in_one_table_with_entities_interleaved(sizes):
    model, rows = by_hand.model("subsequence-pca", **WINDOW), by_hand.table(40, seed=7)
    live = Live(model, refit_every=10**9)
    got = np.concatenate([live.step(piece).raw for piece in steps(rows, sizes)])
    assert np.array_equal(got, model.score(rows).raw)


@pytest.mark.parametrize("sizes", [[300], [1] * 300, [3, 7, 150, 20, 120]], ids=["at once", "row by row", "in pieces"])
def test_one_that_remembers_scores_live_as_in_one_table_though_it_is_never_fitted_again(sizes):
    model, rows = by_hand.model("left-profile", **SHORT), by_hand.table(300, seed=7)
    live = Live(model, refit_every=20)
    whole = model.score(rows).raw
    assert whole.max() > 0
    assert not live.behind(rows).all()
    at = 0
    for piece in steps(rows, sizes):
        assert np.array_equal(live.step(piece).raw, whole[at : at + len(piece)])
        at += len(piece)
    assert live.behind(rows).all()


def test_the_reasons_of_one_that_remembers_are_of_the_score_that_was_served():
    model, rows = by_hand.model("left-profile", explained=True, **SHORT), by_hand.table(300, seed=7)
    rows.columns[0].values[280] += 50
    live = Live(model)
    live.step(rows.take(np.arange(270)))
    live.step(rows.take(np.arange(270, 300)))
    (told,) = live.reasons(np.array([10]))
    (asked,) = model.explain(rows, np.array([280]))
    assert told.contributions[0].column == asked.contributions[0].column == "amount"
    assert told.excess == asked.excess > 0


def test_a_detector_without_an_update_is_fitted_again_on_the_latest_rows():
    model, rows = by_hand.model("ecod"), by_hand.table(80, seed=7)
    live = Live(model, refit_every=50, window=30)
    live.step(rows.take(np.arange(40)))
    assert same(states(live.freeze())[:1], states(model)[:1])
    live.step(rows.take(np.arange(40, 80)))
    assert live.freeze().detector.state["ordered"].shape[1] == 30
    assert np.array_equal(model.detector.state["drawn"], np.arange(60))


def test_a_detector_that_looks_ahead_does_not_go_live(monkeypatch):
    model = by_hand.model()
    monkeypatch.setattr(type(model.detector.part), "causal", False)
    with pytest.raises(ParameterError, match="running-moments looks ahead"):
        Live(model)


def test_absent_columns_are_told_live_as_they_are_in_a_table():
    scores = Live(by_hand.model()).step(by_hand.table(3).only(["amount"]))
    assert [f.column for f in scores.findings] == ["shop"]


def test_a_policy_that_decides_row_by_row_remembers_between_steps_what_it_has_raised():
    policy = find("policy", "per-rows").make({"alerts": 2, "rows": 1_000, "level": 1.0})
    model, rows = by_hand.model().with_policy(policy), by_hand.table(40, seed=4)
    live, raised = Live(model, learn=False), 0
    for piece in steps(rows, [10] * 4):
        raised += int(live.alarms(piece, live.step(piece)).sum())
    assert raised == 2
    assert [f.code for f in live.findings] == ["budget-spent"]


def test_a_policy_that_needs_all_rows_at_once_is_refused_in_a_stream():
    model, rows = by_hand.model(), by_hand.table(10, seed=4)
    live = Live(model.with_policy(find("policy", "share")()), learn=False)
    with pytest.raises(ParameterError, match="share needs all rows"):
        live.alarms(rows, live.step(rows))
    assert live.findings == ()


def test_one_that_does_not_learn_scores_every_row_as_the_model_does():
    model, rows = by_hand.model(), by_hand.table(60, seed=4)
    live = Live(model, learn=False)
    got = np.concatenate([live.step(piece).raw for piece in steps(rows, [7] * 8 + [4])])
    assert np.array_equal(got, model.score(rows).raw)
    assert same(states(live.freeze()), states(model))


def test_the_null_moves_without_learning_only_where_that_is_told():
    rows = by_hand.table(60, seed=4)
    moving = by_hand.with_calibrator(by_hand.model(), "moving-null")
    for told, moves in (({}, False), ({"move_null": True}, True)):
        live = Live(moving, learn=False, **told)
        live.step(rows)
        detector, null = zip(states(live.freeze()), states(moving), strict=True)
        assert same([detector[0]], [detector[1]])
        assert same([null[0]], [null[1]]) is not moves


def test_a_null_that_stays_while_the_detector_learns_is_told():
    live = Live(by_hand.model())
    assert [f.code for f in live.findings] == ["null-stays"]
    assert Live(by_hand.with_calibrator(by_hand.model(), "moving-null")).findings == ()


def test_a_fit_that_fails_leaves_the_detector_as_it_was_and_is_told(monkeypatch):
    model, rows = by_hand.model("ecod"), by_hand.table(40, seed=7)
    live = Live(model, refit_every=10)

    def fails(_part, matrix, _rng):
        raise TooFewRowsError.needed("ecod", len(matrix), 100)

    monkeypatch.setattr(type(model.detector.part), "fit", fails)
    scores = live.step(rows)
    assert np.array_equal(scores.raw, live.step(rows).raw)
    told = [f for f in live.findings if f.code == "refit-failed"]
    assert told[0].numbers["count"] == 2


def test_a_sequence_detector_is_fitted_again_on_each_entitys_own_rows_in_order(monkeypatch):
    model, rows = by_hand.model("subsequence-pca", **WINDOW), by_hand.table(40, seed=7)
    live, seen = Live(model, refit_every=40), []
    fit = type(model.detector.part).fit

    def watched(self, matrix, rng, labels=None):
        seen.append(matrix)
        return fit(self, matrix, rng, labels)

    monkeypatch.setattr(type(model.detector.part), "fit", watched)
    for piece in steps(rows, [3] * 13 + [1]):
        live.step(piece)
    prepared = model.prepare(rows).values
    assert np.array_equal(seen[0].values, np.concatenate([prepared[::2], prepared[1::2]]))
    assert seen[0].starts.tolist() == [0, 20]


def test_entities_beyond_the_most_are_forgotten_least_recently_seen_first_and_told():
    model, rows = by_hand.model("subsequence-pca", **WINDOW), by_hand.table(40, seed=7)
    live = Live(model, refit_every=10**9, learn=False, most_entities=1)
    first = live.step(rows.take(np.arange(0, 20, 2)))
    live.step(rows.take(np.arange(1, 20, 2)))
    again = live.step(rows.take(np.arange(0, 20, 2)))
    assert np.array_equal(first.raw, again.raw), "it begins anew"
    told = [f for f in live.findings if f.code == "entities-forgotten"]
    assert told[0].numbers == {"most": 1, "count": 2}


def test_changing_the_budget_begins_it_anew_and_keeping_it_does_not():
    two = find("policy", "per-rows").make({"alerts": 2, "rows": 1_000, "level": 1.0})
    model, rows = by_hand.model().with_policy(two), by_hand.table(40, seed=4)
    live = Live(model, learn=False)
    live.alarms(rows, live.step(rows))
    live.change_policy(find("policy", "per-rows").make({"alerts": 2, "rows": 1_000, "level": 1.0}))
    assert not live.alarms(rows, live.step(rows)).any()
    live.change_policy(find("policy", "per-rows").make({"alerts": 3, "rows": 1_000, "level": 1.0}))
    assert live.alarms(rows, live.step(rows)).sum() == 3
    assert live.policy.alerts == 3


@pytest.mark.parametrize("setting", ["refit_every", "window", "most_entities"])
def test_settings_below_one_are_refused(setting):
    with pytest.raises(ParameterError, match=setting):
        Live(by_hand.model(), **{setting: 0})


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("lord-plus-plus", {"rate": 0.5}),
        ("saffron", {"rate": 0.5}),
        ("addis", {"rate": 0.5}),
        ("per-rows", {"alerts": 4, "rows": 300, "level": 0.5}),
        ("level", {"level": 0.1}),
    ],
)
def test_what_a_policy_remembers_outlives_the_model_file(tmp_path, name, budget):
    model = by_hand.model().with_policy(find("policy", name).make(budget))
    rng = np.random.default_rng(0)
    rows, p = by_hand.table(300, seed=4), np.where(rng.random(300) < 0.05, 1e-4, rng.random(300))
    whole, live = Live(model, learn=False), Live(model, learn=False)
    pieces = [(piece, Scores(-p[piece.rows], p[piece.rows])) for piece in steps(rows, [100] * 3)]
    expected = [whole.alarms(*piece) for piece in pieces]
    for before, piece in zip(expected, pieces, strict=True):
        assert np.array_equal(live.alarms(*piece), before)
        live.freeze().save(tmp_path / "m")
        loaded = type(model).load(tmp_path / "m")
        assert loaded.digest == live.freeze().digest
        live = Live(loaded, learn=False)
    assert live.findings == whole.findings
    assert np.concatenate(expected).any()


def test_a_model_under_another_policy_remembers_nothing_of_the_old_one():
    model = by_hand.model().with_policy(find("policy", "lord-plus-plus")())
    live, rows = Live(model, learn=False), by_hand.table(100, seed=4)
    live.alarms(rows, live.step(rows))
    frozen = live.freeze()
    assert frozen.policy_state
    assert frozen.with_policy(model.policy).policy_state
    assert not frozen.with_policy(find("policy", "saffron")()).policy_state
    assert frozen.digest != model.digest
    assert frozen.learned_digest == model.learned_digest
