"""Conformal p-values: how many normal rows scored as high, counted, with no assumption on the shape of the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.calibrator import Calibrator
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class Conformal(Calibrator):
    """p = (1 + training scores at least as high) / (1 + training scores).

    Valid at every level for rows exchangeable with the training rows, whose own scores must come from models that did not see
    them. The smallest p-value is 1 / (n + 1).

    >>> null = Conformal().fit(np.arange(99.0), np.random.default_rng(0))
    >>> Conformal().p_values(null, np.array([200.0, 98.0, 0.0])).tolist()
    [0.01, 0.02, 1.0]
    """

    card = Card(
        "Conformal p-values",
        "Bates et al. 2023, doi:10.1214/22-AOS2244",
        "how rare a score is among normal rows",
        "one sort at fitting, one binary search a row",
    )
    layout = {"null": Holds("float64", "n")}

    most: int = param(100_000, low=20, help="At most how many training scores are kept; a seeded sample beyond.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the scores, sorted; TooFewRowsError where there are none."""
        if not len(scores):
            raise TooFewRowsError.needed(self.name, 0, 1)
        kept = scores if len(scores) <= self.most else rng.choice(scores, self.most, replace=False)
        return {"null": np.sort(kept.astype(np.float64))}

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Ties count against the row, so that discrete scores stay valid."""
        null = state["null"]
        as_high = len(null) - np.searchsorted(null, scores, side="left")
        return (1.0 + as_high) / (1.0 + len(null))
