"""Every row detector as a scikit-learn estimator: for `Pipeline`, `GridSearchCV` and code that expects scikit-learn's methods.

A detector that needs no labels is an outlier estimator under the name of its class; one that learns from labels is a classifier, and
`Classifier` follows the name. The classes are made from the registry when they are asked for, plug-ins included; there is no list of
them here.

>>> import numpy as np
>>> from standout.deploy.sklearn import IsolationForest, SVMClassifier
>>> X = np.random.default_rng(0).normal(size=(500, 3))
>>> forest = IsolationForest(trees=50, random_state=0).fit(X)
>>> forest.predict([[0.0, 0, 0], [9, 9, 9]]).tolist()
[1, -1]
>>> machine = SVMClassifier(random_state=0).fit(X, X[:, 0] > 1)
>>> machine.predict([[0.0, 0, 0], [2, 0, 0]]).tolist()
[False, True]
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sklearn.base import BaseEstimator

from standout.core.detector import Detector
from standout.core.errors import ParameterError
from standout.core.registry import find, names
from standout.deploy.sklearn._classifiers import StandoutClassifier
from standout.deploy.sklearn._outliers import StandoutEstimator
from standout.deploy.sklearn._shared import initialiser

__all__ = ["StandoutClassifier", "StandoutEstimator", "classifier", "estimator"]


def _detector(name: str) -> type[Detector]:
    return cast("type[Detector]", find("detector", name))


@cache
def estimator(name: str) -> type[StandoutEstimator]:
    """The outlier estimator of a row detector, by the detector's name; ParameterError where it has none.

    >>> estimator("k-nearest-neighbours")(k=3)
    KNearestNeighbours(k=3)
    """
    part = _detector(name)
    if not _finds_outliers(part):
        raise ParameterError(f"{part.name} {_why_not(part)} and is no outlier estimator.", _instead(part))
    return cast("type[StandoutEstimator]", _made(part, StandoutEstimator, part.__name__))


@cache
def classifier(name: str) -> type[StandoutClassifier]:
    """The classifier of a row detector that learns from labels, by the detector's name; ParameterError where it has none.

    >>> classifier("svm")(cost=10.0)
    SVMClassifier(cost=10.0)
    """
    part = _detector(name)
    if not _classifies(part):
        raise ParameterError(f"{part.name} {_why_not(part)} and is no classifier.", _instead(part))
    return cast("type[StandoutClassifier]", _made(part, StandoutClassifier, f"{part.__name__}Classifier"))


def _made(part: type[Detector], base: type[BaseEstimator], name: str) -> type[BaseEstimator]:
    return type(
        name,
        (base,),
        {
            "__init__": initialiser(part, name, base.also),
            "__doc__": f"{part.card.title}: {part.card.finds}. See {base.__name__} for what its parameters share.",
            "__module__": __name__,
            "_detector_name": part.name,
        },
    )


def _finds_outliers(part: type[Detector]) -> bool:
    return part.kind == "rows" and part.learns_from != "labels"


def _classifies(part: type[Detector]) -> bool:
    return part.kind == "rows" and part.learns_from != "unlabelled"


def _why_not(part: type[Detector]) -> str:
    if part.kind != "rows":
        return "reads rows in order of time"
    return "learns from labels" if part.learns_from == "labels" else "learns without labels"


def _instead(part: type[Detector]) -> str:
    if part.kind != "rows":
        return "Use it through standout.run."
    return f"Ask for {'classifier' if _classifies(part) else 'estimator'}({part.name!r})."


@cache
def _classes() -> dict[str, Any]:
    """What makes each class, and of which detector, by the name of the class."""
    parts = [_detector(name) for name in names("detector")]
    outliers = {p.__name__: (estimator, p.name) for p in parts if _finds_outliers(p)}
    return outliers | {f"{p.__name__}Classifier": (classifier, p.name) for p in parts if _classifies(p)}


def __getattr__(name: str) -> Any:
    """The estimator of that class name, so that it can be imported, pickled and sent to another process."""
    if name.startswith("_") or name not in _classes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    make, detector = _classes()[name]
    return make(detector)


def __dir__() -> list[str]:
    return sorted({*globals(), *_classes()})
