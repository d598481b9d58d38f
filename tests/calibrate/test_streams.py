"""Policies that decide row by row: their promise, their state, and what they do with bad input."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import slow_online
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.calibrate.policies._investing import MASS, RATE
from standout.core.calibrator import Policy, Streams
from standout.core.errors import NotFiniteError, ParameterError
from standout.core.layout import check_state
from standout.core.registry import find, names

ALL = [cast("Any", find("policy", n).make(dict(e))) for n in names("policy") for e in find("policy", n).examples]
STREAMS = [p for p in ALL if isinstance(p, Streams)]
ONLINE = [p for p in STREAMS if p.name in ("lord-plus-plus", "saffron", "addis")]
BEGIN = np.datetime64("2026-01-01T00:00:00", "us")
P = st.lists(st.sampled_from([0.0, 1e-6, 0.0004, 0.004, 0.02, 0.3, 0.6, 1.0]), max_size=50).map(
    lambda p: np.array(p, dtype=np.float64)
)


def named(policy: Any) -> str:
    return str(policy.as_dict())


def minutes(n: int, step: int = 30) -> np.ndarray:
    return BEGIN + np.arange(n) * np.timedelta64(step, "m")


@pytest.mark.parametrize("policy", STREAMS, ids=named)
@given(p=P, cut=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_decisions_do_not_depend_on_the_pieces_in_which_rows_come(policy: Any, p: np.ndarray, cut: int) -> None:
    scores, times = np.arange(len(p), dtype=np.float64) % 7, minutes(len(p), 300)
    whole, pieces = policy.start(), policy.start()
    at_once = policy.decide(whole, p, scores, times)
    one = policy.decide(pieces, p[:cut], scores[:cut], times[:cut])
    two = policy.decide(pieces, p[cut:], scores[cut:], times[cut:])
    assert at_once.tolist() == [*one.tolist(), *two.tolist()]
    assert all(np.array_equal(whole[k], pieces[k]) for k in whole)
    check_state(policy, whole, {})


@pytest.mark.parametrize("policy", ONLINE, ids=named)
@given(p=P)
@settings(max_examples=25, deadline=None)
def test_online_rates_are_those_of_the_papers(policy: Any, p: np.ndarray) -> None:
    ignored = getattr(policy, "candidate", 0.0)
    rule = (policy.rate, policy.first, policy.memory, ignored, getattr(policy, "discard", 1.0), ignored or 1.0)
    assert policy.alarms(p, p, None).tolist() == slow_online.alarms(p, *rule, MASS, RATE)


def test_the_sequence_falls_and_sums_to_one_close_to_the_published_one() -> None:
    j = np.arange(1.0, 100_001.0)
    gamma = sum(m * r ** (j - 1) for m, r in zip(MASS, RATE, strict=True))
    published = 0.0772 * np.log(np.maximum(j, 2)) / (j * np.exp(np.sqrt(np.log(j))))
    assert np.isclose((MASS / (1 - RATE)).sum(), 1)
    assert (np.diff(gamma) < 0).all()
    assert (gamma / published > 0.8).all()
    assert (gamma / published < 2.1).all()


@pytest.mark.parametrize("name", ["lord-plus-plus", "saffron", "addis"])
@pytest.mark.parametrize("memory", [0, 1_000])
def test_online_rates_keep_the_share_of_false_alerts_and_find_most_of_what_is_clear(
    name: str, memory: int, rng: np.random.Generator
) -> None:
    policy = cast("Policy", find("policy", name).make({"rate": 0.1, "memory": memory}))
    false, found = [], []
    for _ in range(60):
        strange = rng.random(2_000) < 0.05
        p = np.where(strange, 10 ** -rng.uniform(3, 9, 2_000), rng.uniform(size=2_000))
        raised = policy.alarms(p, -p, None)
        false.append((raised & ~strange).sum() / max(1, raised.sum()))
        found.append((raised & strange).sum() / strange.sum())
    assert 0.01 < np.mean(false) < 0.1
    assert np.mean(found) > 0.6


def test_without_a_memory_a_quiet_stretch_silences_and_with_one_it_does_not() -> None:
    p = np.r_[np.full(200_000, 0.9), 1e-7]
    forgetful, never = (cast("Policy", find("policy", "lord-plus-plus").make({"memory": m})) for m in (1_000, 0))
    assert forgetful.alarms(p, -p, None)[-1]
    assert not never.alarms(p, -p, None)[-1]


@pytest.mark.parametrize("alerts", [1.0, 2.5, 5.0])
def test_a_budget_a_day_is_decided_as_the_slow_twin_decides_it(alerts: float, rng: np.random.Generator) -> None:
    policy = cast("Any", find("policy", "per-day").make({"alerts": alerts, "level": 0.3}))
    for _ in range(10):
        n = 600
        p, scores = rng.integers(0, 50, n) / 50, rng.integers(0, 9, n).astype(np.float64)
        times = np.sort(BEGIN + rng.integers(0, 60 * 24 * 20, n) * np.timedelta64(1, "m"))
        days = times.astype("datetime64[D]").astype(np.int64).tolist()
        assert policy.decide(policy.start(), p, scores, times).tolist() == slow_online.daily(days, p, scores, alerts, 0.3)


@pytest.mark.parametrize("alerts", [0.3, 1, 2.5, 5])
@pytest.mark.parametrize("name", ["per-day", "per-rows"])
def test_a_budget_holds_on_average_and_on_every_day_of_a_stream(name: str, alerts: float, rng: np.random.Generator) -> None:
    told = {"alerts": alerts, **({"rows": 48} if name == "per-rows" else {})}
    policy = cast("Any", find("policy", name).make(told))
    for _ in range(10):
        p, times = rng.uniform(0, 0.012, 48 * 30), minutes(48 * 30)
        raised = policy.decide(policy.start(), p, -p, times)
        _, counts = np.unique((np.arange(48 * 30) // 48)[raised], return_counts=True)
        assert counts.max(initial=0) <= np.ceil(alerts)
        assert 1 <= raised.sum() <= max(1, alerts * 30)


def test_a_burst_that_spends_the_budget_says_so_and_leaves_room_for_the_strongest() -> None:
    policy = cast("Any", find("policy", "per-day").make({"alerts": 5}))
    state = policy.start()
    scores = np.r_[np.full(100, 5.0), 9.0, np.full(100, 6.0), 10.0, np.full(50, 7.0)]
    times = BEGIN + np.arange(len(scores)) * np.timedelta64(1, "m")
    raised = policy.decide(state, np.full(len(scores), 0.001), scores, times)
    assert raised.nonzero()[0].tolist() == [0, 1, 2, 100, 201]
    (finding,) = policy.findings(state)
    assert finding.code == "budget-spent"
    assert finding.numbers["count"] == len(scores) - 5
    assert "5 alerts a day" in finding.message


def test_the_bar_follows_scores_that_drift_away_from_the_null(rng: np.random.Generator) -> None:
    policy = cast("Any", find("policy", "per-day").make({"alerts": 5}))
    n, days = 1_000, 40
    drift = np.linspace(0, 4, n * days)
    scores = rng.normal(size=n * days) + drift
    planted = np.arange(n * days) % n == 900
    scores[planted] += 7
    p = np.clip(1 - scores / 4, 1e-3, 1)  # a frozen null: soon every row has the least p-value
    times = BEGIN + np.arange(n * days) * np.timedelta64(86, "s") // 1
    raised = policy.decide(policy.start(), p, scores, times)
    assert (raised & planted).sum() > 0.8 * days
    assert raised.sum() <= 5 * days


def test_a_clock_that_runs_backwards_or_stops_never_opens_a_new_budget() -> None:
    policy = cast("Any", find("policy", "per-day").make({"alerts": 1}))
    state = policy.start()
    back = np.array(["2026-01-05", "2026-01-04", "NaT", "2026-01-05", "2026-01-06"], dtype="datetime64[us]")
    raised = policy.decide(state, np.full(5, 0.001), np.arange(5.0), back)
    assert raised.tolist() == [True, False, False, False, True]
    assert {f.code: f.numbers["rows"] for f in policy.findings(state) if "rows" in f.numbers} == {
        "decided-clock-backwards": 1,
        "decided-without-time": 1,
    }


def test_a_stream_without_a_clock_is_refused_a_budget_a_day() -> None:
    policy = cast("Any", find("policy", "per-day")())
    with pytest.raises(ParameterError, match="clock"):
        policy.decide(policy.start(), np.ones(2), np.ones(2), None)


@pytest.mark.parametrize("policy", ALL, ids=named)
def test_p_values_that_are_none_are_refused_by_row(policy: Any) -> None:
    times = minutes(3)
    with pytest.raises(NotFiniteError, match="row 1 is NaN"):
        policy.alarms(np.array([0.1, np.nan, 0.2]), np.zeros(3), times)
    with pytest.raises(NotFiniteError, match="score of row 2"):
        policy.alarms(np.full(3, 0.1), np.array([0.0, 0, np.nan]), times)
    with pytest.raises(ParameterError, match=r"row 0 is 1\.5"):
        policy.alarms(np.array([1.5, 0.1, 0.2]), np.zeros(3), times)
    with pytest.raises(ParameterError, match="rows"):
        policy.alarms(np.array([0.1, 0.2]), np.zeros(3), times)
    assert not policy.alarms(np.empty(0), np.empty(0), times[:0]).any()


def test_addis_needs_candidates_below_what_it_discards() -> None:
    with pytest.raises(ParameterError, match=r"candidate is 0\.5"):
        find("policy", "addis").make({"candidate": 0.5, "discard": 0.5})
