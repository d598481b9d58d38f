from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.registry import find, names, part_from_dict

POLICIES = [cast("Policy", find("policy", n).make(dict(e))) for n in names("policy") for e in find("policy", n).examples]
# of these the level of a row depends on the rows before it: tests/calibrate/test_streams.py
BY_ORDER = ("addis", "lord-plus-plus", "saffron")
WHOLE = [p for p in POLICIES if p.name not in BY_ORDER]
P = st.lists(st.sampled_from([0.0001, 0.004, 0.004, 0.02, 0.3, 1.0]), min_size=0, max_size=60).map(np.array)


def clock(n: int, rng: np.random.Generator) -> np.ndarray:
    hours = rng.integers(0, 24 * 5, size=n) * np.timedelta64(3600, "s")
    return (np.datetime64("2026-01-01T00:00:00", "us") + hours).astype("datetime64[us]")


@pytest.mark.parametrize("policy", WHOLE, ids=lambda p: str(p.as_dict()))
@given(p=P)
def test_what_is_raised_is_never_less_strange_than_what_is_not(policy: Policy, p: np.ndarray) -> None:
    p = p.astype(np.float64)
    scores = -p
    times = np.full(len(p), np.datetime64("2026-01-01", "us"))
    raised = policy.alarms(p, scores, times)
    assert raised.shape == p.shape
    assert raised.dtype == np.bool_
    if raised.any() and not raised.all():
        assert p[raised].max() <= p[~raised].min()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: str(p.as_dict()))
def test_a_policy_survives_json_and_says_its_promise(policy: Policy) -> None:
    assert part_from_dict("policy", policy.as_dict()) == policy
    assert policy.in_words()


@pytest.mark.parametrize("alerts", [0.5, 1, 2.5, 5])
def test_a_budget_a_day_holds_on_average_and_on_every_day(alerts: float, rng: np.random.Generator) -> None:
    policy = cast("Policy", find("policy", "per-day").make({"alerts": alerts}))
    for _ in range(20):
        p, times = rng.uniform(0, 0.012, size=500), clock(500, rng)
        raised = policy.alarms(p, -p, times)
        _, counts = np.unique(times[raised].astype("datetime64[D]"), return_counts=True)
        span = (times.max() - times.min()) / np.timedelta64(1, "D")
        assert counts.max(initial=0) <= np.ceil(alerts)
        assert 1 <= raised.sum() <= max(1, alerts * span)


def test_a_row_without_a_time_is_still_raised(rng: np.random.Generator) -> None:
    times = clock(10, rng)
    times[3] = np.datetime64("NaT")
    p = np.where(np.arange(10) == 3, 0.0001, 0.9)
    policy = cast("Policy", find("policy", "per-day")())
    assert policy.alarms(p, -p, times)[3]
    with pytest.raises(ParameterError, match="clock"):
        policy.alarms(p, -p, None)


def test_benjamini_and_hochberg_keep_the_rate(rng: np.random.Generator) -> None:
    policy = cast("Policy", find("policy", "false-discovery-rate").make({"rate": 0.2}))
    shares = []
    for _ in range(300):
        p = np.concatenate([rng.uniform(size=200), rng.beta(0.05, 5, size=40)])
        raised = policy.alarms(p, -p, None)
        shares.append(raised[:200].sum() / max(1, raised.sum()))
    assert 0.05 < np.mean(shares) < 0.2


def test_the_strongest_are_few_and_none_is_ordinary() -> None:
    policy = cast("Policy", find("policy", "strongest").make({"alerts": 5}))
    assert policy.alarms(np.full(100, 0.001), np.arange(100.0), None).nonzero()[0].tolist() == [95, 96, 97, 98, 99]
    assert not policy.alarms(np.full(100, 0.5), np.arange(100.0), None).any()


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_storey_keeps_the_rate_and_finds_more_where_much_is_strange(rate: float, rng: np.random.Generator) -> None:
    plain = cast("Policy", find("policy", "false-discovery-rate").make({"rate": rate}))
    adaptive = cast("Policy", find("policy", "storey").make({"rate": rate}))
    shares, more = [], []
    for _ in range(300):
        p = np.concatenate([rng.uniform(size=100), rng.beta(0.2, 5, size=100)])
        raised = adaptive.alarms(p, -p, None)
        shares.append(raised[:100].sum() / max(1, raised.sum()))
        more.append(int(raised.sum()) - int(plain.alarms(p, -p, None).sum()))
    assert 0.5 * rate < np.mean(shares) < rate
    assert np.mean(more) > 2
    assert min(more) >= -1


def test_without_labels_the_least_cost_raises_what_normal_rows_do_not_account_for(rng: np.random.Generator) -> None:
    policy = cast("Policy", find("policy", "least-cost").make({"miss": 10}))
    null = rng.permutation(np.arange(1, 1001) / 1000)
    assert not policy.alarms(null, -null, None).any()
    p = np.r_[null, np.full(30, 0.001)]
    raised = policy.alarms(p, -p, None)
    assert raised[1000:].all()
    assert raised[:1000].sum() <= 20


def test_other_costs_need_no_other_labels() -> None:
    told = {"levels": (0.0, 0.01, 0.5), "missed": (9, 2, 0), "false": (0, 3, 90)}
    p = np.array([0.01, 0.4, 0.9])
    for miss, raised in ((0.1, 0), (5.0, 1), (500.0, 2)):
        policy = cast("Policy", find("policy", "least-cost").make({"miss": miss, **told}))
        assert policy.alarms(p, -p, None).sum() == raised
    with pytest.raises(ParameterError, match="differ in length"):
        find("policy", "least-cost").make({"levels": (0.1,)})
