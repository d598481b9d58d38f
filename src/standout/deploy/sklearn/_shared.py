"""What outlier estimators and classifiers share: parameters read from the detector, and rows checked by scikit-learn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from sklearn.utils.validation import validate_data

from standout.core.detector import Detector
from standout.core.matrix import Matrix
from standout.core.registry import find


def detector_of(estimator: Any) -> Detector:
    """The detector with the parameters that the estimator was given."""
    part = find("detector", estimator._detector_name)
    return cast("Detector", part.make({name: getattr(estimator, name) for name in part.specs()}))


def initialiser(part: type[Detector], name: str, also: Mapping[str, Any]) -> Callable[..., None]:
    """An `__init__` with a keyword for each parameter, as scikit-learn reads them: it keeps what it is given and checks nothing."""
    defaults = {**part.defaults(), **also}

    def __init__(self: Any, **given: Any) -> None:  # it becomes the method of that name
        for key in given:
            if key not in defaults:
                raise TypeError(f"{name} has no parameter {key!r}; it has {', '.join(defaults)}.")
        for key, default in defaults.items():
            setattr(self, key, given.get(key, default))

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    parameters += [inspect.Parameter(key, keyword, default=default) for key, default in defaults.items()]
    __init__.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # scikit-learn reads parameters from here
    return __init__


def rows_of(estimator: Any, X: Any) -> Matrix:  # scikit-learn's name
    """New rows as the fitted estimator's detector takes them; ValueError names what cannot be used."""
    return matrix_of(estimator, validate_data(estimator, X, dtype=np.float64, reset=False))


def matrix_of(estimator: Any, values: Any) -> Matrix:
    """Checked rows under the names of their columns, where X had names."""
    known: Any = getattr(estimator, "feature_names_in_", None)
    names = [f"x{i}" for i in range(estimator.n_features_in_)] if known is None else [str(n) for n in known]
    return Matrix.of(values, names)
