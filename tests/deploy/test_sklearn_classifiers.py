"""Detectors that learn from labels behind scikit-learn's face: its own checks, its conventions, chances that hold."""

from __future__ import annotations

import pickle
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from standout.core.detector import Detector
from standout.core.errors import LabelError, ParameterError
from standout.core.registry import find, names
from standout.deploy import sklearn as face
from standout.deploy.sklearn._reliability import log_odds

LEARN = [n for n in names("detector") if face._classifies(cast("type[Detector]", find("detector", n)))]
SMALL: dict[str, dict[str, Any]] = {"boosted-scores": {"base": "ecod", "trees": 10}, "xgboost": {"trees": 10}}


@pytest.fixture(autouse=True)
def boosting() -> None:
    pytest.importorskip("xgboost", reason="pip install 'standout[boost]'")


def drawn(n: int = 600, seed: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Rows whose chance of being strange is known: a logistic curve along the first column, about one in six."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, 3))
    return rows, (rng.random(n) < 1 / (1 + np.exp(-(2 * rows[:, 0] - 2.5)))).astype(int)


@pytest.mark.parametrize("name", LEARN)
@pytest.mark.filterwarnings("ignore")  # the checks give odd rows on purpose, and scikit-learn warns of them
def test_the_classifier_passes_every_check_of_scikit_learn(name: str) -> None:
    part = find("detector", name)
    expected = {k: v for k, v in part.expected_failures.items() if k.startswith("check_")}
    results = check_estimator(
        face.classifier(name)(**SMALL.get(name, {})), expected_failed_checks=expected, on_fail=None, on_skip=None
    )
    assert not [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert sum(r["status"] == "passed" for r in results) > 40


def test_every_detector_that_learns_from_labels_is_a_classifier_by_name() -> None:
    assert {"svm", "xgboost", "boosted-scores"} <= set(LEARN)
    for name in LEARN:
        made = face.classifier(name)
        assert getattr(face, made.__name__) is made
        assert set(made().get_params()) == {*find("detector", name).specs(), "random_state"}


def test_what_needs_no_labels_is_no_classifier_and_says_what_to_ask_for() -> None:
    with pytest.raises(ParameterError, match=r"learns without labels .* estimator\('pca'\)"):
        face.classifier("pca")
    with pytest.raises(ParameterError, match=r"learns from labels .* classifier\('svm'\)"):
        face.estimator("svm")


def test_it_works_in_a_pipeline_and_a_grid_search_and_comes_back_from_a_pickle() -> None:
    X, y = drawn(200)
    piped = make_pipeline(StandardScaler(), face.SVMClassifier(random_state=0))
    search = GridSearchCV(piped, {"svmclassifier__cost": [0.1, 10.0]}, scoring="roc_auc", cv=StratifiedKFold(3)).fit(X, y)
    assert search.best_score_ > 0.7
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))


def test_names_of_columns_are_kept() -> None:
    X, y = drawn(100)
    frame = pd.DataFrame(X, columns=["amount", "hour", "age"])
    fitted = face.SVMClassifier().fit(frame, y)
    assert fitted.feature_names_in_.tolist() == ["amount", "hour", "age"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"age": "years"}))


def test_classes_keep_their_values_and_the_second_is_the_anomaly() -> None:
    X, y = drawn()
    told = np.array(["ok", "worn"])[y]
    fitted = face.XGBoostClassifier(trees=20, random_state=0).fit(X, told)
    assert fitted.classes_.tolist() == ["ok", "worn"]
    np.testing.assert_array_equal(fitted.predict(X) == "worn", fitted.decision_function(X) > 0)
    chances = fitted.predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert chances[y == 1, 1].mean() > chances[y == 0, 1].mean() + 0.2


def test_rows_without_a_label_are_left_out_and_two_values_are_two_classes() -> None:
    X, y = drawn(200)
    some = y.copy()
    some[100:] = -1
    half = face.SVMClassifier(random_state=0).fit(X, some)
    only = face.SVMClassifier(random_state=0).fit(X[:100], y[:100])
    assert half.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(half.detector_.score(half.state_, _matrix(X)), only.detector_.score(only.state_, _matrix(X)))
    assert face.SVMClassifier().fit(X, np.where(y == 1, 1, -1)).classes_.tolist() == [-1, 1]


@pytest.mark.parametrize(("y", "says"), [([0] * 50, "only one class"), (list(range(5)) * 10, "Only binary")])
def test_labels_of_one_class_or_of_many_are_refused(y: list[int], says: str) -> None:
    with pytest.raises(LabelError, match=says):
        face.SVMClassifier().fit(np.random.default_rng(0).normal(size=(50, 2)), y)


@pytest.mark.parametrize("name", ["svm", "xgboost"])
def test_chances_hold_on_new_rows_although_both_classes_weigh_the_same_in_the_fit(name: str) -> None:
    fitted = face.classifier(name)(random_state=0, **({"trees": 60, "depth": 3} if name == "xgboost" else {})).fit(*drawn(1500))
    X, y = drawn(6000, 1)
    chance = fitted.predict_proba(X)[:, 1]
    assert abs(chance.mean() - y.mean()) < 0.03
    for part in np.array_split(np.argsort(chance), 5):
        assert abs(chance[part].mean() - y[part].mean()) < 0.09


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-50, 50), st.floats(0.01, 1e6))
def test_the_curve_follows_shift_and_scale_of_the_scores_and_never_falls(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    scores, strange = rng.normal(size=60), np.arange(60) % 3 == 0
    slope, offset = log_odds(scores, strange)
    moved = log_odds(scores * scale + shift, strange)
    assert slope > 0
    np.testing.assert_allclose(moved[0] * (scores * scale + shift) + moved[1], slope * scores + offset, rtol=1e-4, atol=1e-4)


def _matrix(X: np.ndarray[Any, Any]) -> Any:
    from standout.core.matrix import Matrix

    return Matrix.of(X)
