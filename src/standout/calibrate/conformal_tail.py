"""Conformal p-values that go on beyond the highest score seen, along a tail that was fitted and checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.calibrate._null import KeepsTail, learned, null_with_tail
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class ConformalTail(KeepsTail):
    """Counted as `conformal` counts, down to 1 / (n + 1); beyond the highest training score, along a generalised-Pareto tail.

    So rows stranger than all that was seen are told apart, and online control of false discoveries, which soon asks for p-values
    far below 1 / n, has them. The tail is fitted to the highest tenth of the scores or less, from 500 rows on, and must pass a
    test of fit; where it does not (too few rows, ties, another form) all stays counted. It is taken two standard errors heavier than
    estimated and never as bounded, so that what it promises, to a hundredth of 1 / (n + 1), is kept on the cautious side.

    >>> scores = np.random.default_rng(0).exponential(size=999)
    >>> null = ConformalTail().fit(scores, np.random.default_rng(0))
    >>> p = ConformalTail().p_values(null, np.array([0.0, scores.max(), 30.0, 90.0]))
    >>> p[:2].tolist(), (p[2:] < 1e-4).tolist(), bool(p[3] < p[2])
    ([1.0, 0.002], [True, True], True)
    """

    card = Card(
        "Conformal p-values with a tail",
        "Bates et al. 2023, doi:10.1214/22-AOS2244; Pickands 1975, doi:10.1214/aos/1176343003; "
        "Zhang & Stephens 2009, doi:10.1198/tech.2009.08017",
        "how rare a score is, also among scores higher than any seen",
        "one sort and a fit of the tail, about a millisecond; one binary search a row",
    )
    examples = ({}, {"most": 600})
    layout = {"null": Holds("float64", "n"), "tail": Holds("float64", "tails", 3)}

    most: int = param(100_000, low=20, help="At most how many training scores are kept; a seeded sample beyond.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the scores, sorted, and the tail; TooFewRowsError where there are none, NotFiniteError for one that is no number."""
        return null_with_tail(learned(self.name, scores, self.most, rng))
