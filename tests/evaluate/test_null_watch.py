"""A served null is watched row by row: quiet while it holds, told once when it is lost, and again when it is back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.evaluate.null_watch import SURE, NullWatch
from standout.kernels.martingale import jump_on, jumper, online_p_values_by_cell


def p_of(null, scores):
    ordered = np.sort(null)
    return (1 + len(ordered) - np.searchsorted(ordered, scores, side="left")) / (len(ordered) + 1)


def feed(watch, null, scores, size=100):
    return [watch.add(piece, p_of(null, piece)) for piece in np.split(scores, len(scores) // size)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 2**32 - 1))
def test_p_values_by_cell_are_those_that_counting_gives_in_whatever_pieces(cells, seed):
    cell, chance = np.array(cells, dtype=np.int64), np.random.default_rng(seed).random(len(cells))
    expected = [
        (sum(c > cells[i] for c in cells[:i]) + chance[i] * (1 + sum(c == cells[i] for c in cells[:i]))) / (i + 1)
        for i in range(len(cells))
    ]
    tree, got, cut = np.zeros(7, dtype=np.int64), np.empty(len(cells)), len(cells) // 2
    online_p_values_by_cell(cell[:cut], chance[:cut], tree, got[:cut])
    online_p_values_by_cell(cell[cut:], chance[cut:], tree, got[cut:])
    assert np.allclose(got, expected, rtol=0, atol=1e-12)


def test_a_gambler_who_goes_on_has_the_capital_of_one_who_never_stopped(rng):
    p, bets = rng.random(200) ** 2, np.array([-1.0, 0.0, 1.0])
    whole, parts, share = np.empty(200), np.empty(200), np.full(3, 1 / 3)
    jumper(p, bets, 0.01, whole)
    jump_on(p[:70], bets, 0.01, share, 0.0, parts[:70])
    jump_on(p[70:], bets, 0.01, share, parts[69], parts[70:])
    assert np.allclose(whole, parts, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [200, 5_000])
def test_a_null_that_holds_is_left_in_peace(rng, size):
    null = rng.normal(size=size)
    watch = NullWatch(null)
    assert set(feed(watch, null, rng.normal(size=100_000))) == {None}
    assert watch.evidence < SURE


@pytest.mark.parametrize(("shift", "said"), [(1.0, "times what was promised"), (-1.5, "anomalies may hide")])
def test_a_null_that_is_lost_is_told_once_and_told_when_it_is_back(rng, shift, said):
    null = rng.normal(size=2_000)
    watch = NullWatch(null)
    feed(watch, null, rng.normal(size=50_000))
    told = [t for t in feed(watch, null, rng.normal(shift, size=10_000)) if t is not None]
    assert len(told) == 1
    assert said in told[0]
    assert [t for t in feed(watch, null, rng.normal(size=60_000)) if t is not None] == [""]


def test_short_bursts_at_the_promised_rate_wake_nobody(rng):
    null = rng.normal(size=2_000)
    watch = NullWatch(null)
    scores = np.sort(rng.normal(size=40_000)).reshape(-1, 5)  # what is alike comes together
    assert not any(feed(watch, null, rng.permutation(scores, axis=0).ravel()))
    assert watch.evidence > SURE  # the rows are not exchangeable, and still no rate is off


def test_without_a_null_rates_alone_are_looked_at(rng):
    watch, null = NullWatch(None), rng.normal(size=2_000)
    assert not any(feed(watch, null, rng.normal(size=20_000)))
    assert any(feed(watch, null, rng.normal(1.0, size=10_000)))


def test_one_that_was_put_down_goes_on_the_same(rng):
    null = rng.normal(size=500)
    one, other = NullWatch(null), NullWatch(null)
    feed(one, null, rng.normal(0.2, size=3_000))
    other.resume(one.snapshot())
    rest = rng.normal(0.6, size=5_000)
    assert feed(one, null, rest) == feed(other, null, rest)
    assert one.evidence == other.evidence
    another = NullWatch(rng.normal(size=9))
    another.resume(one.snapshot())  # of another null: left alone
    assert another.evidence == 0.0
