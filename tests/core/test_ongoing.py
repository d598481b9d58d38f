"""One event of a series gives one alert while it happens, as it does in a batch; decisions do not depend on the pieces."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import ModelFileError
from standout.core.events import Line, decide
from standout.core.ongoing import Ongoing
from standout.core.part import State
from standout.core.registry import find
from standout.core.scores import Scores

REACH = 5


def stream(n=400, events=((50, 1, 9.0), (120, 8, 20.0), (200, 12, 9.0), (320, 4, 40.0)), seed=0):
    """Scores of one entity with events of so many rows, rising to a height in their middle and falling."""
    raw = np.abs(np.random.default_rng(seed).normal(0, 0.3, n))
    for start, rows, height in events:
        raw[start : start + rows] += height * (1 - 0.3 * np.abs(np.linspace(-1, 1, rows + 2)[1:-1]))
    return raw, 1.0 / (1.0 + raw) ** 4


def of_one(at):
    return [(None, np.asarray(at))] if len(at) else []


def walked(policy, raw, p, cuts, entities=None):
    """Alarms and rows inside events, the rows given in pieces."""
    state, ongoing = policy.start(), Ongoing(REACH, 100)
    alarms, inside = [], []
    for start, end in pairwise([0, *cuts, len(raw)]):
        whose = np.zeros(end - start, dtype=int) if entities is None else entities[start:end]
        runs = [(str(e), np.flatnonzero(whose == e)) for e in np.unique(whose)]
        found = ongoing.decide(policy, state, p[start:end], raw[start:end], None, runs)
        alarms.append(found[0])
        inside.append(found[1])
    return np.concatenate(alarms), np.concatenate(inside)


def level(value=0.001):
    return find("policy", "level")(level=value)


def test_each_event_is_told_once_as_a_batch_tells_it():
    raw, p = stream()
    alarms, inside = walked(level(), raw, p, [])
    batch = decide(level(), Scores(raw, p), None, Line(np.arange(400), np.zeros(1, dtype=np.int64), REACH))
    assert alarms.sum() == batch.alarms.sum() == 4
    assert [i for i in np.flatnonzero(alarms) if not batch.inside[i]] == []
    assert np.array_equal(alarms | inside, batch.inside)


def test_events_of_other_entities_do_not_hide_each_other():
    one, other = stream(seed=1), stream(seed=2)
    raw, p = (np.stack(pair, axis=1).ravel() for pair in zip(one, other, strict=True))
    alarms, _ = walked(level(), raw, p, [], np.arange(800) % 2)
    assert alarms[0::2].sum() == alarms[1::2].sum() == 4


def test_a_far_stranger_row_of_a_lasting_event_is_an_event_of_its_own():
    raw, p = stream(events=((100, 300, 9.0),))
    raw[250] += 60
    p = 1.0 / (1.0 + raw) ** 4
    assert np.flatnonzero(walked(level(), raw, p, [])[0]).tolist() == [100, 250]


def test_a_row_that_the_budget_held_back_begins_no_event():
    raw, p = stream(events=((100, 3, 9.0),))
    alarms, inside = walked(level(1e-9), raw, p, [])
    assert not alarms.any()
    assert not inside.any()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_decisions_do_not_depend_on_the_pieces(data):
    seed = data.draw(st.integers(0, 5))
    n = 120
    rng = np.random.default_rng(seed)
    raw = rng.exponential(size=n) ** 2
    p = 1.0 / (1.0 + raw) ** 2
    name, budget = data.draw(st.sampled_from([("level", {"level": 0.3}), ("per-rows", {"alerts": 3, "rows": 20, "level": 0.5}),
                                              ("lord-plus-plus", {"rate": 0.5})]))  # fmt: skip  # one table
    policy = find("policy", name).make(budget)
    entities = rng.integers(2, size=n)
    cuts = sorted(data.draw(st.sets(st.integers(1, n - 1), max_size=5)))
    whole, pieces = walked(policy, raw, p, [], entities), walked(policy, raw, p, cuts, entities)
    assert np.array_equal(whole[0], pieces[0])
    assert np.array_equal(whole[1], pieces[1])


def test_it_is_put_down_as_arrays_and_goes_on():
    raw, p = stream()
    policy = level()
    state, ongoing = policy.start(), Ongoing(REACH, 100)
    ongoing.decide(policy, state, p[:123], raw[:123], None, of_one(range(123)))
    copy = Ongoing.restored(ongoing.state(), REACH, 100)
    one, other = (o.decide(policy, policy.start(), p[123:], raw[123:], None, of_one(range(277))) for o in (ongoing, copy))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not one[0][:5].any()  # the event of rows 120 to 127 was told


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.full((1, 6), -1.0)},
        {"values": np.full((1, 6), np.inf)},
        {"values": np.zeros((2, 6))},
        {"owner": np.array([7])},
        {"recent": np.zeros(501)},
        {"other": np.zeros(1)},
    ],
)
def test_arrays_that_cannot_be_events_are_refused(change: State):
    raw, p = stream()
    ongoing = Ongoing(REACH, 100)
    ongoing.decide(level(), {}, p[:123], raw[:123], None, of_one(range(123)))
    assert len(ongoing.state()["values"]) == 1
    with pytest.raises(ModelFileError):
        Ongoing.restored({**ongoing.state(), **change}, REACH, 100)


def test_events_are_bounded():
    ongoing, policy = Ongoing(REACH, 3), level(0.5)
    runs = [(f"e{i}", np.array([i])) for i in range(10)]
    ongoing.decide(policy, policy.start(), np.full(10, 0.1), np.arange(10.0), None, runs)
    assert len(ongoing.state()["values"]) == 3


def test_noise_does_not_keep_the_event_of_a_weak_alarm_going():
    raw, p = stream(events=((50, 1, 1.5), (80, 3, 2.2)))
    alarms, _ = walked(level(0.03), raw, p, [])
    assert alarms[50]
    assert alarms[80:83].any()
