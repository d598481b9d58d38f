from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import ModelFileError, TooFewRowsError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.detect.normal_scores import KNOTS, NormalScores, _mapped

quantile = NormalDist().inv_cdf


def mapped(train: np.ndarray, new: np.ndarray) -> np.ndarray:
    state = NormalScores("isolation-forest").fit(Matrix.of(train), np.random.default_rng(0))
    return _mapped(state, Matrix.of(new)).values


def slow_map(train: np.ndarray, x: float) -> float:
    """The normal quantile of the mean rank of a value that training rows have; only for few distinct values."""
    below, same = np.sum(train < x), np.sum(train == x)
    return quantile((below + same / 2) / len(train))


def test_a_training_value_becomes_the_normal_quantile_of_its_mean_rank() -> None:
    train = np.random.default_rng(0).integers(0, 40, size=300).astype(float)
    found = mapped(train, train)[:, 0]
    assert np.allclose(found, [slow_map(train, x) for x in train], atol=1e-6)


def test_many_distinct_values_are_mapped_nearly_as_exactly_by_few_knots() -> None:
    train = np.random.default_rng(0).lognormal(sigma=2, size=5_000)
    found = mapped(train, train)[:, 0]
    exact = np.array([quantile(p) for p in (train.argsort().argsort() + 0.5) / len(train)])
    middle = np.abs(exact) < 2
    assert len(np.unique(train)) > KNOTS
    assert np.abs(found - exact)[middle].max() < 0.05
    assert np.abs(found - exact).max() < 0.7


def test_beyond_the_training_range_a_value_goes_on_by_standard_deviations() -> None:
    train = np.random.default_rng(0).normal(size=500)
    top, unit = train.max(), train.std()
    inside, one, two = mapped(train, np.array([top, top + unit, top + 2 * unit]))[:, 0]
    assert np.allclose([one - inside, two - inside], [1, 2], atol=1e-3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=300),
    st.lists(st.floats(-(2.0**46), 2.0**46, width=32), min_size=2, max_size=30),
)
def test_the_map_is_finite_and_keeps_the_order(train: list[float], new: list[float]) -> None:
    found = mapped(np.array(train), np.sort(np.array(new)))[:, 0]
    assert np.isfinite(found).all()
    assert (np.diff(found) >= 0).all()


def test_an_increasing_change_of_a_feature_of_few_values_changes_no_own_score() -> None:
    values = np.random.default_rng(0).integers(1, 30, size=(200, 3)).astype(float)
    detector = NormalScores()
    plain, cubed = (Matrix.of(v) for v in (values, values**3))
    own = [detector.own_scores(detector.fit(m, np.random.default_rng(0)), m) for m in (plain, cubed)]
    assert np.array_equal(own[0], own[1])


def test_knots_of_a_strangers_file_in_any_order_crash_nothing() -> None:
    detector, rows = NormalScores(), Matrix.of(np.random.default_rng(0).normal(size=(100, 3)))
    state = detector.fit(rows, np.random.default_rng(0))
    state["knot"] = np.random.default_rng(1).normal(size=(3, KNOTS)).astype(np.float32)
    check_state(detector, state, {"d": 3})
    assert detector.score(state, rows).shape == (100,)
    with pytest.raises(ModelFileError, match="knot"):
        check_state(detector, state | {"knot": state["knot"][:, :-1]}, {"d": 3})


def test_too_few_rows_are_refused_in_its_own_name() -> None:
    with pytest.raises(TooFewRowsError, match="normal-scores"):
        NormalScores().fit(Matrix.of(np.ones((2, 3))), np.random.default_rng(0))
