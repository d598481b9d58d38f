"""Whether new rows are still like those that were learned from."""

from __future__ import annotations

import numpy as np
import pytest

from standout.calibrate.conformal import Conformal
from standout.evaluate.drift import BETS, JUMP, ScoreDrift, score_drift
from standout.evaluate.drift_columns import Reference, column_drift
from standout.kernels.martingale import jumper, online_p_values


def held_against(null: np.ndarray, new: np.ndarray, seed: int = 0) -> ScoreDrift:
    rng = np.random.default_rng(seed)
    state = Conformal().fit(null, rng)
    return score_drift(new, Conformal().p_values(state, new), state["null"], len(null), rng)


def codes(found: ScoreDrift) -> list[str]:
    return [f.code for f in found.findings("row 7")]


def test_online_p_values_are_places_among_the_null_and_the_rows_before(rng: np.random.Generator) -> None:
    null, new, chance = rng.integers(0, 6, 20), rng.integers(0, 6, 50), rng.random(50)
    slow = []
    for i, s in enumerate(new):
        past = np.r_[null, new[:i]]
        slow.append(((past > s).sum() + chance[i] * ((past == s).sum() + 1)) / (len(past) + 1))
    _, rank = np.unique(new, return_inverse=True)
    higher = np.array([(null > s).sum() for s in new], dtype=np.float64)
    equal = np.array([(null == s).sum() for s in new], dtype=np.float64)
    fast = np.empty(50)
    online_p_values(rank.astype(np.int64), higher, equal, 20.0, chance, fast)
    assert np.allclose(fast, slow)


def test_the_gambler_bets_as_the_paper_writes_it(rng: np.random.Generator) -> None:
    p, fast = rng.uniform(size=300) ** 2, np.empty(300)
    jumper(p, BETS, JUMP, fast)
    capital = np.full(len(BETS), 1 / len(BETS))
    slow = []
    for one in p:
        capital = (1 - JUMP) * capital + JUMP * capital.sum() / len(BETS)
        capital = capital * (1 + BETS * (one - 0.5))
        slow.append(np.log10(capital.sum()))
    assert np.allclose(fast, slow)


@pytest.mark.parametrize("ties", [False, True])
def test_rows_like_the_null_rarely_win_the_gambler_anything(ties: bool, rng: np.random.Generator) -> None:
    sure = 0
    for seed in range(100):
        scores = rng.exponential(size=3_200)
        scores = scores.round(0) if ties else scores
        sure += held_against(scores[:200], scores[200:], seed).crossed is not None
    assert sure <= 4


def test_a_null_that_no_longer_holds_is_told_with_its_rate_and_its_beginning(rng: np.random.Generator) -> None:
    null, new = rng.normal(size=2_000), np.r_[rng.normal(size=1_000), rng.normal(1.5, 1, size=1_000)]
    found = held_against(null, new)
    assert codes(found) == ["null-too-many"]
    assert found.began is not None
    assert abs(found.began - 1_000) < 60
    assert not found.holds
    assert "since about row 7" in found.findings("row 7")[0].message


def test_rows_more_ordinary_than_the_null_are_told_too(rng: np.random.Generator) -> None:
    assert codes(held_against(rng.normal(size=2_000), rng.normal(0, 0.5, size=2_000))) == ["null-too-few"]


def test_rows_that_come_in_stretches_are_told_apart_from_drift(rng: np.random.Generator) -> None:
    null = rng.normal(size=4_000)
    wave = np.sort(rng.normal(size=4_000)).reshape(40, 100)[rng.permutation(40)].ravel()
    assert codes(held_against(null, wave)) == ["rows-not-exchangeable"]


def test_few_rows_few_promises_and_none_at_all(rng: np.random.Generator) -> None:
    assert codes(held_against(rng.normal(size=50), rng.normal(size=30))) == ["null-too-small", "null-holds"]
    none = held_against(rng.normal(size=50), np.empty(0))
    assert codes(none) == []
    assert none.holds


def numbers(was: np.ndarray, now: np.ndarray, name: str = "x") -> Reference:
    return Reference(name, 5_000, float(np.isnan(was).mean()), np.isnan(now), was, now)


def test_columns_that_did_not_move_are_left_alone_and_one_that_did_is_named(rng: np.random.Generator) -> None:
    same = [numbers(rng.normal(size=2_000), rng.normal(size=3_000), f"same{i}") for i in range(30)]
    found = column_drift([*same, numbers(rng.normal(size=2_000), rng.normal(0.5, 1, size=3_000), "moved")])
    assert [c.column for c in found if c.moved] == ["moved"]
    assert found[0].finding is not None
    assert found[0].finding.code == "number-moved"


def test_what_is_sure_but_too_small_to_matter_is_not_told(rng: np.random.Generator) -> None:
    (values, _) = column_drift([numbers(rng.normal(size=2_000), rng.normal(0.15, 1, size=20_000))])
    assert values.p_value < 1e-4
    assert not values.moved


def test_a_column_that_stopped_is_a_problem(rng: np.random.Generator) -> None:
    found = column_drift([numbers(rng.normal(size=500), np.full(300, 7.25))])[0]
    assert found.finding is not None
    assert found.finding.level == "problem"
    assert "x is 7.25 in all 300 rows" in found.finding.message


def test_missing_values_that_begin_are_told(rng: np.random.Generator) -> None:
    now = np.where(rng.random(1_000) < 0.4, np.nan, rng.normal(size=1_000))
    found = [c for c in column_drift([numbers(rng.normal(size=500), now)]) if c.moved]
    assert [c.what for c in found] == ["missing"]
    gone = column_drift([numbers(rng.normal(size=500), np.full(200, np.nan))])
    assert [c.what for c in gone] == ["missing"]


def mix(now: np.ndarray) -> Reference:
    return Reference("kind", 5_000, 0.0, now < -0.5, now, now, ("a", "b", "c"), (0.5, 0.3, 0.1))


def test_a_mix_of_categories_is_compared_with_its_shares_and_unknown_ones_count(rng: np.random.Generator) -> None:
    same = rng.choice([0.0, 1, 2, 7], size=2_000, p=[0.5, 0.3, 0.1, 0.1])
    assert not any(c.moved for c in column_drift([mix(same)]))
    new = np.where(rng.random(2_000) < 0.3, 9.0, same)
    (found,) = [c for c in column_drift([mix(new)]) if c.moved]
    assert found.finding is not None
    assert "what was rare or unknown makes up" in found.finding.message


def test_a_calibrator_that_keeps_no_scores_is_judged_by_its_rates_alone(rng: np.random.Generator) -> None:
    found = score_drift(rng.normal(size=500), rng.uniform(0, 0.1, size=500), None, 1_000, rng)
    assert found.crossed is None
    assert [f.code for f in found.findings()] == ["null-too-many"]
