"""Boosted scores: from no labels to all of them, and what happens to kinds that nobody labelled."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from standout.core.errors import ModelFileError
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


def test_a_handful_of_labels_does_no_harm(rng: np.random.Generator) -> None:
    usual, _, far = kinds(rng)
    rows = Matrix.of(np.concatenate([usual, far]))
    labels = np.full(560, -1, dtype=np.int8)
    labels[:5], labels[500:503] = 0, 1
    scores = DETECTOR.score(DETECTOR.fit(rows, rng, labels), rows)
    assert roc_auc_score(np.r_[np.zeros(500), np.ones(60)], scores) > 0.98


def test_trees_that_ask_about_features_there_are_not_are_refused(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(60, 3)))
    state = DETECTOR.fit(rows, rng)
    state["tree/feature"] = state["tree/feature"] + 4
    with pytest.raises(ModelFileError, match="feature 4 of 4"):
        DETECTOR.score(state, rows)
