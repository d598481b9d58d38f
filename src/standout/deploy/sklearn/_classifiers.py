"""Detectors that learn from labels, as scikit-learn's classifiers of two classes, with probabilities that can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from standout.core.detector import FOLDS, Labels, own_scores
from standout.core.errors import LabelError
from standout.core.part import Floats
from standout.deploy.sklearn._reliability import log_odds
from standout.deploy.sklearn._shared import detector_of, matrix_of, rows_of

if TYPE_CHECKING:
    from standout.core.part import State

UNKNOWN = -1


class StandoutClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What classifiers share; make one with `classifier` or import it by its name.

    Parameters are those of the detector, and random_state: an integer, a numpy RandomState or None, as anywhere in scikit-learn.

    Of the two classes the second in order is the anomaly: 1 of 0 and 1, True of False and True. A third value, -1, marks rows without
    a label, as elsewhere in scikit-learn; where y holds -1 and one other value only, these are the two classes.

    Probabilities are calibrated: scores of the training rows, none judged by a model that saw it, say which chance belongs to a score
    (`_reliability`). So they hold at the share of anomalies among the labelled rows.

    Fitted: `detector_`, `state_` (arrays), `classes_`, `log_odds_` (slope and offset of the chance), `n_features_in_`, and
    `feature_names_in_` where X had names. As for outlier estimators, columns are seen as they are, as float32.
    """

    also: ClassVar[Mapping[str, Any]] = {"random_state": None}
    _detector_name: str = ""

    def __sklearn_tags__(self) -> Any:
        """Two classes are told apart, never more."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any) -> Self:  # scikit-learn's name
        """Learn from rows, shape (n, d), n >= 2, and their classes, shape (n,). ValueError names what cannot be used."""
        values, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        labels = self._labels(y)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.detector_ = detector_of(self)
        matrix = matrix_of(self, values)
        self.state_: State = self.detector_.fit(matrix, np.random.default_rng([seed, 0]), labels)
        known = labels >= 0
        if min(np.bincount(labels[known])) < 2 or len(labels) < 2 * FOLDS:  # no part could be held out
            own = self.detector_.score(self.state_, matrix)
        else:
            own = own_scores(self.detector_, self.state_, matrix, np.random.default_rng([seed, 1]), labels)
        self.log_odds_ = log_odds(np.asarray(own, dtype=np.float64)[known], labels[known] == 1)
        return self

    def decision_function(self, X: Any) -> Floats:  # as above
        """The calibrated log odds of the anomaly, shape (n,): above 0 it is the likelier class."""
        check_is_fitted(self)
        slope, offset = self.log_odds_
        return slope * np.asarray(self.detector_.score(self.state_, rows_of(self, X)), dtype=np.float64) + offset

    def predict_proba(self, X: Any) -> Floats:  # as above
        """The chance of either class, shape (n, 2), in the order of `classes_`."""
        chance = 0.5 * (1.0 + np.tanh(0.5 * self.decision_function(X)))
        return np.column_stack([1.0 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:  # as above
        """The likelier class of each row, shape (n,)."""
        odds = self.decision_function(X)
        return self.classes_[(odds > 0).astype(np.intp)]

    def _labels(self, y: NDArray[Any]) -> Labels:
        """1 anomaly, 0 normal, -1 unknown, and `classes_`."""
        check_classification_targets(y)
        found = np.unique(y)
        unknown = np.zeros(len(y), dtype=np.bool_)
        if len(found) == 3 and found.dtype.kind in "if" and UNKNOWN in found:
            unknown, found = y == UNKNOWN, found[found != UNKNOWN]
        if len(found) > 2:
            kind = type_of_target(y, input_name="y")
            raise LabelError(
                f"Only binary classification is supported. The type of the target is {kind}.",
                "Give two classes, and -1 for unknown.",
            )
        if len(found) < 2:
            raise LabelError(
                "y holds only one class; a classifier learns from the difference of two.", "Give rows of both classes."
            )
        self.classes_ = found
        return np.where(unknown, UNKNOWN, np.searchsorted(found, y)).astype(np.int8)
