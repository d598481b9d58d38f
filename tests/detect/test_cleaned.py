from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from standout.core.detector import Detector
from standout.core.errors import SchemaError, TooFewRowsError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State
from standout.core.registry import find
from standout.detect._members import dealt_scores
from standout.detect.cleaned import Cleaned

SEED = 7


@dataclass(frozen=True)
class Silent(Detector):
    """The first column as score, without attribution."""

    card = Card("First column", "none", "large values", "nothing")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: object = None) -> State:
        return {}

    def score(self, state: State, matrix: Matrix) -> Floats:
        return matrix.values[:, 0].astype(np.float64)


def with_cluster(n: int = 600, odd: int = 40) -> Matrix:
    """Usual rows, then a tight cluster of anomalies that vouch for each other."""
    rng = np.random.default_rng(SEED)
    usual = rng.normal(size=(n, 4))
    return Matrix.of(np.concatenate([usual, 4 + 0.05 * rng.normal(size=(odd, 4))]))


def auroc(scores: np.ndarray, odd: int = 40) -> float:
    return float(np.mean(scores[-odd:, None] > scores[None, :-odd]))


def own(detector, matrix: Matrix) -> np.ndarray:
    return detector.own_scores(detector.fit(matrix, np.random.default_rng(SEED)), matrix)


def test_the_default_is_a_forest_that_judges_and_nearest_samples_that_learn() -> None:
    default = find("detector", "cleaned")().as_dict()
    assert (default["judge"]["part"], default["final"]["part"]) == ("isolation-forest", "nearest-in-samples")


def test_a_cluster_of_anomalies_that_hides_from_neighbours_is_found_once_the_rows_are_cleaned() -> None:
    alone = find("detector", "k-nearest-neighbours")()
    assert auroc(own(alone, with_cluster())) < 0.3
    assert auroc(own(Cleaned(final=alone), with_cluster())) > 0.99
    assert auroc(own(Cleaned(), with_cluster())) > 0.99


def test_it_drops_the_share_asked_for_and_no_row_when_asked_for_none() -> None:
    rows = with_cluster()
    for drop, kept in ((0.0, 640), (0.25, 480), (0.9, 64)):
        state = Cleaned(drop=drop).fit(rows, np.random.default_rng(SEED))
        assert state["kept"].sum() == kept
        assert drop == 0 or not state["kept"][600:].any()


def test_rows_left_out_score_as_unseen_rows_and_kept_rows_as_the_final_detector_scores_its_own() -> None:
    rows, detector = with_cluster(n=2_000), Cleaned(rescale=False)
    state = detector.fit(rows, np.random.default_rng(SEED))
    scores, kept = detector.own_scores(state, rows), state["kept"]
    inner = {k.removeprefix("final/0/"): a for k, a in state.items() if k.startswith("final/0/")}
    assert np.array_equal(scores[~kept], detector.score(state, rows)[~kept])
    assert np.array_equal(scores[kept], detector.final.own_scores(inner, rows.take(np.flatnonzero(kept))))


def test_few_rows_have_the_order_of_one_fit_and_the_levels_of_fits_without_them() -> None:
    rows, detector = with_cluster(n=300, odd=20), Cleaned()
    state = detector.fit(rows, np.random.default_rng(SEED))
    scores, kept = detector.own_scores(state, rows), state["kept"]
    last = {k.removeprefix("final/0/"): a for k, a in state.items() if k.startswith("final/0/")}
    as_seen = detector.score(state, rows)
    as_seen[kept] = detector.final.own_scores(last, detector._rescaled(state, rows.take(np.flatnonzero(kept))))
    assert np.array_equal(np.argsort(scores, kind="stable"), np.argsort(as_seen, kind="stable"))
    unseen = dealt_scores(detector, rows, 25)
    assert np.allclose(np.sort(scores), np.sort(unseen))


def test_other_rows_than_those_of_the_fit_have_no_own_scores() -> None:
    state = Cleaned().fit(with_cluster(), np.random.default_rng(SEED))
    with pytest.raises(SchemaError, match="cleaned learned from 640 rows and got 3"):
        Cleaned().own_scores(state, with_cluster().take(np.arange(3)))


def test_nothing_of_the_judge_is_kept() -> None:
    state = Cleaned().fit(with_cluster(), np.random.default_rng(SEED))
    assert not any(key.startswith("judge") for key in state)
    check_state(Cleaned(), state, {"d": 4})


def test_a_feature_that_varies_widely_is_brought_to_the_others_unit() -> None:
    rows = with_cluster()
    other = Matrix(rows.values * np.float32([1, 4, 1024, 2]), rows.features)
    assert np.allclose(own(Cleaned(), rows), own(Cleaned(), other), rtol=1e-3)


def test_a_flag_stays_as_it_was_prepared_and_a_number_that_hardly_varies_is_magnified_to_its_double_at_most() -> None:
    values = np.random.default_rng(SEED).normal(size=(1000, 3)).astype(np.float32)
    values[:, 1] = 0
    values[::200, 1] = 1
    values[:, 2] *= 0.01
    state = Cleaned(drop=0.0).fit(Matrix.of(values), np.random.default_rng(SEED))
    assert np.allclose(state["spread"], [1, 1, 0.5], atol=0.1)


def test_a_column_that_is_constant_among_the_kept_rows_still_tells_on_a_row_apart() -> None:
    values = np.random.default_rng(SEED).normal(size=(300, 3)).astype(np.float32)
    values[:, 1] = 5
    values[7, 1] = 50
    scores = own(Cleaned(), Matrix.of(values))
    assert int(np.argmax(scores)) == 7
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("rescale", [True, False])
def test_a_final_detector_without_attribution_is_asked_with_each_feature_at_its_mean(rescale: bool) -> None:
    detector = Cleaned(final=Silent(), rescale=rescale)
    state = detector.fit(with_cluster(), np.random.default_rng(SEED))
    parts = detector.attribute(state, Matrix.of([[9.0, 9, 9, 9]]))[0]
    assert parts[0] > 5
    assert parts[1:].tolist() == [0, 0, 0]


def test_too_few_rows_are_refused_in_its_own_name() -> None:
    with pytest.raises(TooFewRowsError, match="cleaned"):
        Cleaned().fit(with_cluster().take(np.arange(1)), np.random.default_rng(0))
    with pytest.raises(TooFewRowsError, match="cleaned: k-nearest-neighbours"):
        Cleaned(final="k-nearest-neighbours").fit(with_cluster().take(np.arange(4)), np.random.default_rng(0))


def test_rescaled_values_are_those_of_plain_arithmetic_held_within_the_limit() -> None:
    rng = np.random.default_rng(SEED)
    rows = Matrix.of(rng.normal(size=(300, 4)) * [1.0, 20.0, 1e-6, 1e14])
    detector = Cleaned()
    state = detector.fit(rows, np.random.default_rng(SEED))
    state["spread"] = np.array([0.5, 7.0, 1e-6, 1e-3], dtype=np.float32)
    plain = np.clip((rows.values - state["center"]) / state["spread"], np.float32(-1e15), np.float32(1e15))
    assert np.array_equal(detector._rescaled(state, rows).values, plain)
