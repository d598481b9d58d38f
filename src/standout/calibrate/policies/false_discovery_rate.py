"""At most a share of the alerts false: for those who act on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.part import Card, Floats, param


@dataclass(frozen=True)
class FalseDiscoveryRate(Policy):
    """Benjamini and Hochberg's step-up rule over the rows of a batch.

    The expected share of false alerts is at most `rate` for p-values of one common null sample (they depend on each other
    positively, which the rule allows). p-values of n training rows go down to 1 / (n + 1): with few, nothing can be raised.

    >>> FalseDiscoveryRate(rate=0.1).alarms(np.array([0.001, 0.01, 0.2, 0.9]), np.zeros(4), None).tolist()
    [True, True, False, False]
    """

    card = Card(
        "False discovery rate",
        "Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x",
        "as many rows as a share of false alerts allows",
        "one sort",
    )
    examples = ({}, {"rate": 0.2})

    rate: float = param(0.05, above=0, high=1, help="The share of the alerts that may be false, on average.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the rows that the rule rejects."""
        p_values, _ = checked(self.name, p_values, scores, times)
        n = len(p_values)
        ordered = np.sort(p_values)
        kept = np.flatnonzero(ordered <= self.rate * np.arange(1, n + 1) / max(n, 1))
        return p_values <= (ordered[kept[-1]] if len(kept) else -1.0)

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {100 * self.rate:g}% of the alerts false"
