"""Every row detector as a scikit-learn estimator: for `Pipeline`, `GridSearchCV` and code that expects scikit-learn's methods.

The classes are made from the registry when they are asked for, plug-ins included; there is no list of them here.

>>> from standout.deploy.sklearn import IsolationForest
>>> X = np.random.default_rng(0).normal(size=(500, 3))
>>> forest = IsolationForest(trees=50, random_state=0).fit(X)
>>> forest.predict([[0.0, 0, 0], [9, 9, 9]]).tolist()
[1, -1]
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from standout.core.detector import Detector, own_scores
from standout.core.errors import ParameterError
from standout.core.matrix import Matrix
from standout.core.part import Floats
from standout.core.registry import find, names

if TYPE_CHECKING:
    from standout.core.part import State

FLAGGED = 0.05
"""The share of ordinary new rows that `contamination="auto"` flags."""


class StandoutEstimator(OutlierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What the estimators share; make one with `estimator` or import it by its name.

    Parameters are those of the detector, and two more:

    contamination: "auto" sets `offset_` so that of new rows like the training rows one in twenty is flagged, from scores in which
    no training row is judged by itself. A share between 0 and 0.5 is scikit-learn's convention: that share of the training rows
    lies below `offset_`; as most detectors know their training rows, more than this share of new ones may be flagged.
    random_state: an integer, a numpy RandomState or None, as anywhere in scikit-learn.

    Fitted: `detector_`, `state_` (arrays), `offset_`, `n_features_in_`, and `feature_names_in_` where X had names.

    The detector sees columns as they are, as float32: put a scaler before it where columns differ in unit. Missing values are
    refused. Sequence detectors have no such estimator, as scikit-learn gives no order to rows.
    """

    _detector_name: str = ""

    def fit(self, X: Any, y: Any = None) -> Self:  # scikit-learn's name
        """Learn from rows, shape (n, d), n >= 2; y is not used. ValueError names what cannot be used."""
        values = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.detector_ = _detector(self)
        matrix = Matrix.of(values, self._names())
        self.state_: State = self.detector_.fit(matrix, np.random.default_rng([seed, 0]))
        self.offset_ = -self._threshold(matrix, seed)
        return self

    def score_samples(self, X: Any) -> Floats:  # as above
        """The detector's score with scikit-learn's sign, shape (n,): lower is stranger."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        return -np.asarray(self.detector_.score(self.state_, Matrix.of(values, self._names())), dtype=np.float64)

    def decision_function(self, X: Any) -> Floats:  # as above
        """`score_samples` less `offset_`: below 0 is an outlier."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:  # as above
        """1 for ordinary rows, -1 for outliers, shape (n,)."""
        return np.where(self.decision_function(X) >= 0, 1, -1)

    def _threshold(self, matrix: Matrix, seed: int) -> float:
        """The score above which a row is an outlier."""
        share = self.contamination
        if isinstance(share, str) and share == "auto":
            rng = np.random.default_rng([seed, 1])
            return float(np.quantile(own_scores(self.detector_, self.state_, matrix, rng), 1.0 - FLAGGED))
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0.0 < share <= 0.5:
            raise ParameterError(f"contamination is {share!r}.", 'Give "auto" or a share above 0 and up to 0.5.')
        return float(np.quantile(self.detector_.score(self.state_, matrix), 1.0 - share))

    def _names(self) -> Sequence[str]:
        known: Any = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if known is None else [str(n) for n in known]


def _detector(estimator: StandoutEstimator) -> Detector:
    part = find("detector", estimator._detector_name)
    return cast("Detector", part.make({name: getattr(estimator, name) for name in part.specs()}))


@cache
def estimator(name: str) -> type[StandoutEstimator]:
    """The estimator class of a row detector, by the detector's name; ParameterError where it has none.

    >>> estimator("k-nearest-neighbours")(k=3)
    KNearestNeighbours(k=3)
    """
    part = cast("type[Detector]", find("detector", name))
    if not _fits(part):
        why = "reads rows in order of time" if part.kind != "rows" else "learns from labels"
        raise ParameterError(f"{part.name} {why} and has no scikit-learn estimator.", "Use it through standout.run.")
    return cast(
        "type[StandoutEstimator]",
        type(
            part.__name__,
            (StandoutEstimator,),
            {
                "__init__": _init(part),
                "__doc__": f"{part.card.title}: {part.card.finds}. See StandoutEstimator for what its parameters share.",
                "__module__": __name__,
                "_detector_name": part.name,
            },
        ),
    )


def _fits(part: type[Detector]) -> bool:
    return part.kind == "rows" and part.learns_from != "labels"


def _init(part: type[Detector]) -> Any:
    """An `__init__` with a keyword for each parameter, as scikit-learn reads them: it keeps what it is given and checks nothing."""
    defaults = {**part.defaults(), "contamination": "auto", "random_state": None}

    def __init__(self: Any, **given: Any) -> None:  # it becomes the method of that name
        for name in given:
            if name not in defaults:
                raise TypeError(f"{part.__name__} has no parameter {name!r}; it has {', '.join(defaults)}.")
        for name, default in defaults.items():
            setattr(self, name, given.get(name, default))

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [inspect.Parameter(name, keyword, default=default) for name, default in defaults.items()]
    __init__.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # scikit-learn reads parameters from here
    return __init__


@cache
def _classes() -> dict[str, str]:
    """Detector names by the names of their classes."""
    parts = ((name, cast("type[Detector]", find("detector", name))) for name in names("detector"))
    return {part.__name__: name for name, part in parts if _fits(part)}


def __getattr__(name: str) -> Any:
    """The estimator of that class name, so that it can be imported, pickled and sent to another process."""
    if name.startswith("_") or name not in _classes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return estimator(_classes()[name])


def __dir__() -> list[str]:
    return sorted({*globals(), *_classes()})
