"""Conformal p-values: how many normal rows scored as high, counted, with no assumption on the shape of the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.calibrate._null import counted, counted_level, counted_rows, learned
from standout.core.calibrator import Calibrator, finite
from standout.core.layout import Holds
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class Conformal(Calibrator):
    """p = (1 + training scores at least as high) / (1 + training scores).

    Valid at every level for rows exchangeable with the training rows, whose own scores must come from models that did not see
    them. How these were made names the method: of a held-out part it is split conformal; cross-fitted, as for most detectors
    here, cross-conformal; leave-one-out, the jackknife+; out-of-bag, the jackknife+ after bootstrap (decision 0010). The smallest
    p-value is 1 / (n + 1). Anomalies among the training rows make p-values larger, never false alarms more.

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
    examples = ({}, {"most": 200})
    layout = {"null": Holds("float64", "n")}

    most: int = param(100_000, low=20, help="At most how many training scores are kept; a seeded sample beyond.", unit="scores")

    def fit(self, scores: Floats, rng: np.random.Generator) -> State:
        """Keep the scores, sorted; TooFewRowsError where there are none, NotFiniteError for one that is no number."""
        return {"null": learned(self.name, scores, self.most, rng)}

    def p_values(self, state: State, scores: Floats) -> Floats:
        """Ties count against the row, so that discrete scores stay valid."""
        return counted(state["null"], finite(self.name, scores))

    def smallest_level(self, state: State) -> float:
        """1 / (n + 1)."""
        return counted_level(len(state["null"]))

    def rows_for(self, level: float) -> int:
        """1 / level - 1, rounded up, whatever `most` keeps."""
        return counted_rows(level)
