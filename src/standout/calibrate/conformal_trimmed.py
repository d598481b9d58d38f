"""Conformal p-values for contaminated training rows: scores that no normal row would have are left out of the null."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._null import KeepsTail, counted_rows, learned, null_with_tail
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param

NORMAL_BEYOND = 0.05
"""Fewer normal rows than this are expected above the limit, so that hardly a clean file loses a row."""

LEAST = 20
"""With fewer scores above the highest of the three quantiles, the tail's shape is too unsure to trim anything."""

PASSES = 10
"""Each pass looks again without what the one before left out; passes end when one finds nothing more."""


@dataclass(frozen=True)
class ConformalTrimmed(KeepsTail):
    """Counted among the training scores that a normal row could have had, and along their tail beyond.

    Anomalies in the null make `conformal` too cautious: with one row in twenty strange, hardly a p-value falls below 0.01, and
    control of false discoveries finds nothing. Here the tail of the normal rows is drawn twice, from quantiles of the strangest
    4 to 1 times `share` and of half that, each a standard error heavier than estimated and never lighter than exponential; what
    lies where neither expects a twentieth of a normal row is left out. A clean file loses next to nothing. Four things it cannot do:
    anomalies no stranger than the strangest normal rows stay in; of more than about a third of `share` anomalies most stay in; a
    small group that is rare but normal is left out and will be raised; and of scores whose tail is much heavier than their body a
    few normal rows are left out, so that levels near 1 / n are broken by a small factor.

    >>> rng = np.random.default_rng(0)
    >>> scores = np.concatenate([rng.exponential(size=980), rng.uniform(60, 90, size=20)])
    >>> null = ConformalTrimmed().fit(scores, rng)
    >>> len(null["null"]), bool(ConformalTrimmed().p_values(null, np.array([70.0]))[0] < 1e-3)
    (980, True)
    """

    card = Card(
        "Conformal p-values without the training rows' own anomalies",
        "Pickands 1975, doi:10.1214/aos/1176343003; on contaminated nulls: Bates et al. 2023, doi:10.1214/22-AOS2244",
        "how rare a score is among normal rows, learned from a file that holds anomalies",
        "one sort and a fit of the tail, about a millisecond; one binary search a row",
    )
    examples = ({}, {"most": 600, "share": 0.05})
    layout = {"null": Holds("float64", "n"), "tail": Holds("float64", "tails", 3)}

    share: float = param(0.1, low=0.005, high=0.2, help="At most what share of the training rows is left out.")
    most: int = param(100_000, low=20, help="At most how many training scores are kept; a seeded sample beyond.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the trimmed scores, sorted, and their tail; TooFewRowsError where there are none, NotFiniteError for no number."""
        return null_with_tail(_without_strange(learned(self.name, scores, self.most, rng), self.share))

    def rows_for(self, level: float) -> int:
        """What counting takes, were the largest share of them anomalies."""
        return math.ceil(counted_rows(level) / (1.0 - self.share))


def _without_strange(ordered: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The ascending scores up to the limit, and no fewer than all but `share` of them."""
    least = len(ordered) - int(share * len(ordered))
    for _ in range(PASSES):
        limit = max(_limit(ordered, share), _limit(ordered, share / 2.0))
        kept = max(least, int(np.searchsorted(ordered, limit, side="right")))
        if kept >= len(ordered):
            break
        ordered = ordered[:kept]
    return ordered


def _limit(ordered: NDArray[np.float64], share: float) -> float:
    """The score above which a twentieth of a normal row is expected; infinite where nothing can be said.

    Shape from three quantiles, as Pickands has it, of which the highest has `share` of the rows above it; his asymptotic
    standard error.
    """
    n = len(ordered)
    k = int(share * n)
    if k < LEAST:
        return math.inf
    low, middle, high = (float(ordered[n - 1 - m * k]) for m in (4, 2, 1))
    if not (low < middle < high):
        return math.inf
    shape = max(0.0, math.log2((high - middle) / (middle - low)))
    factor = 2.0 * (2.0**shape - 1.0) * math.log(2.0)
    error = (
        shape * math.sqrt(2.0 ** (2.0 * shape + 1.0) + 1.0) / factor
        if shape > 1e-6
        else math.sqrt(3.0) / 2.0 / math.log(2.0) ** 2
    )
    shape += error / math.sqrt(k)
    scale = (high - middle) * shape / (2.0**shape - 1.0)
    return middle + scale / shape * ((2.0 * k / NORMAL_BEYOND) ** shape - 1.0)
