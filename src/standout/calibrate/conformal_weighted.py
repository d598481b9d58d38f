"""Conformal p-values for rows whose features have shifted: training scores count the more, the more their rows resemble new ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.calibrate._null import counted_rows
from standout.calibrate._ratio import density_ratio
from standout.core.calibrator import Calibrator, finite
from standout.core.errors import ParameterError, TooFewRowsError
from standout.core.finding import Finding, FindingKind
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param

LEAST = 100
"""Fewer new rows say too little of where they lie."""

WORTH = 50.0
"""The rows that a weighted null must be worth, at least."""

SHORT, FAR_SHORT = 0.005, 0.1
"""The share of new rows that the bound leaves unaccounted for: from the first it is told, from the second weights are not used."""

NULL_WEIGHTED = FindingKind(
    "null-weighted",
    "info",
    "The null was weighted toward the new rows: {rows:,} training scores count as much as {effective:,} would unweighted, and the least \
level that can be promised is {least:.2g}.",
    "Weigh it again when the rows have shifted further.",
)
NULL_FALLS_SHORT = FindingKind(
    "weighted-null-falls-short",
    "warning",
    "Few training rows are like some of the new ones: rates of false alarms may exceed the promise by up to {short:.1%} of the rows.",
    "Fit again on recent rows where that is too much: standout train FILE.",
)
NO_SHIFT = FindingKind(
    "no-shift-found",
    "info",
    "The new rows cannot be told from the {rows:,} training rows by their features: the null stays as it was.",
    "Nothing to do.",
)
SHIFT_TOO_FAR = FindingKind(
    "shift-too-far",
    "problem",
    "The new rows lie where hardly any training row does ({rows:,} training scores would count as {effective:,}, and leave {short:.0%} \
of the new rows unaccounted for): the null was left unweighted, and its promise does not hold for them.",
    "Fit again on recent rows: standout train FILE.",
)


@dataclass(frozen=True)
class ConformalWeighted(Calibrator):
    """Counted as `conformal` counts, each training score with the weight of its row.

    Where the mix of rows has shifted (more night shifts, larger orders) and a row's score given its features has not, a null of
    the old mix is wrong for the new. `standout reweigh MODEL NEW_FILE` learns a weight for each training row: how much more often
    new rows are like it, by a small cross-fitted classifier between the two, believed as far as it proves right, at most `bound`.
    A new row counts against itself with the largest weight of all, so that p-values need no look at its features and err on the
    side of caution; that, and the bound, cost small p-values. Until it is weighed, all weights are 1 and it is `conformal`.

    Where the ratio is steep the bound leaves some of the new mix unaccounted for: that share is told, and from a tenth on, or where
    the weighted null is worth fewer than 50 rows, it stays unweighted, which is told as a problem. It cannot mend scores that changed
    for the same features: `moving-null` and a new fit can. Anomalies among the new rows hardly matter, unless they are many.

    >>> rng = np.random.default_rng(0)
    >>> old, new = rng.normal(size=(2000, 1)), rng.normal(1, 1, size=(2000, 1))
    >>> score = lambda x: x[:, 0] + rng.normal(size=len(x))  # the higher the feature, the higher the score
    >>> part = ConformalWeighted()
    >>> state = part.fit_matrix(score(old), Matrix.of(old), rng)
    >>> weighted, found = part.toward(state, Matrix.of(new), rng)
    >>> fresh = score(rng.normal(1, 1, size=(2000, 1)))
    >>> [bool((part.p_values(s, fresh) <= 0.1).mean() < 0.12) for s in (state, weighted)]
    [False, True]
    """

    card = Card(
        "Weighted conformal p-values",
        "Tibshirani, Barber, Candès and Ramdas 2019, arXiv:1904.06019; Sugiyama et al. 2012, doi:10.1017/CBO9781139035613",
        "how rare a score is where the mix of rows has shifted since the model learned",
        "one sort at fitting; a second to weigh; one binary search a row",
    )
    examples = ({}, {"most": 300, "bound": 5.0})
    layout = {
        "null": Holds("float64", "n"),
        "weight": Holds("float64", "n"),
        "rows": Holds("float32", "n", "features"),
        "top": Holds("float64", 1),
    }

    most: int = param(
        5_000, low=100, help="At most how many training scores are kept, with their rows; a sample beyond.", unit="scores"
    )
    bound: float = param(20.0, low=1.0, high=1_000.0, help="No row weighs more than this many ordinary ones.")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the scores, sorted, without their rows: a null that cannot be weighted."""
        return self._state(scores, np.empty((len(scores), 0), dtype=np.float32), rng)

    def fit_matrix(self, scores: Floats, matrix: Matrix, rng: np.random.Generator) -> State:
        """Keep the scores, sorted, and their rows; all weights are 1."""
        return self._state(scores, matrix.values, rng)

    def toward(self, state: State, matrix: Matrix, rng: np.random.Generator) -> tuple[State, tuple[Finding, ...]]:
        """The null weighted toward new rows, and what came of it; the state given stays as it was.

        TooFewRowsError for fewer than 100 new rows; ParameterError where the null keeps no rows of this width.
        """
        rows, n = state["rows"], len(state["null"])
        if rows.shape[1] != matrix.width or not matrix.width:
            raise ParameterError(
                f"{self.name}: its null keeps no rows of {matrix.width} features.", "Fit again: standout train FILE."
            )
        if len(matrix) < LEAST:
            raise TooFewRowsError.needed(self.name, len(matrix), LEAST)
        new = matrix.values if len(matrix) <= self.most else matrix.values[rng.choice(len(matrix), self.most, replace=False)]
        ratio = density_ratio(rows, new, rng)
        plain = {**state, "weight": np.ones(n), "top": np.ones(1)}
        if ratio.temper == 0.0:
            return plain, (NO_SHIFT.found(rows=n),)
        weight = np.minimum(ratio.older, self.bound)
        scale = 1.0 / weight.mean()
        top = min(self.bound, max(float(weight.max()), float(ratio.newer.max()))) * scale
        weight = weight * scale
        effective = float(n / np.square(weight).mean())
        short = float(np.maximum(0.0, 1.0 - self.bound / ratio.newer).mean())
        if effective < WORTH or short > FAR_SHORT:
            return plain, (SHIFT_TOO_FAR.found(rows=n, effective=round(effective), short=short),)
        weighted = {**state, "weight": weight, "top": np.array([top])}
        least = self.smallest_level(weighted)
        found = NULL_WEIGHTED.found(rows=n, effective=round(effective), least=least)
        return weighted, (found,) if short <= SHORT else (found, NULL_FALLS_SHORT.found(short=short))

    def p_values(self, state: State, scores: Floats) -> Floats:
        """The weight of training scores at least as high, and of the row itself, over all; ties count against the row."""
        above = np.append(np.cumsum(state["weight"][::-1])[::-1], 0.0)
        top = float(state["top"][0])
        at = np.searchsorted(state["null"], finite(self.name, scores), side="left")
        return np.asarray(np.minimum(1.0, (top + above[at]) / (top + above[0])), dtype=np.float64)

    def smallest_level(self, state: State) -> float:
        """The weight that a new row has against itself, over all; 1 / (n + 1) before it is weighed."""
        top = float(state["top"][0])
        return top / (top + float(state["weight"].sum()))

    def rows_for(self, level: float) -> int:
        """1 / level - 1, rounded up, where nothing has shifted; in proportion more where little of the old mix is like the new."""
        return counted_rows(level)

    def _state(self, scores: Floats, rows: Floats, rng: np.random.Generator) -> State:
        if not len(scores):
            raise TooFewRowsError.needed(self.name, 0, 1)
        values, n = finite(self.name, scores), len(scores)
        kept = np.arange(n) if n <= self.most else rng.choice(n, self.most, replace=False)
        kept = kept[np.argsort(values[kept], kind="stable")]
        return {
            "null": values[kept],
            "weight": np.ones(len(kept)),
            "rows": np.ascontiguousarray(rows[kept], dtype=np.float32),
            "top": np.ones(1),
        }
