"""A detector that learns from the ordinary part of its training rows: the default where they may hold anomalies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import SchemaError, TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._members import as_member, dealt_scores, fit_member, in_order_of, in_pieces, member_parts, unseen_scores
from standout.kernels import kernel

JUDGE: Any = {"part": "isolation-forest"}
FINAL: Any = {"part": "nearest-in-samples", "size": 32, "draws": 20, "metric": "manhattan"}
"""The defaults; why, and what they were measured against: docs/decisions/0002-default-detector.md."""

FEW_ROWS, PARTS = 2_000, 25
"""Below so many rows, what the judge learned of a row shows in which rows like it are kept: of 499 rows 5.3% were raised at a promised
5%. They are then dealt into parts; with ten of these 0.6% of grouped rows were raised at a promised 1%, with 25 as many as promised."""

Rows = NDArray[np.float32]

LEAST_SPREAD = 0.5
"""Prepared features vary by about 1; one that hardly varies is not magnified more than to its double."""

FEW_VALUES = 20
"""A feature of no more values than this, as a flag or a category, stays where its preparer placed it by rarity."""

LOOKED_AT = 2_000
"""Rows, evenly spread, in which values are counted."""


@kernel
def _rescale(values: Rows, center: Rows, spread: Rows, limit: np.float32, into: Rows) -> None:
    """(values - center) / spread, at most `limit` in magnitude, into an array of the same shape (n, d)."""
    for row in range(values.shape[0]):
        for feature in range(values.shape[1]):
            away = (values[row, feature] - center[feature]) / spread[feature]
            into[row, feature] = min(max(away, -limit), limit)


@dataclass(frozen=True)
class Cleaned(Detector):
    """A judge scores the training rows, the strangest share of them is left out, and another detector learns from the rest.

    Anomalies among the training rows then neither vouch for each other nor widen what counts as usual. What was left out is
    not called anomalous: it is scored like any unseen row, and most of it is ordinary.

    fit: shape (n, d), n >= 2. score: that of the final detector.

    >>> usual = np.random.default_rng(0).normal(size=(400, 2))
    >>> rows = Matrix.of(np.concatenate([usual, np.full((40, 2), 6.0) + usual[:40] / 10]))
    >>> detector = Cleaned()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> int(state["kept"].sum()), bool(np.argsort(detector.own_scores(state, rows))[-40:].min() >= 400)
    (308, True)
    """

    card = Card(
        "Fit on the cleaned training rows",
        "trimming, as in the minimum covariance determinant: Rousseeuw and Van Driessen 1999, doi:10.1080/00401706.1999.10485670",
        "anomalies in the very rows that were learned from, clusters of them included",
        "both detectors' fits and one scoring of the training rows; later scoring costs what the final detector costs",
    )
    examples = (
        {},
        {"judge": "nearest-in-samples", "drop": 0.2},
        {"final": "isolation-forest"},
        {"rescale": False},
    )
    layout = {
        "kept": Holds("bool", "n"),
        "center": Holds("float32", "d"),
        "spread": Holds("float32", "d"),
        "seed": Holds("int64", 1),
    }

    stateless = ("judge",)

    judge: Detector | None = param(None, help="Who says which training rows are strangest; none means an isolation forest.")
    final: Detector | None = param(None, help="Who learns from the others; none means nearest in random samples.")
    drop: float = param(0.3, low=0.0, high=0.9, help="The share of training rows left out, the strangest by the judge.")
    rescale: bool = param(
        True, help="Whether the final detector sees features of many values in standard deviations of the kept rows."
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "judge", as_member(self.name, JUDGE if self.judge is None else self.judge))
        object.__setattr__(self, "final", as_member(self.name, FINAL if self.final is None else self.final))
        super().__post_init__()

    @property
    def _last(self) -> Detector:
        return cast("Detector", self.final)

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit the judge, leave out the rows it finds strangest, fit the final detector; TooFewRowsError below two rows."""
        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        judge = cast("Detector", self.judge)
        strange = unseen_scores(judge, fit_member(self.name, judge, matrix, rng, labels), matrix, int(rng.integers(0, 2**62)))
        kept = np.zeros(n, dtype=np.bool_)
        kept[np.argsort(strange, kind="stable")[: max(2, n - int(self.drop * n))]] = True
        values = matrix.values[kept]
        center, spread = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
        # what is constant among the kept rows stays in its unit: a value apart from it may be the very anomaly looked for
        as_it_is = (spread <= 1e-6 * np.abs(center)) | _of_few_values(matrix)
        spread = np.where(as_it_is, 1.0, np.maximum(spread, LEAST_SPREAD))
        state: State = {
            "kept": kept,
            "center": center.astype(np.float32),
            "spread": spread.astype(np.float32),
            "seed": rng.integers(0, 2**62, size=1),
        }
        rows = self._rescaled(state, Matrix(values, matrix.features))
        return state | nest("final/0", fit_member(self.name, self._last, rows, rng, None if labels is None else labels[kept]))

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The final detector's scores."""
        inner = under("final/0", state)
        return in_pieces(matrix, lambda piece: self._last.score(inner, self._rescaled(state, piece)))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Rows left out are scored as the unseen rows they were; rows kept by the final detector's own scores.

        Of fewer than 2,000 rows this gives the order alone: a judge is kinder to rows near those it learned from, and these are what
        a row is compared with. The levels are then those of rows after cleaning and learning without them, a part at a time.
        """
        scores = self._by_final(state, matrix)
        few = 2 * PARTS <= len(matrix) < FEW_ROWS
        return in_order_of(scores, dealt_scores(self, matrix, PARTS)) if few else scores

    def _by_final(self, state: State, matrix: Matrix) -> Floats:
        kept = state["kept"]
        if len(kept) != len(matrix):
            raise SchemaError(f"{self.name} learned from {len(kept)} rows and got {len(matrix)}.", "Give it the rows of the fit.")
        scores = np.asarray(self.score(state, matrix), dtype=np.float64)
        rows = self._rescaled(state, matrix.take(np.flatnonzero(kept)))
        scores[kept] = unseen_scores(self._last, under("final/0", state), rows, int(state["seed"][0]))
        return scores

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The final detector's attribution; where it has none, it is asked again with each feature at the kept rows' mean."""
        inner, mean = under("final/0", state), np.zeros(matrix.width) if self.rescale else state["center"]
        return in_pieces(matrix, lambda piece: member_parts(self._last, inner, self._rescaled(state, piece), mean))

    def _rescaled(self, state: State, matrix: Matrix) -> Matrix:
        if not self.rescale:
            return matrix
        rescaled = np.empty_like(matrix.values)
        _rescale(matrix.values, state["center"], state["spread"], np.float32(LIMIT), rescaled)
        return Matrix(rescaled, matrix.features)


def _of_few_values(matrix: Matrix) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which features have few values: cleaning leaves the rare ones out, and what is left varies too little to be a scale."""
    rows = matrix.values[:: max(1, len(matrix) // LOOKED_AT)]
    return np.array([len(np.unique(column)) <= FEW_VALUES for column in rows.T], dtype=np.bool_)
