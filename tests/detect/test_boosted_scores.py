"""Boosted scores: from no labels to all of them, and what happens to kinds that nobody labelled."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from standout.core.errors import ModelFileError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.core.part import under
from standout.detect.boosted_scores import BoostedScores

pytest.importorskip("xgboost", reason="pip install 'standout[boost]'")
DETECTOR = BoostedScores(base="isolation-forest", trees=60)


def kinds(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Usual rows, a known kind that hides among them, and a new kind far off."""
    usual = rng.normal(size=(500, 4))
    hidden = np.column_stack([rng.normal(size=(60, 2)), 1.2 + rng.normal(size=(60, 1)) * 0.05, rng.normal(size=(60, 1))])
    return usual, hidden, rng.normal(size=(60, 4)) - 6


def test_labels_find_the_hidden_kind_and_the_base_still_finds_new_ones(rng: np.random.Generator) -> None:
    usual, hidden, _ = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, hidden]))
    labels = np.r_[np.zeros(500), np.ones(60)].astype(np.int8)
    state = DETECTOR.fit(rows, rng, labels)
    test_usual, test_hidden, test_far = kinds(rng)
    fresh = Matrix.of(np.concatenate([test_usual, test_hidden, test_far]))
    scores = DETECTOR.score(state, fresh)
    base = DETECTOR.base.score(under("base/0", state), fresh)
    zero, one = np.zeros(500), np.ones(60)
    assert roc_auc_score(np.r_[zero, one], scores[:560]) > roc_auc_score(np.r_[zero, one], base[:560]) + 0.1
    assert roc_auc_score(np.r_[zero, one], np.r_[scores[:500], scores[560:]]) > 0.8


def test_without_labels_of_both_classes_the_order_is_that_of_the_base(rng: np.random.Generator) -> None:
    usual, _, far = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, far[:5]]))
    for labels in (None, np.full(505, -1, np.int8), np.zeros(505, np.int8)):
        state = DETECTOR.fit(rows, np.random.default_rng(0), labels)
        scores, base = DETECTOR.score(state, rows), DETECTOR.base.score(under("base/0", state), rows)
        assert np.array_equal(np.argsort(scores, kind="stable"), np.argsort(base, kind="stable"))


def test_one_labelled_anomaly_finds_others_that_lie_near_it(rng: np.random.Generator) -> None:
    usual = rng.normal(size=(500, 4))
    near = 1.5 + 0.1 * rng.normal(size=(20, 4))  # together, where usual rows are rare but not the rarest
    rows, truth = Matrix.of(np.concatenate([usual, near])), np.r_[np.zeros(500), np.ones(20)]
    labels = np.full(520, -1, dtype=np.int8)
    before = DETECTOR.score(DETECTOR.fit(rows, np.random.default_rng(0), labels), rows)
    labels[500] = 1
    after = DETECTOR.score(DETECTOR.fit(rows, np.random.default_rng(0), labels), rows)
    unseen = labels == -1
    assert average_precision_score(truth[unseen], after[unseen]) > average_precision_score(truth[unseen], before[unseen]) + 0.2


@pytest.mark.parametrize("given", [5, 15])
def test_a_handful_of_labelled_anomalies_finds_the_others_of_their_kind(rng: np.random.Generator, given: int) -> None:
    usual, hidden, _ = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, hidden]))
    truth, labels = np.r_[np.zeros(500), np.ones(60)], np.full(560, -1, dtype=np.int8)
    before = DETECTOR.score(DETECTOR.fit(rows, np.random.default_rng(0), labels), rows)
    labels[500 : 500 + given] = 1
    after = DETECTOR.score(DETECTOR.fit(rows, np.random.default_rng(0), labels), rows)
    unseen = labels == -1
    assert average_precision_score(truth[unseen], after[unseen]) > average_precision_score(truth[unseen], before[unseen]) + 0.1


def test_a_handful_of_labels_does_no_harm(rng: np.random.Generator) -> None:
    usual, _, far = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, far]))
    labels = np.full(560, -1, dtype=np.int8)
    labels[:5], labels[500:503] = 0, 1
    scores = DETECTOR.score(DETECTOR.fit(rows, rng, labels), rows)
    assert roc_auc_score(np.r_[np.zeros(500), np.ones(60)], scores) > 0.98


def test_likeness_to_labelled_rows_fades_as_they_become_many(rng: np.random.Generator) -> None:
    usual, _, far = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, np.repeat(far, 8, axis=0)]))
    for given, weight, kept in ((10, 1.0, 10), (80, 0.25, 80), (480, 1.0, 0)):
        labels = np.zeros(980, dtype=np.int8)
        labels[500 : 500 + given] = 1
        state = DETECTOR.fit(rows, rng, labels)
        assert (state["weight"][0], len(state["known"])) == (weight, kept)


def test_the_base_is_heard_even_where_trees_know_nothing_of_a_kind(rng: np.random.Generator) -> None:
    usual, hidden, far = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, np.repeat(hidden, 10, axis=0)]))
    state = DETECTOR.fit(rows, rng, np.r_[np.zeros(500), np.ones(600)].astype(np.int8))
    scores = DETECTOR.score(state, Matrix.of(np.concatenate([usual, far])))
    assert roc_auc_score(np.r_[np.zeros(500), np.ones(60)], scores) > 0.95


def test_what_nearness_adds_is_told_by_the_columns_that_make_the_labelled_row_unusual(rng: np.random.Generator) -> None:
    usual = rng.normal(size=(400, 4))
    kind = usual[:3].copy()
    kind[:, 2] = 9.0
    rows = Matrix.of(np.concatenate([usual, kind]))
    labels = np.full(403, -1, dtype=np.int8)
    labels[400:402] = 1
    state = DETECTOR.fit(rows, rng, labels)
    assert DETECTOR.attribute(state, rows.take(np.array([402]))).argmax() == 2


def test_trees_that_ask_about_features_there_are_not_are_refused(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(60, 3)))
    state = DETECTOR.fit(rows, rng)
    check_state(DETECTOR, state, {"d": 3})
    state["tree/feature"] = state["tree/feature"] + 3
    with pytest.raises(ModelFileError, match="points to 3 and must stay within 0 to 2"):
        check_state(DETECTOR, state, {"d": 3})
    state["rare/null"] = np.zeros(0)
    with pytest.raises(ModelFileError, match="are missing"):
        DETECTOR.score(state, rows)
