"""What it means to be a calibrator: every check over every calibrator and every one of its examples."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import pytest
from cases import excused, same
from scipy.stats import binom

from standout.core.calibrator import Calibrator, MovesNull, promise
from standout.core.errors import NotFiniteError, TooFewRowsError
from standout.core.layout import check_state
from standout.core.part import State
from standout.core.registry import find, names, part_from_dict

LEVELS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
TRIALS = 1_500

CASES = [
    pytest.param(cast("Calibrator", find("calibrator", name).make(dict(params))), id=f"{name}-{i}")
    for name in names("calibrator")
    for i, params in enumerate(find("calibrator", name).examples)
]
MOVING = [c for c in CASES if isinstance(c.values[0], MovesNull)]
NULLS = {
    "exponential": lambda rng, n: rng.exponential(size=n),
    "heavy": lambda rng, n: np.abs(rng.standard_t(3, size=n)),
    "bounded": lambda rng, n: rng.beta(5, 2, size=n),
}


@cache
def fitted(calibrator: Calibrator, n: int = 700, seed: int = 0) -> State:
    rng = np.random.default_rng(seed)
    return calibrator.fit(rng.exponential(size=n), rng)


def copied(state: State) -> State:
    return {k: a.copy() for k, a in state.items()}


def moved(calibrator: Any, state: State, scores: np.ndarray) -> State:
    state = copied(state)
    calibrator.move(state, scores)
    return state


@pytest.mark.parametrize("calibrator", CASES)
def test_p_values_lie_above_0_and_up_to_1_and_fall_as_scores_rise(calibrator: Calibrator) -> None:
    scores = np.concatenate([[-1e300, -5.0], np.linspace(0, 60, 400), [1e3, 1e9, 1e300]])
    p = calibrator.p_values(fitted(calibrator), scores)
    assert p.shape == scores.shape
    assert p.dtype == np.float64
    assert p.min() > 0
    assert p.max() <= 1
    assert (np.diff(p) <= 0).all()
    assert p[0] > 0.9
    assert p[-1] < 0.02
    assert calibrator.p_values(fitted(calibrator), np.empty(0)).shape == (0,)


@pytest.mark.parametrize("calibrator", CASES)
def test_a_score_has_the_same_p_value_alone_and_in_any_batch(calibrator: Calibrator) -> None:
    scores = np.random.default_rng(1).exponential(3, size=200)
    together = calibrator.p_values(fitted(calibrator), scores)
    alone = [calibrator.p_values(fitted(calibrator), scores[i : i + 1])[0] for i in range(200)]
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("null", NULLS)
@pytest.mark.parametrize("calibrator", CASES)
def test_of_exchangeable_rows_the_promised_share_is_at_or_below_each_level(calibrator: Calibrator, null: str) -> None:
    """One new row to each of many fits, so that alarms are independent and their number is binomial."""
    excused(calibrator, test_of_exchangeable_rows_the_promised_share_is_at_or_below_each_level)
    rng = np.random.default_rng(5)
    p = np.empty(TRIALS)
    for i in range(TRIALS):
        scores = NULLS[null](rng, 352)
        p[i] = calibrator.p_values(calibrator.fit(scores[1:], rng), scores[:1])[0]
    # ten levels at once: a band of 99% for all of them is one of 99.9% for each
    for level in LEVELS:
        low, high = binom.ppf([0.0005, 0.9995], TRIALS, level)
        assert low <= (p <= level).sum() <= high, f"{(p <= level).mean():.4f} at {level}"


@pytest.mark.parametrize("calibrator", CASES)
def test_scores_that_tie_are_judged_with_caution(calibrator: Calibrator) -> None:
    rng = np.random.default_rng(3)
    rates = []
    for _ in range(200):
        scores = rng.geometric(0.4, size=340).astype(np.float64)
        p = calibrator.p_values(calibrator.fit(scores[:300], rng), scores[300:])
        rates.append([(p <= level).mean() for level in LEVELS])
    assert (np.mean(rates, axis=0) <= np.array(LEVELS) * 1.15 + 0.003).all()


@pytest.mark.parametrize("calibrator", CASES)
def test_a_null_of_one_value_raises_no_alarm_among_its_like(calibrator: Calibrator) -> None:
    state = calibrator.fit(np.full(700, 2.5), np.random.default_rng(0))
    p = calibrator.p_values(state, np.array([2.5, 3.0]))
    assert p[0] == 1.0
    assert 0 < p[1] < 0.05


@pytest.mark.parametrize("calibrator", CASES)
def test_the_state_is_as_declared_and_the_parameters_survive_json(calibrator: Calibrator) -> None:
    check_state(calibrator, fitted(calibrator), {})
    assert part_from_dict("calibrator", calibrator.as_dict()) == calibrator


@pytest.mark.parametrize("calibrator", CASES)
def test_the_same_seed_gives_the_same_state_and_the_input_is_neither_kept_nor_changed(calibrator: Calibrator) -> None:
    scores = np.random.default_rng(2).normal(size=900)
    before = scores.copy()
    one, two = (calibrator.fit(scores, np.random.default_rng(7)) for _ in range(2))
    assert same(one, two)
    assert np.array_equal(before, scores)
    assert not any(np.shares_memory(array, scores) for array in one.values())


@pytest.mark.parametrize("calibrator", CASES)
def test_judging_changes_nothing(calibrator: Calibrator) -> None:
    state, scores = copied(fitted(calibrator)), np.array([0.5, 40.0])
    calibrator.p_values(state, scores)
    calibrator.smallest_level(state)
    assert same(state, fitted(calibrator))
    assert scores.tolist() == [0.5, 40.0]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("calibrator", CASES)
def test_a_score_that_is_no_number_is_refused_by_name(calibrator: Calibrator, wrong: float) -> None:
    scores = np.random.default_rng(0).exponential(size=700)
    scores[3] = wrong
    with pytest.raises(NotFiniteError, match=f"{calibrator.name}: score 3 is {wrong}"):
        calibrator.fit(scores, np.random.default_rng(0))
    with pytest.raises(NotFiniteError, match=calibrator.name):
        calibrator.p_values(fitted(calibrator), scores)
    if isinstance(calibrator, MovesNull):
        state = copied(fitted(calibrator))
        with pytest.raises(NotFiniteError, match=calibrator.name):
            calibrator.move(state, scores)
        assert same(state, fitted(calibrator)), "a refused batch leaves no trace"


@pytest.mark.parametrize("calibrator", CASES)
def test_too_few_rows_are_refused_by_name_or_limit_what_is_promised(calibrator: Calibrator) -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 5, 30):
        scores = rng.exponential(size=n)
        try:
            state = calibrator.fit(scores, rng)
        except TooFewRowsError as error:
            assert error.what.startswith(f"{calibrator.name} needs at least")
            continue
        assert n > 0
        assert calibrator.smallest_level(state) == pytest.approx(1 / (n + 1))
        (finding,) = promise(calibrator, state, 0.5 / (n + 1))
        assert f"{calibrator.rows_for(0.5 / (n + 1)):,} rows" in finding.hint


@pytest.mark.parametrize("level", [0.05, 0.01, 0.001])
@pytest.mark.parametrize("calibrator", CASES)
def test_as_many_rows_as_a_level_takes_promise_it(calibrator: Calibrator, level: float) -> None:
    rows = calibrator.rows_for(level)
    bound = getattr(calibrator, "most", getattr(calibrator, "window", rows))
    if rows > bound:
        pytest.skip("more rows than this example keeps")
    rng = np.random.default_rng(1)
    state = calibrator.fit(rng.exponential(size=rows), rng)
    assert promise(calibrator, state, level) == ()
    assert calibrator.smallest_level(state) > 0


@pytest.mark.parametrize("calibrator", MOVING)
def test_a_null_that_moves_stays_bounded_and_as_declared(calibrator: Any) -> None:
    rng = np.random.default_rng(0)
    state = copied(fitted(calibrator))
    sizes = {k: a.shape for k, a in state.items()}
    for n in (0, 1, 7, 3_000):
        calibrator.move(state, rng.exponential(size=n))
    assert {k: a.shape for k, a in state.items()} == sizes
    check_state(calibrator, state, {})
    assert 0.003 < calibrator.p_values(state, np.array([4.0]))[0] < 0.04


@pytest.mark.parametrize("calibrator", MOVING)
def test_moving_in_pieces_is_moving_at_once(calibrator: Any) -> None:
    scores = np.random.default_rng(4).exponential(size=1_300)
    whole = moved(calibrator, fitted(calibrator), scores)
    pieces = copied(fitted(calibrator))
    for piece in np.split(scores, [1, 2, 40, 800]):
        calibrator.move(pieces, piece)
    assert same(whole, pieces)


@pytest.mark.parametrize("calibrator", MOVING)
def test_a_moving_null_learns(calibrator: Any) -> None:
    before = fitted(calibrator)
    after = moved(calibrator, before, 3.0 + np.random.default_rng(4).exponential(size=1_300) * 0.01)
    assert calibrator.p_values(after, np.array([5.0]))[0] != calibrator.p_values(before, np.array([5.0]))[0]


def test_every_parameter_is_varied_by_some_example() -> None:
    for name in names("calibrator"):
        cls = find("calibrator", name)
        for param, default in cls.defaults().items():
            assert any(dict(e).get(param, default) != default for e in cls.examples), f"{name}: no example varies {param}"
