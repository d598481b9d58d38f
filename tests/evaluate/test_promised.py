"""Promises held against what became of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from standout.calibrate.conformal import Conformal
from standout.evaluate.promised import promised_against_realised


@pytest.mark.parametrize(("n", "null", "level"), [(1_000, 999, 0.01), (50, 99, 0.1), (20_000, 499, 0.05)])
def test_the_band_is_beta_binomial(n: int, null: int, level: float) -> None:
    (kept,) = promised_against_realised(np.linspace(1 / n, 1, n), null, [level])
    k = int(np.floor(level * (null + 1)))
    assert (kept.low, kept.high) == tuple(betabinom(n, k, null + 1 - k).ppf([0.005, 0.995]).astype(int).tolist())


def test_of_normal_rows_nearly_all_promises_hold_however_many_rows_there_are(rng: np.random.Generator) -> None:
    held = []
    for _ in range(200):
        scores = rng.exponential(size=5_300)
        state = Conformal().fit(scores[:300], rng)
        held += [k.holds for k in promised_against_realised(Conformal().p_values(state, scores[300:]), 300) if k.promised]
    assert np.mean(held) > 0.98


def test_a_promise_that_was_broken_does_not_hold(rng: np.random.Generator) -> None:
    (kept,) = promised_against_realised(rng.uniform(0, 0.3, 2_000), 2_000, [0.01])
    assert kept.too_many
    assert not kept.holds
    assert kept.realised.low > 0.01


def test_a_level_that_the_null_is_too_small_for_is_not_promised() -> None:
    (kept,) = promised_against_realised(np.ones(10), 50, [0.01])
    assert not kept.promised
    assert promised_against_realised(np.empty(0), 50) == ()
    (all_of_them,) = promised_against_realised(np.ones(10), 50, [1.0])
    assert all_of_them.holds
