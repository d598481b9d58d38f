"""Each segment judged by its own level and spread of scores, shrunk to those of the whole where its rows are few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._null import KeepsTail, learned, null_with_tail
from standout.core.calibrator import finite
from standout.core.errors import ParameterError, TooFewRowsError
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, nest, pack_texts, param, under, unpack_texts
from standout.core.table import CODED, Column, Role, Table

HIGH = 0.9
"""A segment's spread is how far this quantile of its scores lies above the median: what matters is the side alarms come from."""

LEAST_SPREAD = 0.01
"""No segment's spread is taken as less than this share of the whole's: of one that never moved any change would be an alarm."""

FARTHEST = 1e300
"""Where leveled scores end, so that they are finite."""


@dataclass(frozen=True)
class Segmented(KeepsTail):
    """Conformal p-values with a tail, of scores that were put on one level segment by segment.

    For files in which what is usual for one customer, machine or category is strange for another: with one null for all, the
    alarms all come from the noisiest. A score is measured from its segment's median in units of the segment's spread, each drawn
    towards what is usual in the whole as if that were known from `weight` rows more, a spread only upwards; a segment never seen
    is judged as the whole. Then all share one null, so that a thin segment too can have small p-values. The promise holds over
    all rows; within a segment, as far as segments differ in level and spread alone.

    >>> from standout.core.table import Field, Kind, Schema
    >>> rng = np.random.default_rng(0)
    >>> scores = np.concatenate([rng.exponential(size=500), 20 + 5 * rng.exponential(size=500)])
    >>> site = Schema((Field("site", Kind.CATEGORY),))
    >>> table = Table.of(site, [Column.coded(["quiet"] * 500 + ["noisy"] * 500)])
    >>> part = Segmented(column="site")
    >>> state = part.fit_rows(scores, table, rng)
    >>> of_each = table.take(np.array([0, 500]))
    >>> part.p_values(state, part.leveled(state, np.array([12.0, 24.0]), of_each)).round(2).tolist()
    [0.0, 0.4]
    """

    card = Card(
        "Conformal p-values by segment",
        "Mondrian conformal prediction: Vovk et al. 2005, doi:10.1007/b106715; shrinkage: Efron & Morris 1973, "
        "doi:10.1080/01621459.1973.10481350",
        "how rare a score is for its customer, machine or category",
        "two sorts at fitting; one look-up and one binary search a row",
    )
    examples = ({}, {"column": "site", "weight": 20.0, "most": 600})
    layout = {
        "segment/bytes": Holds("uint8", "letters"),
        "segment/offsets": Holds("int64", "levels"),  # one more than segments, as are the levels: the last is the whole's
        "center": Holds("float64", "levels"),
        "spread": Holds("float64", "levels"),
        "null": Holds("float64", "n"),
        "tail": Holds("float64", "tails", 3),
    }

    column: str = param("", help="The column whose values are the segments; empty for the entity's.")
    weight: float = param(
        50.0, low=0.0, help="How many rows what is usual in the whole counts for, beside a segment's own.", unit="rows"
    )
    most: int = param(100_000, low=20, help="At most how many training scores are kept; a seeded sample beyond.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Learn from scores alone, as of one segment that has no name."""
        values = finite(self.name, scores)
        return self._state(values, np.full(len(values), -1), (), rng)

    def fit_rows(self, scores: Floats, table: Table, rng: np.random.Generator) -> State:
        """Learn each segment's level and spread, and the null of scores that were put on one level."""
        column = self._segments(table)
        if column is None:
            return self.fit(scores, rng)
        used, codes = np.unique(column.values, return_inverse=True)
        known = used[used >= 0]
        texts = tuple(column.categories[c] for c in known.tolist())
        return self._state(finite(self.name, scores), codes - int(len(used) > len(known)), texts, rng)

    def leveled(self, state: State, scores: Floats, table: Table) -> Floats:
        """Each score as far above the whole's median as it lies above its segment's, in the whole's units."""
        column = self._segments(table)
        if column is None:
            return scores
        place = {text: i for i, text in enumerate(unpack_texts(under("segment", state)))}
        # the extra last entry is where code -1 (missing) lands
        at = np.array([place.get(text, -1) for text in column.categories] + [-1], dtype=np.int64)[column.values]
        return _leveled(finite(self.name, scores), at, state["center"], state["spread"])

    def _segments(self, table: Table) -> Column | None:
        """The column of the segments; None where there is no entity, ParameterError where a column told by name has no categories."""
        if not self.column:
            return table.with_role(Role.ENTITY)
        column = table[self.column]
        if column.kind not in CODED:
            raise ParameterError(
                f"{self.name}: column {self.column!r} is a {column.kind.value} and has no segments.",
                "Name a column of categories.",
            )
        return column

    def _state(
        self, scores: NDArray[np.float64], at: NDArray[np.int64], texts: tuple[str, ...], rng: np.random.Generator
    ) -> State:
        if not len(scores):
            raise TooFewRowsError.needed(self.name, 0, 1)
        center, spread = _levels(scores, at, len(texts), self.weight)
        null = learned(self.name, _leveled(scores, at, center, spread), self.most, rng)
        return nest("segment", pack_texts(texts)) | {"center": center, "spread": spread} | null_with_tail(null)


def _levels(
    scores: NDArray[np.float64], at: NDArray[np.int64], segments: int, weight: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Center and spread of each segment, shrunk to the whole's, which stand last; shape (segments + 1,) each."""
    middle, high = np.quantile(scores, [0.5, HIGH])
    whole = float(high - middle) or float(scores.max() - scores.min()) or 1.0
    order = np.lexsort((scores, at))
    order = order[int((at < 0).sum()) :]
    rows = np.bincount(at[order], minlength=segments)
    first = np.cumsum(rows) - rows
    ranked = scores[order]
    center = 0.5 * (ranked[first + (rows - 1) // 2] + ranked[first + rows // 2])
    spread = np.maximum(ranked[first + np.floor(HIGH * (rows - 1)).astype(np.int64)] - center, LEAST_SPREAD * whole)
    if segments:
        # a center is pulled the less, the farther apart segments lie for their spread; a spread by its logarithm, and only up:
        # of a thin segment that seems noisy, one pulled down would make alarms by the dozen
        typical = float(np.exp(np.average(np.log(spread), weights=rows)))
        apart = float(np.average((center - middle) ** 2, weights=rows))
        own = rows / (rows + weight * typical**2 / (typical**2 + apart))
        center = own * center + (1.0 - own) * middle
        own = rows / (rows + weight)
        spread = np.maximum(spread, spread**own * typical ** (1.0 - own))
    return np.append(center, middle), np.append(spread, whole)


def _leveled(
    scores: NDArray[np.float64], at: NDArray[np.int64], center: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """In the whole's units; position -1 is the whole's own, and stays as it is but for rounding."""
    with np.errstate(over="ignore"):  # a score next to the largest float
        level = center[-1] + (scores - center[at]) / spread[at] * spread[-1]
    return np.clip(level, -FARTHEST, FARTHEST)
