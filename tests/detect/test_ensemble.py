from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.detector import Detector, ScoresOwn
from standout.core.errors import ModelFileError, ParameterError, ParameterTypeError, TooFewRowsError, UnknownNameError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State
from standout.core.registry import find
from standout.detect._members import KNOTS, tail
from standout.detect.ensemble import Ensemble, _add_levels

FOREST = {"part": "isolation-forest", "trees": 20}
SAMPLES = {"part": "nearest-in-samples", "draws": 5}


@dataclass(frozen=True)
class FirstColumn(Detector):
    """The value itself as score: no own scores, no attribution."""

    card = Card("First column", "none", "large values", "nothing")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: object = None) -> State:
        return {}

    def score(self, state: State, matrix: Matrix) -> Floats:
        return matrix.values[:, 0].astype(np.float64)


def rows(n: int = 200, width: int = 3, seed: int = 0) -> Matrix:
    return Matrix.of(np.random.default_rng(seed).normal(size=(n, width)))


def levels(scores: np.ndarray, own: np.ndarray) -> np.ndarray:
    knots, at, spread = tail(own)
    total = np.zeros(len(scores))
    _add_levels(scores, knots, at, spread, 1.0, total, np.zeros((0, 1)), 0)
    return total


def test_the_default_is_two_views_of_the_nearest_neighbours() -> None:
    default = find("detector", "ensemble")()
    assert [m["part"] for m in default.as_dict()["members"]] == ["k-nearest-neighbours", "normal-scores"]


def test_a_member_may_be_given_as_part_name_or_plain_dict() -> None:
    part = find("detector", "isolation-forest")()
    assert Ensemble((part,)) == Ensemble(("isolation-forest",)) == Ensemble(({"part": "isolation-forest"},))
    assert Ensemble("isolation-forest").members == (part,)


@pytest.mark.parametrize(
    ("members", "error", "says"),
    [
        (("subsequence-pca",), ParameterError, "subsequence-pca judges sequences"),
        (("isolation-florist",), UnknownNameError, "isolation-forest"),
        ((3,), ParameterTypeError, "3 is no detector"),
    ],
)
def test_what_cannot_be_a_member_is_refused_by_name(members: tuple, error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        Ensemble(members)


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (0.0, 0.0)])
def test_weights_that_do_not_fit_the_members_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match=r"weights is .* for 2 members"):
        Ensemble((FOREST, SAMPLES), weights)


def test_a_member_of_no_weight_changes_nothing() -> None:
    one, both = Ensemble((FOREST,)), Ensemble((FOREST, SAMPLES), (2.0, 0.0))
    a, b = (d.score(d.fit(rows(), np.random.default_rng(0)), rows(50, seed=1)) for d in (one, both))
    order = np.argsort(a, kind="stable")
    assert np.array_equal(order, np.argsort(b, kind="stable"))


def test_a_level_is_minus_log_of_the_share_of_training_rows_as_strange() -> None:
    own = np.random.default_rng(0).exponential(size=5_000)
    at = np.array([0.1, 1.0, 3.0, 6.0])
    slow = [-np.log(np.mean(own >= x)) for x in at]
    assert np.allclose(levels(at, own), slow, rtol=0.02, atol=0.01)


def test_beyond_the_strangest_row_an_exponential_tail_goes_on() -> None:
    own = np.random.default_rng(0).exponential(size=20_000)
    far = own.max() + np.array([1.0, 2.0, 10.0])
    assert np.allclose(np.diff(levels(far, own)), [1, 8], rtol=0.1)  # -log p of the exponential law is the score itself


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=60),
    st.lists(st.floats(-1e308, 1e308), min_size=2, max_size=20),
)
def test_levels_are_finite_and_never_fall_as_scores_rise(own: list[float], scores: list[float]) -> None:
    found = levels(np.sort(np.array(scores)), np.array(own))
    assert np.isfinite(found).all()
    assert (np.diff(found) >= -1e-12).all()  # but for the last bit of an interpolation


def test_equal_training_scores_count_against_the_row() -> None:
    own = np.array([0.0] * 90 + [1.0] * 10)
    low, high = levels(np.array([0.0, 1.0]), own)
    assert low < 0.1
    assert 0 < high <= -np.log(0.1) + 0.1


def test_a_member_without_own_scores_is_cross_fitted_the_same_each_time() -> None:
    detector = Ensemble((FirstColumn(),))
    state = detector.fit(rows(), np.random.default_rng(0))
    first, again = (detector.own_scores(state, rows()) for _ in range(2))
    assert not isinstance(FirstColumn(), ScoresOwn)
    assert np.array_equal(first, again)
    assert np.array_equal(first, detector.score(state, rows()))  # it learns nothing, so that held-out rows score the same


def test_the_parts_of_a_score_sum_to_it_at_most() -> None:
    detector = Ensemble((FOREST, SAMPLES), (1.0, 3.0))
    state = detector.fit(rows(), np.random.default_rng(0))
    new = rows(40, seed=1)
    sums, scores = detector.attribute(state, new).sum(axis=1), detector.score(state, new)
    assert (sums <= scores * (1 + 1e-9)).all()
    assert np.median(sums / scores) > 0.99


def test_a_member_without_attribution_is_asked_with_each_feature_at_its_median() -> None:
    detector = Ensemble((FirstColumn(),))
    state = detector.fit(rows(), np.random.default_rng(0))
    parts = detector.attribute(state, Matrix.of([[3.0, 9.0, 9.0]]))[0]
    assert parts[0] > 0
    assert parts[1:].tolist() == [0, 0]


def test_too_few_rows_are_refused_in_its_own_name() -> None:
    for n in (1, 2):
        with pytest.raises(TooFewRowsError, match="ensemble"):
            Ensemble().fit(rows(n), np.random.default_rng(0))


def test_a_state_without_a_members_arrays_or_of_other_size_is_refused() -> None:
    detector = Ensemble((FOREST, SAMPLES))
    state = detector.fit(rows(), np.random.default_rng(0))
    check_state(detector, state, {"d": 3})
    with pytest.raises(ModelFileError, match="isolation-forest"):
        check_state(detector, {k: a for k, a in state.items() if k != "members/0/feature"}, {"d": 3})
    with pytest.raises(ModelFileError, match="null"):
        check_state(detector, state | {"null": np.zeros((2, KNOTS - 1))}, {"d": 3})
    with pytest.raises(ModelFileError, match="members"):
        check_state(detector, state | {"spread": np.zeros(3)}, {"d": 3})
