"""A model in motion: it scores, then learns, then moves its null, and never disturbs the model it came from."""

from __future__ import annotations

import by_hand
import numpy as np
import pytest

from standout.core.errors import ParameterError
from standout.core.live import Live
from standout.core.registry import find

WINDOW = {"window": 4}


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
    live, raised = Live(model), 0
    for piece in steps(rows, [10] * 4):
        raised += int(live.alarms(piece, live.step(piece)).sum())
    assert raised == 2
    assert [f.code for f in live.findings] == ["budget-spent"]


def test_a_policy_that_needs_all_rows_at_once_is_refused_in_a_stream():
    model, rows = by_hand.model(), by_hand.table(10, seed=4)
    live = Live(model.with_policy(find("policy", "share")()))
    with pytest.raises(ParameterError, match="share needs all rows"):
        live.alarms(rows, live.step(rows))
    assert live.findings == ()
