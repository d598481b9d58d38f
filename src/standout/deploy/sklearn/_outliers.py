"""Detectors that need no labels, as scikit-learn's outlier estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from standout.core.detector import own_scores
from standout.core.errors import ParameterError
from standout.core.matrix import Matrix
from standout.core.part import Floats
from standout.deploy.sklearn._shared import detector_of, matrix_of, rows_of

if TYPE_CHECKING:
    from standout.core.part import State

FLAGGED = 0.05
"""The share of ordinary new rows that `contamination="auto"` flags."""


class StandoutEstimator(OutlierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What outlier estimators share; make one with `estimator` or import it by its name.

    Parameters are those of the detector, and two more:

    contamination: "auto" sets `offset_` so that of new rows like the training rows one in twenty is flagged, from scores in which
    no training row is judged by itself. A share between 0 and 0.5 is scikit-learn's convention: that share of the training rows
    lies below `offset_`; as most detectors know their training rows, more than this share of new ones may be flagged.
    random_state: an integer, a numpy RandomState or None, as anywhere in scikit-learn.

    Fitted: `detector_`, `state_` (arrays), `offset_`, `n_features_in_`, and `feature_names_in_` where X had names.

    The detector sees columns as they are, as float32: put a scaler before it where columns differ in unit. Missing values are
    refused. Sequence detectors have no such estimator, as scikit-learn gives no order to rows.
    """

    also: ClassVar[Mapping[str, Any]] = {"contamination": "auto", "random_state": None}
    _detector_name: str = ""

    def fit(self, X: Any, y: Any = None) -> Self:  # scikit-learn's name
        """Learn from rows, shape (n, d), n >= 2; y is not used. ValueError names what cannot be used."""
        values = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.detector_ = detector_of(self)
        matrix = matrix_of(self, values)
        self.state_: State = self.detector_.fit(matrix, np.random.default_rng([seed, 0]))
        self.offset_ = -self._threshold(matrix, seed)
        return self

    def score_samples(self, X: Any) -> Floats:  # as above
        """The detector's score with scikit-learn's sign, shape (n,): lower is stranger."""
        check_is_fitted(self)
        return -np.asarray(self.detector_.score(self.state_, rows_of(self, X)), dtype=np.float64)

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
