"""Every row detector behind scikit-learn's face, held against scikit-learn's own checks."""

from __future__ import annotations

import pickle
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from standout.core.detector import Detector
from standout.core.errors import ParameterError
from standout.core.registry import find, names
from standout.deploy import sklearn as face

ROW_DETECTORS = [n for n in names("detector") if face._finds_outliers(cast("type[Detector]", find("detector", n)))]

# the checks fit some hundred times, on as few as ten rows
SMALL: dict[str, dict[str, Any]] = {
    "autoencoder": {"steps": 20, "width": 8, "code": 2},
    "ensemble": {"members": ("k-nearest-neighbours", "pca")},
    "gaussian-mixture": {"components": 1, "form": "diagonal"},
    "isolation-forest": {"trees": 20},
    "local-outlier-factor": {"k": 5},
    "loda": {"bins": 40},
    "random-cut-forest": {"trees": 5},
    "wrapped": {"estimator": "sklearn.svm.OneClassSVM"},
}


def rows(n: int = 200, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(n, 3))


def check_with_scikit_learn(estimator: Any, expected: dict[str, str]) -> None:
    results = check_estimator(estimator, expected_failed_checks=expected, on_fail=None, on_skip=None)
    assert not [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(expected)
    assert sum(r["status"] == "passed" for r in results) > 30


@pytest.mark.parametrize("name", ROW_DETECTORS)
@pytest.mark.filterwarnings("ignore")  # the checks give odd rows on purpose, and scikit-learn warns of them
def test_the_estimator_passes_every_check_of_scikit_learn(name: str) -> None:
    expected = {k: v for k, v in find("detector", name).expected_failures.items() if k.startswith("check_")}
    check_with_scikit_learn(face.estimator(name)(**SMALL.get(name, {})), expected)


@pytest.mark.filterwarnings("ignore")  # as above
def test_a_wrapped_detector_of_pyod_passes_every_check_of_scikit_learn() -> None:
    pytest.importorskip("pyod")
    check_with_scikit_learn(face.estimator("wrapped")(estimator="pyod.models.hbos.HBOS"), {})


def test_every_estimator_can_be_imported_by_the_name_of_its_class_and_lists_its_parameters() -> None:
    for name in ROW_DETECTORS:
        made = face.estimator(name)
        assert getattr(face, made.__name__) is made
        assert set(made().get_params()) == {*find("detector", name).specs(), "contamination", "random_state"}
        assert made.__name__ in dir(face)


def test_it_works_in_a_pipeline_and_a_grid_search() -> None:
    train, labels = np.concatenate([rows(), rows(20, 1) + 4]), np.r_[np.zeros(200), np.ones(20)]
    piped = make_pipeline(StandardScaler(), face.KNearestNeighbours(random_state=0))

    def ranking(estimator: Any, X: Any, y: Any) -> float:  # scikit-learn's name
        return roc_auc_score(y, -estimator.score_samples(X))

    search = GridSearchCV(piped, {"knearestneighbours__k": [1, 30]}, scoring=ranking, cv=StratifiedKFold(3))
    found = search.fit(train, labels)
    assert found.best_score_ > 0.9
    assert found.best_estimator_.named_steps["knearestneighbours"].detector_.k in (1, 30)


def test_a_clone_is_unfitted_and_a_pickled_one_scores_the_same() -> None:
    forest = face.IsolationForest(trees=10, random_state=3).fit(rows())
    assert not hasattr(clone(forest), "state_")
    assert clone(forest).get_params() == forest.get_params()
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(forest)).score_samples(rows(30, 1)), forest.score_samples(rows(30, 1))
    )


def test_names_of_columns_are_kept_and_other_columns_are_refused() -> None:
    frame = pd.DataFrame(rows(), columns=["amount", "hour", "age"])
    fitted = face.PCA().fit(frame)
    assert fitted.feature_names_in_.tolist() == ["amount", "hour", "age"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"age": "years"}))


def test_scores_are_those_of_the_detector_with_the_sign_turned() -> None:
    fitted = face.KNearestNeighbours(k=3, random_state=0).fit(rows())
    assert fitted.score_samples([[0.0, 0, 0]]) > fitted.score_samples([[9.0, 9, 9]])
    np.testing.assert_array_equal(fitted.decision_function(rows(9, 1)), fitted.score_samples(rows(9, 1)) - fitted.offset_)
    assert fitted.predict([[0.0, 0, 0], [9, 9, 9]]).tolist() == [1, -1]


def test_auto_flags_one_new_row_in_twenty_even_where_the_detector_knows_its_training_rows() -> None:
    flagged = [
        np.mean(face.KNearestNeighbours(k=2, random_state=seed).fit(rows(400, seed)).predict(rows(4000, seed + 50)) == -1)
        for seed in range(5)
    ]
    assert 0.035 < np.mean(flagged) < 0.065


def test_a_share_flags_that_share_of_the_training_rows() -> None:
    assert np.mean(face.ECOD(contamination=0.1).fit_predict(rows(300)) == -1) == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("share", [0.0, 0.6, "some", True, float("nan")])
def test_a_contamination_that_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(ParameterError, match="contamination is"):
        face.PCA(contamination=share).fit(rows())


def test_parameters_that_do_not_exist_or_are_out_of_range_are_refused() -> None:
    with pytest.raises(TypeError, match="PCA has no parameter 'components'"):
        face.PCA(components=3)
    with pytest.raises(ParameterError, match=r"share is 2\.0"):
        face.PCA(share=2.0).fit(rows())


def test_a_sequence_detector_has_no_estimator_and_says_why() -> None:
    for make in (face.estimator, face.classifier):
        with pytest.raises(ParameterError, match="reads rows in order of time"):
            make("subsequence-pca")
    with pytest.raises(AttributeError, match="SubsequencePCA"):
        _ = face.SubsequencePCA
