"""Rows whose values were rarely seen, or never, in features of few distinct values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._members import in_pieces
from standout.kernels import kernel, spread

FEW = 20
"""A feature of so many distinct values is counted however few rows there are."""

MOST = 512
"""A feature of more is never counted."""

UNSEEN = 0.5
"""What a value that was not seen counts as, in rows; one that was seen has as much more."""


@kernel
def _look_up(
    values: NDArray[np.float32], known: NDArray[np.float32], level: Floats, unseen: Floats, start: int, stop: int, into: Floats
) -> None:
    """Fill rows `start` to `stop` of `into` (n, d) with the level of each value; known, level: (d, levels), known increasing."""
    for feature in range(values.shape[1]):
        here = known[feature]
        for row in range(start, stop):
            x = values[row, feature]
            low, high = 0, len(here)
            while low < high:
                middle = (low + high) // 2
                if here[middle] < x:
                    low = middle + 1
                else:
                    high = middle
            found = low < len(here) and here[low] == x
            into[row, feature] = level[feature, low] if found else unseen[feature]


@dataclass(frozen=True)
class AttributeValueFrequency(Detector):
    """How rare a row's values are, feature by feature: the sum of -log of the share of training rows that hold the same value.

    Features of many distinct values say nothing and are left out, so that rows without any other all score 0. A value that was never
    seen counts as half a row: a new code is the strangest that a feature can hold.

    fit: shape (n, d), n >= 2. score: (n,), nats, 0 and up.

    >>> codes = Matrix.of(np.repeat([1.0, 2.0, 3.0], [60, 39, 1]))
    >>> detector = AttributeValueFrequency()
    >>> state = detector.fit(codes, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([1.0, 3.0, 9.0])).round(1).tolist()
    [0.5, 4.2, 5.3]
    """

    card = Card(
        "Attribute value frequency",
        "Koufakou et al. 2007, doi:10.1109/ICTAI.2007.125; its logarithm as in Aryal et al. 2016, doi:10.1007/978-3-319-31863-9_6",
        "codes, categories and counts that were rarely seen, or never",
        "a sort of each column; scoring is one binary search a value",
    )
    examples = ({}, {"repeats": 1})
    expected_failures = {
        "a_planted_anomaly_is_found": "measurements do not repeat, and what does not repeat says nothing here",
        "the_attribution_points_at_the_planted_column": "as above",
        "own_scores_are_those_of_unseen_rows": "as above: all rows tie",
        "check_outliers_train": "as above: all rows tie, and none is an outlier",
        "check_outliers_fit_predict": "as above",
    }
    layout = {
        "known": Holds("float32", "d", "levels"),
        "level": Holds("float64", "d", "levels"),
        "unseen": Holds("float64", "d"),
        "rows": Holds("int64", 1),
    }

    repeats: int = param(
        5, low=1, high=1_000, help="A feature counts where a value stands in so many rows on average, or has few.", unit="rows"
    )

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Count the values of each feature that has few; TooFewRowsError below two rows. Labels are not used."""
        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        counts = [np.unique(matrix.values[:, j], return_counts=True) for j in range(matrix.width)]
        most = min(MOST, max(FEW, n // self.repeats))
        kept = [len(values) <= most for values, _ in counts]
        levels = max([1, *(len(v) for (v, _), keep in zip(counts, kept, strict=True) if keep)])
        state: State = {
            "known": np.full((matrix.width, levels), np.inf, dtype=np.float32),
            "level": np.zeros((matrix.width, levels)),
            "unseen": np.where(kept, _level(0, n), 0.0).astype(np.float64),
            "rows": np.array([n]),
        }
        for j in np.flatnonzero(kept):
            values, many = counts[j]
            state["known"][j, : len(values)] = values
            state["level"][j, : len(values)] = _level(many, n)
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The sum over features of how rare the value is."""
        # einsum keeps one order of summation for each row, whatever the number of rows
        return in_pieces(matrix, lambda piece: np.einsum("nd->n", self.attribute(state, piece)))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """As `score`, of counts without the row."""
        n = int(state["rows"][0])

        def without(piece: Matrix) -> Floats:
            parts = self.attribute(state, piece)
            many = np.round(n * np.exp(-parts) - UNSEEN)
            return np.einsum("nd->n", np.where(state["unseen"] > 0, _level(many - 1, n - 1), 0.0))

        return in_pieces(matrix, without)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """How rare each value is; a row's parts sum to its score."""
        into = np.empty(matrix.values.shape)
        known, level = np.ascontiguousarray(state["known"]), np.ascontiguousarray(state["level"])
        spread(lambda a, b: _look_up(matrix.values, known, level, state["unseen"], a, b, into), len(matrix))
        return into


def _level(many: Floats | NDArray[np.int64] | int, rows: int) -> Floats:
    """-log of the share of rows, from how many of them hold a value."""
    return np.asarray(np.maximum(-np.log((np.asarray(many, dtype=np.float64) + UNSEEN) / rows), 0.0))
