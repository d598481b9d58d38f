"""Estimators of other packages: the right sign, named errors where they misbehave, and model files that run nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from standout.core.detector import own_scores
from standout.core.errors import DataError, MissingExtraError, ModelFileError, ParameterError
from standout.core.matrix import Matrix
from standout.detect import wrapped
from standout.detect._foreign import KEPT, TRUST
from standout.detect.wrapped import Wrapped

MISBEHAVING = """
import numpy as np

class Base:
    def fit(self, x):
        return self

class SaysNaN(Base):
    def score_samples(self, x):
        return np.full(len(x), np.nan)

class WrongLength(Base):
    def score_samples(self, x):
        return np.zeros(3)

class WrongSign(Base):
    def score_samples(self, x):
        return np.abs(x).sum(axis=1)

    def predict(self, x):
        return np.where(np.abs(x).sum(axis=1) > 5, -1, 1)

class CannotScore(Base):
    pass

class Raises(Base):
    def fit(self, x):
        raise RuntimeError("out of order")

class ScoresByChance(Base):
    def score_samples(self, x):
        return np.random.default_rng().normal(size=len(x))

class CountsItsCalls(Base):
    calls = 0

    def score_samples(self, x):
        self.calls += 1
        return -np.abs(x).sum(axis=1) - self.calls

class IgnoresItsSeed(Base):
    def __init__(self, random_state=None):
        pass

    def fit(self, x):
        self.direction = np.random.default_rng().normal(size=x.shape[1])
        return self

    def score_samples(self, x):
        return -np.abs(x @ self.direction)

class ChangesItsInput(Base):
    def fit(self, x):
        x[:] = 0
        return self

    def score_samples(self, x):
        scores = -np.abs(x).sum(axis=1)
        x[:] = 0
        return scores
"""


def rows(n: int = 200, seed: int = 0) -> Matrix:
    return Matrix.of(np.random.default_rng(seed).normal(size=(n, 3)))


def with_one_far(n: int = 200) -> Matrix:
    values = rows(n, 1).values.copy()
    values[17] = 9.0
    return Matrix.of(values)


def fit(detector: Wrapped, matrix: Matrix | None = None) -> dict[str, np.ndarray]:
    return detector.fit(matrix or rows(), np.random.default_rng(0))


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of estimators that misbehave, trusted by this test."""
    name = "estimators_that_misbehave"
    (tmp_path / f"{name}.py").write_text(MISBEHAVING)
    monkeypatch.syspath_prepend(str(tmp_path))
    classes = [line.split("(")[0].removeprefix("class ") for line in MISBEHAVING.splitlines() if line.startswith("class ")]
    classes.append("Absent")
    monkeypatch.setenv(TRUST, ", ".join(f"{name}.{c}" for c in classes))
    return name


@pytest.mark.parametrize(
    "path",
    [
        "sklearn.ensemble.IsolationForest",
        "sklearn.neighbors.LocalOutlierFactor",
        "sklearn.svm.OneClassSVM",
        "sklearn.covariance.EllipticEnvelope",
        "sklearn.linear_model.SGDOneClassSVM",
    ],
)
def test_every_outlier_estimator_of_scikit_learn_finds_a_far_row(path: str) -> None:
    if path.endswith("SGDOneClassSVM"):
        # a line through the origin: it can only find what lies on the other side of it
        train, test = Matrix.of(rows().values + 5), Matrix.of(np.where(with_one_far().values > 8, -9, with_one_far().values + 5))
    else:
        train, test = rows(), with_one_far()
    detector = Wrapped(estimator=path, settings="n_estimators=20" if "Forest" in path else "")
    assert int(np.argmax(detector.score(fit(detector, train), test))) == 17


@pytest.mark.parametrize("path", ["pyod.models.knn.KNN", "pyod.models.ecod.ECOD", "pyod.models.hbos.HBOS"])
def test_a_detector_of_pyod_finds_a_far_row_without_its_sign_being_turned(path: str) -> None:
    pytest.importorskip("pyod")
    detector = Wrapped(estimator=path)
    assert int(np.argmax(detector.score(fit(detector), with_one_far()))) == 17


def test_scores_are_those_of_the_estimator_with_the_sign_turned() -> None:
    from sklearn.ensemble import IsolationForest

    detector = Wrapped(estimator="sklearn.ensemble.IsolationForest", settings={"n_estimators": 20, "random_state": 3})
    theirs = IsolationForest(n_estimators=20, random_state=3).fit(rows().values.astype(float))
    np.testing.assert_array_equal(
        detector.score(fit(detector), rows(50, 2)), -theirs.score_samples(rows(50, 2).values.astype(float))
    )


def test_own_scores_come_on_the_scale_of_the_whole_even_where_the_unit_grows_with_the_rows() -> None:
    detector, train, fresh = Wrapped(estimator="sklearn.svm.OneClassSVM"), rows(600), rows(3000, 5)
    state = fit(detector, train)
    own = own_scores(detector, state, train, np.random.default_rng(0))
    assert 0.02 < np.mean(detector.score(state, fresh) > np.quantile(own, 0.95)) < 0.09


def test_settings_have_one_spelling() -> None:
    asked = [{"nu": 0.1, "kernel": "rbf"}, ["nu=0.1", "kernel=rbf"], "kernel=rbf, nu=0.1", ('kernel="rbf"', "nu=0.10")]
    assert {Wrapped(estimator="sklearn.svm.OneClassSVM", settings=s) for s in asked} == {
        Wrapped(estimator="sklearn.svm.OneClassSVM", settings=('kernel="rbf"', "nu=0.1"))
    }


@pytest.mark.parametrize(
    ("cls", "says"),
    [
        ("SaysNaN", "scored row 0 as nan"),
        ("WrongLength", r"shape \(3,\) for 200 rows"),
        ("WrongSign", "its sign is wrong"),
        ("Raises", "out of order"),
        ("ScoresByChance", "other scores when it is asked again"),
        ("CountsItsCalls", "other scores when it is asked again"),
    ],
)
def test_an_estimator_that_misbehaves_is_named(odd: str, cls: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as told:
        fit(Wrapped(estimator=f"{odd}.{cls}"))
    assert f"{odd}.{cls}" in told.value.what
    assert told.value.hint


def test_an_estimator_that_scores_no_new_rows_or_does_not_exist_is_named(odd: str) -> None:
    for cls, says in (("CannotScore", "cannot score new rows"), ("Absent", "no estimator named Absent")):
        with pytest.raises(ParameterError, match=says):
            fit(Wrapped(estimator=f"{odd}.{cls}"))


def test_what_cannot_be_used_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="no path of a class"):
        Wrapped(estimator="IsolationForest")
    with pytest.raises(ParameterError, match="no name=value"):
        Wrapped(settings="200")
    with pytest.raises(ParameterError, match="the setting base is"):
        Wrapped(settings={"base": [1]})
    with pytest.raises(ParameterError, match="has no parameter 'trees'"):
        fit(Wrapped(settings="trees=3"))
    with pytest.raises(DataError, match="does not take 200 rows"):
        fit(Wrapped(settings="n_neighbors=-3"))
    with pytest.raises(ParameterError, match="no estimator named Forest"):
        fit(Wrapped(estimator="sklearn.ensemble.Forest"))
    with pytest.raises(ParameterError, match="cannot be imported"):
        fit(Wrapped(estimator="sklearn.forests.Forest"))


def test_naming_a_class_of_another_package_imports_nothing() -> None:
    assert "this" not in sys.modules
    with pytest.raises(ParameterError, match="must not be enough to import it"):
        fit(Wrapped(estimator="this.d"))
    assert "this" not in sys.modules


def test_a_package_that_is_not_installed_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRUST, "no_such_package.Forest")
    with pytest.raises(MissingExtraError, match="pip install no_such_package"):
        fit(Wrapped(estimator="no_such_package.Forest"))


def test_an_estimator_that_fell_out_of_memory_is_fitted_again_to_the_same_scores() -> None:
    detector = Wrapped(estimator="sklearn.ensemble.IsolationForest", settings="n_estimators=5")
    state, test = fit(detector), rows(40, 3)
    before = detector.score(state, test)
    for seed in range(KEPT + 1):
        fit(Wrapped(settings="n_neighbors=3"), rows(20, seed))
    assert wrapped._memory.get(state["mark"].tobytes()) is None
    np.testing.assert_array_equal(detector.score(state, test), before)


def test_a_state_from_elsewhere_is_fitted_again_only_when_its_class_is_trusted_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    detector, test = Wrapped(), rows(40, 3)
    state = fit(detector)
    before = detector.score(state, test)
    wrapped._memory.forget()  # as in another process
    with pytest.raises(ModelFileError, match=f"Set {TRUST}=sklearn.neighbors.LocalOutlierFactor"):
        detector.score(state, test)
    monkeypatch.setenv(TRUST, "sklearn.svm.OneClassSVM")
    with pytest.raises(ModelFileError):
        detector.score(state, test)
    monkeypatch.setenv(TRUST, detector.estimator)
    np.testing.assert_array_equal(detector.score(state, test), before)


def test_an_estimator_that_ignores_its_seed_is_used_where_it_was_fitted_and_refused_where_a_new_fit_scores_otherwise(
    odd: str,
) -> None:
    detector = Wrapped(estimator=f"{odd}.IgnoresItsSeed")
    state = fit(detector)
    assert np.isfinite(detector.score(state, rows(40, 3))).all()
    wrapped._memory.forget()  # as in another process
    with pytest.raises(ModelFileError, match="gives them other scores") as told:
        detector.score(state, rows(40, 3))
    assert "random_state" in told.value.hint


def test_an_estimator_that_changes_what_it_is_given_changes_nothing_of_ours(odd: str) -> None:
    detector, train, test = Wrapped(estimator=f"{odd}.ChangesItsInput"), rows(), rows(40, 3)
    state = fit(detector, train)
    first = detector.score(state, test)
    np.testing.assert_array_equal(train.values, rows().values)
    np.testing.assert_array_equal(test.values, rows(40, 3).values)
    np.testing.assert_array_equal(detector.score(state, test), first)


def test_rows_that_were_altered_are_noticed_before_anything_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Wrapped()
    state = fit(detector)
    wrapped._memory.forget()
    monkeypatch.setenv(TRUST, detector.estimator)
    state["rows"][0, 0] += 1
    with pytest.raises(ModelFileError, match="not those that it was fitted on"):
        detector.score(state, rows())


def test_a_model_file_of_a_wrapped_estimator_is_opened_elsewhere_only_on_request(tmp_path: Path) -> None:
    data = "\n".join(["a,b", *(f"{x:.4f},{y:.4f}" for x, y in np.random.default_rng(0).normal(size=(120, 2)))])
    (tmp_path / "rows.csv").write_text(data + "\n")

    def standout(*arguments: str, trust: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, TRUST: trust, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        command = [sys.executable, "-m", "standout", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    made = standout("train", "rows.csv", "--detector", "sklearn.neighbors.LocalOutlierFactor", "--set", "n_neighbors=7")
    assert made.returncode == 0, made.stderr
    refused = standout("score", "model.standout", "rows.csv")
    assert refused.returncode == 4
    assert TRUST in refused.stderr
    assert "Traceback" not in refused.stderr
    done = standout("score", "model.standout", "rows.csv", trust="sklearn.neighbors.LocalOutlierFactor")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 121
    shown = standout("inspect", "model.standout", "--json")
    assert json.loads(shown.stdout)["detector"]["settings"] == ["n_neighbors=7"]
