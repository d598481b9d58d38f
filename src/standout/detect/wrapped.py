"""Any outlier estimator of scikit-learn or PyOD as a detector; its model holds rows to fit it again from, never its pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import FOLDS, Detector, Labels
from standout.core.errors import DataError, ModelFileError, ParameterError, TooFewRowsError
from standout.core.layout import HINT, Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._foreign import (
    CHOOSE,
    FARTHEST,
    TRUST,
    Memory,
    allow,
    as_settings,
    check_sign,
    find_class,
    known_settings,
    on_scale_of,
    read_setting,
    same_scores,
    scoring_method,
    trusted,
)

PROBED = 32
"""Training rows whose scores are kept, to see whether a new fit is the one that the null was learned from."""

_memory = Memory()


@dataclass(frozen=True)
class Wrapped(Detector):
    """An estimator of another package, by the path of its class; its sign is turned at the door, so that higher is stranger.

    scikit-learn's `score_samples` (lower is stranger) is turned round; PyOD's `decision_function` (higher is stranger) is taken
    as it is. A parameter `random_state` is set from the seed and LOF's `novelty` is switched on, unless you set them. A
    contamination only moves the estimator's own threshold, which nothing here reads.

    The state holds the training rows and the seed: a model file holds no code. In the process that fitted it the model scores
    at once; one opened from a file is fitted again, and only if the environment variable STANDOUT_WRAP names the class:
    docs/decisions/0014-wrapped-estimators.md. A fit that scores otherwise than the first one did is refused, too.

    fit: shape (n, d), n >= 2. score: (n,), in the estimator's own unit.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(300, 3)))
    >>> detector = Wrapped(estimator="sklearn.svm.OneClassSVM", settings={"nu": 0.1})
    >>> detector.settings
    ('nu=0.1',)
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> usual, far = detector.score(state, Matrix.of([[0.0, 0, 0], [9, 9, 9]]))
    >>> bool(far > usual)
    True
    """

    card = Card(
        "An estimator of scikit-learn or PyOD",
        "the wrapped estimator's own",
        "what the wrapped estimator finds",
        "what the wrapped estimator costs; its training rows are kept",
    )
    examples = (
        {},
        {"estimator": "sklearn.svm.OneClassSVM"},
        {"settings": ["n_neighbors=5"]},
    )
    expected_failures = {
        "a_row_scores_the_same_alone_and_in_any_batch": "the arithmetic is the estimator's own, and matrix products of another "
        "batch size sum in another order: the last digits may differ. PyOD's ECOD and COPOD also count the rows that they are asked about.",
    }
    layout = {
        "rows": Holds("float32", "n", "d"),
        "seed": Holds("int64", 1),
        "mark": Holds("uint8", 32),
        "probe": Holds("float64", "probed"),
    }

    estimator: str = param(
        "sklearn.neighbors.LocalOutlierFactor", help="The path of the class, such as sklearn.ensemble.IsolationForest."
    )
    settings: tuple[str, ...] = param(
        (), help="Its parameters as name=value, such as n_estimators=200; those left out keep theirs."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", as_settings(self.name, self.settings))
        super().__post_init__()
        if not all(part.isidentifier() for part in self.estimator.split(".")) or "." not in self.estimator:
            raise ParameterError(
                f"{self.name}: estimator is {self.estimator!r}, which is no path of a class.",
                "Write it as sklearn.ensemble.IsolationForest or pyod.models.knn.KNN.",
            )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit the estimator and keep the rows; labels are not used.

        ParameterError where the class or its parameters cannot be used, DataError where it refuses the rows or misbehaves.
        """
        allow(self.name, self.estimator)
        if len(matrix) < 2:
            raise TooFewRowsError.needed(self.name, len(matrix), 2)
        seed = int(rng.integers(0, 2**31 - 1))
        estimator = self._fitted(matrix.values, seed)
        mark = self._mark(matrix.values, seed)
        _memory.keep(mark, estimator)
        return {
            "rows": matrix.values.copy(),
            "seed": np.array([seed], dtype=np.int64),
            "mark": np.frombuffer(mark, dtype=np.uint8).copy(),
            "probe": np.asarray(self._scores(estimator, matrix.values[:PROBED]), dtype=np.float64),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The estimator's scores, higher is stranger; ModelFileError where it was not fitted here and may not be."""
        return self._scores(self._estimator(state), matrix.values)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Cross-fitted over five parts, each part's scores brought to the scale of the whole.

        An estimator's unit may depend on how many rows it saw (a One-Class SVM sums over its support vectors), so the rows that
        both fits saw say how one scale maps to the other.
        """
        whole = self._scores(self._estimator(state), matrix.values)
        n, seed = len(matrix), int(state["seed"][0])
        if n < 2 * FOLDS:
            return whole
        own = np.empty(n)
        for held_out in np.array_split(np.random.default_rng(seed).permutation(n), FOLDS):
            kept = np.setdiff1d(np.arange(n), held_out)
            part = self._fitted(np.ascontiguousarray(matrix.values[kept]), seed)
            seen, unseen = (self._scores(part, matrix.values[at]) for at in (kept, held_out))
            own[held_out] = on_scale_of(whole[kept], seen, unseen)
        return own

    def _estimator(self, state: State) -> Any:
        mark = state["mark"].tobytes()
        known = _memory.get(mark)
        if known is not None:
            return known
        if not _memory.made_here(mark) and self.estimator not in trusted():
            raise ModelFileError(
                f"{self.name}: this model was fitted in another process; to use it here, {self.estimator} has to be imported and "
                "fitted again on the rows that the file holds, which is done only when you ask for it.",
                f"Set {TRUST}={self.estimator} if you know where the file comes from, or choose a detector of Standout's own.",
            )
        rows, seed = state["rows"], int(state["seed"][0])
        if self._mark(rows, seed) != mark:
            raise ModelFileError(f"{self.name}: the rows in its state are not those that it was fitted on.", HINT)
        estimator = self._fitted(np.ascontiguousarray(rows), seed)
        probe = state["probe"]
        if len(probe) > len(rows) or not same_scores(probe, self._scores(estimator, rows[: len(probe)])):
            raise ModelFileError(
                f"{self.name}: fitted again on the rows that it was fitted on, {self.estimator} gives them other scores, for which "
                "the model's alarms would not hold.",
                "Use the version that the model was made with; an estimator that ignores random_state has to be trained anew each time.",
            )
        _memory.keep(mark, estimator)
        return estimator

    def _mark(self, rows: NDArray[np.float32], seed: int) -> bytes:
        """SHA-256 of all that a fit depends on."""
        told = json.dumps([self.estimator, self.settings, seed, rows.shape]).encode()
        return hashlib.sha256(told + np.ascontiguousarray(rows, dtype="<f4").tobytes()).digest()

    def _fitted(self, rows: NDArray[np.float32], seed: int) -> Any:
        estimator = self._made(seed)
        try:
            estimator.fit(rows.astype(np.float64))
        except Exception as error:
            raise DataError(
                f"{self.name}: {self.estimator} does not take {len(rows)} rows of {rows.shape[1]} columns: {error}.",
                "Give it other rows or other settings.",
            ) from error
        check_sign(self.name, self.estimator, estimator, self._scores(estimator, rows), rows)
        if not same_scores(*(self._scores(estimator, rows[:PROBED]) for _ in range(2))):
            raise DataError(f"{self.name}: {self.estimator} gives the same rows other scores when it is asked again.", CHOOSE)
        return estimator

    def _made(self, seed: int) -> Any:
        """The estimator, unfitted; ParameterError where the class or its settings cannot be used."""
        cls = find_class(self.name, self.estimator)
        given = dict(read_setting(s) for s in self.settings)
        known = known_settings(cls)
        for name in given:
            if known is not None and name not in known:
                raise ParameterError(
                    f"{self.name}: {self.estimator} has no parameter {name!r}.", f"It has: {', '.join(sorted(known))}."
                )
        for name, value in (("random_state", seed), ("novelty", True)):
            if known is not None and name in known:
                given.setdefault(name, value)
        try:
            return cls(**given)
        except Exception as error:
            raise ParameterError(
                f"{self.name}: {self.estimator} refuses its settings: {error}.", "Correct --set settings."
            ) from error

    def _scores(self, estimator: Any, rows: NDArray[np.float32]) -> Floats:
        """Scores with the sign turned, one a row and finite, or DataError saying what is wrong with the estimator's."""
        if not len(rows):
            return np.empty(0)
        method, sign = scoring_method(self.name, self.estimator, estimator)
        try:
            scores = sign * np.asarray(method(rows.astype(np.float64)), dtype=np.float64)
        except Exception as error:
            raise DataError(f"{self.name}: {self.estimator} could not score {len(rows)} rows: {error}.", CHOOSE) from error
        if scores.shape != (len(rows),):
            raise DataError(f"{self.name}: {self.estimator} gave scores of shape {scores.shape} for {len(rows)} rows.", CHOOSE)
        if np.isnan(scores).any():
            at = int(np.argmax(np.isnan(scores)))
            raise DataError(f"{self.name}: {self.estimator} scored row {at} as {scores[at]}.", CHOOSE)
        return np.clip(scores, -FARTHEST, FARTHEST)  # PyOD's ABOD and others answer infinity for a copy of a training row
