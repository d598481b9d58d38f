"""XGBoost: our arrays say what the package says, labels are used as they are meant, and errors have names."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.detector import own_scores
from standout.core.errors import LabelError
from standout.core.matrix import Matrix
from standout.detect._boosting import Growth, as_heaps, grown, held_out
from standout.detect.xgboost import XGBoost
from standout.kernels.shapley import shapley_values
from standout.kernels.trees import path_sums

xgb = pytest.importorskip("xgboost", reason="pip install 'standout[boost]'")


def labelled_rows(rng: np.random.Generator, n: int = 600) -> tuple[Matrix, np.ndarray]:
    rows = Matrix.of(rng.normal(size=(n, 5)))
    return rows, ((rows.values[:, 0] > 1) & (rows.values[:, 1] > 0)).astype(np.int8)


def test_our_trees_give_the_margins_and_the_contributions_of_the_package(rng: np.random.Generator) -> None:
    import json

    rows, labels = labelled_rows(rng)
    settings = {"max_depth": 5, "eta": 0.3, "base_score": 0.5, "objective": "binary:logistic", "verbosity": 0}
    booster = xgb.train(settings, xgb.DMatrix(rows.values, labels), 25)
    model = json.loads(bytes(booster.save_raw("json")))
    state = as_heaps(model["learner"]["gradient_booster"]["model"]["trees"], 5)
    forest = (state["tree/feature"], state["tree/threshold"], state["tree/leaf"])
    fresh = rng.normal(size=(200, 5)).astype(np.float32)
    fresh[:50] = rows.values[:50]  # values that stand at thresholds
    theirs = booster.predict(xgb.DMatrix(fresh), output_margin=True)
    np.testing.assert_allclose(path_sums(forest, fresh), theirs, atol=2e-6 * np.abs(theirs).max() + 1e-6)
    shares = booster.predict(xgb.DMatrix(fresh), pred_contribs=True)
    np.testing.assert_allclose(shapley_values(forest, state["tree/cover"], fresh), shares[:, :-1], atol=2e-5)


def test_rows_of_the_labelled_kind_score_above_the_others(rng: np.random.Generator) -> None:
    rows, labels = labelled_rows(rng)
    state = XGBoost(trees=50).fit(rows, rng, labels)
    fresh, truth = labelled_rows(rng)
    scores = XGBoost(trees=50).score(state, fresh)
    assert np.mean((scores > 0) == truth) > 0.95


def test_unknown_labels_are_left_out(rng: np.random.Generator) -> None:
    rows, labels = labelled_rows(rng)
    half = labels.copy()
    half[300:] = -1
    some = XGBoost(trees=10).fit(rows, np.random.default_rng(1), half)
    only = XGBoost(trees=10).fit(rows.take(np.arange(300)), np.random.default_rng(1), labels[:300])
    assert all(np.array_equal(some[k], only[k]) for k in only)


@pytest.mark.parametrize(
    ("labels", "says"),
    [(None, "got none"), (np.full(600, -1, np.int8), "got none"), (np.zeros(600, np.int8), "0 of 600 labelled rows")],
)
def test_labels_that_teach_nothing_are_refused_by_name(rng: np.random.Generator, labels: np.ndarray | None, says: str) -> None:
    with pytest.raises(LabelError, match=f"xgboost.*{says}"):
        XGBoost().fit(labelled_rows(rng)[0], rng, labels)


def test_growth_stops_where_the_held_out_rows_gain_no_more(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(400, 3)))
    labels = (rng.random(400) < 0.3).astype(np.int8)  # nothing to learn
    state = grown("xgboost", rows, labels, Growth(300, 3, 0.3, 1.0, 1.0), rng)
    assert len(state["tree/leaf"]) < 60


def test_whole_runs_are_held_out_where_there_are_several(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(100, 2)).astype(np.float32)
    several = Matrix(rows, Matrix.of(rows).features, np.arange(0, 100, 10))
    labels = np.tile([0, 0, 0, 0, 1], 20).astype(np.int8)
    out = held_out(several, labels, rng).reshape(10, 10)
    assert sorted(out.sum(axis=1).tolist()) == [0] * 8 + [10] * 2
    alone = held_out(Matrix.of(rows), labels, rng)
    assert [int(alone[labels == k].sum()) for k in (0, 1)] == [16, 4]


def test_few_anomalies_are_all_learned_from(rng: np.random.Generator) -> None:
    labels = np.zeros(100, dtype=np.int8)
    labels[:5] = 1
    assert not held_out(Matrix.of(rng.normal(size=(100, 2))), labels, rng).any()


def test_own_scores_lie_on_the_scale_of_the_whole_fit() -> None:
    drawn = np.random.default_rng([3, 0, *b"xgboost"])  # here parts of the rows would stop after twice as many trees as the whole
    mean = np.abs(drawn.normal(size=(5, 5))[0]) * 3 + 1
    values = drawn.poisson(mean, size=(1499, 5)).astype(np.float64)
    rng = np.random.default_rng(3)
    usual, fresh = values[:499], Matrix.of(values[499:])
    strange = usual[rng.permutation(499)[:25]]
    strange[:, :2] += 5 * usual[:, :2].std(axis=0)
    rows, labels = Matrix.of(np.vstack([usual, strange])), np.repeat(np.array([0, 1], dtype=np.int8), [499, 25])
    detector = XGBoost()
    state = detector.fit(rows, rng, labels)
    own = own_scores(detector, state, rows, rng, labels)[:499]
    assert (detector.score(state, fresh) > np.quantile(own, 0.99)).mean() < 0.05
    settled = detector.settled(state)
    assert len(settled.fit(rows.take(np.arange(524) % 5 > 0), rng, labels[np.arange(524) % 5 > 0])["tree/leaf"]) == settled.trees
