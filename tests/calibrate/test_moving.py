"""Nulls that move: the latest scores, and SPOT and DSPOT beside their slow form."""

from __future__ import annotations

import numpy as np

from standout.calibrate.conformal import Conformal
from standout.calibrate.dspot import Dspot
from standout.calibrate.moving_null import MovingNull
from standout.calibrate.spot import Spot


def walked(part, state, scores):
    """P-values, each taken before its score moves the null."""
    p = np.empty(len(scores))
    for i in range(len(scores)):
        p[i] = part.p_values(state, scores[i : i + 1])[0]
        part.move(state, scores[i : i + 1])
    return p


def test_the_latest_scores_are_the_null(rng: np.random.Generator) -> None:
    part, scores = MovingNull(window=50, tail=False), rng.normal(size=400)
    state = part.fit(scores[:30], rng)
    got = walked(part, state, scores[30:])
    for i, p in enumerate(got, 30):
        latest = scores[max(0, i - 50) : i]
        assert p == (1 + (latest >= scores[i]).sum()) / (1 + len(latest))


def test_beyond_the_highest_of_the_latest_the_tail_tells_apart(rng: np.random.Generator) -> None:
    part = MovingNull()
    state = part.fit(rng.exponential(size=2_000), rng)
    p = part.p_values(state, np.array([20.0, 60.0]))
    assert p[1] < p[0] < 1 / 1001
    counted = MovingNull(tail=False)
    assert (counted.p_values(state, np.array([20.0, 60.0])) == 1 / 1001).all()


def test_after_a_drift_the_level_is_kept_where_a_null_that_stays_breaks_it(rng: np.random.Generator) -> None:
    scores = np.abs(rng.normal(size=6_000)) * np.linspace(1.0, 2.5, 6_000)
    fixed = Conformal().fit(scores[:1_000], rng)
    assert np.mean(Conformal().p_values(fixed, scores[1_000:]) <= 0.01) > 0.05
    part = MovingNull(window=500)
    assert np.mean(walked(part, part.fit(scores[:1_000], rng), scores[1_000:]) <= 0.01) < 0.016


def test_a_level_that_rises_breaks_spot_and_not_dspot(rng: np.random.Generator) -> None:
    scores = rng.exponential(size=6_000) + np.linspace(0.0, 60.0, 6_000)
    rates = {}
    for part in (Spot(), Dspot()):
        state = part.fit(scores[:1_000], rng)
        rates[part.name] = np.mean(walked(part, state, scores[1_000:]) <= 0.01)
    assert rates["spot"] > 0.5
    assert 0.004 < rates["dspot"] < 0.02


def test_spot_keeps_its_levels_on_a_stream_that_stays() -> None:
    rates = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        scores = rng.exponential(size=5_000)
        p = walked(Spot(), Spot().fit(scores[:1_000], rng), scores[1_000:])
        rates.append([np.mean(p <= 0.01), np.mean(p <= 0.001)])
    low, high = np.mean(rates, axis=0)
    assert 0.007 < low < 0.013
    assert 0.0004 < high < 0.0018


def test_an_anomaly_goes_by_without_a_trace_in_spot(rng: np.random.Generator) -> None:
    part = Spot()
    state = part.fit(rng.exponential(size=1_000), rng)
    before = {k: a.copy() for k, a in state.items()}
    part.move(state, np.array([1e6]))
    assert all(np.array_equal(before[k], state[k]) for k in before if k != "seen")


def test_spot_counts_its_rows_and_peaks(rng: np.random.Generator) -> None:
    part = Spot(kept=40)
    first, later = rng.exponential(size=1_000), rng.uniform(0, 5, size=300)
    state = part.fit(first, rng)
    threshold = np.sort(first)[-51]
    assert state["threshold"][0] == threshold
    assert (state["over"][0], state["seen"][0]) == (50, 1_000)
    part.move(state, later)
    assert state["over"][0] == 50 + (later > threshold).sum()
    assert state["seen"][0] == 1_300
    peaks = np.concatenate([first[first > threshold], later[later > threshold]]) - threshold
    assert sorted(state["peaks"]) == sorted(peaks[-40:])


def test_dspot_follows_the_mean_of_the_scores_before(rng: np.random.Generator) -> None:
    part, scores = Dspot(depth=7, anomalous=1e-12), rng.normal(size=900)
    state = part.fit(scores[:700], rng)
    heights = [scores[i] - scores[i - 7 : i].mean() for i in range(7, 700)]
    np.testing.assert_allclose(state["null"], np.sort(heights), atol=1e-12)
    for i in range(700, 900):
        part.move(state, scores[i : i + 1])
        assert np.sort(state["recent"]).tolist() == np.sort(scores[i - 6 : i + 1]).tolist()
        assert state["recent"][int(state["next"][0])] == scores[i - 6]
