"""The strongest few of a file: for data without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.part import Card, Floats, param


@dataclass(frozen=True)
class Strongest(Policy):
    """At most `alerts` rows of a file, the strangest, and none that is ordinary.

    >>> Strongest(alerts=1).alarms(np.array([0.004, 0.002, 0.5]), np.array([3.0, 4.0, 1.0]), None).tolist()
    [False, True, False]
    """

    card = Card("The strongest of a file", "", "the strangest rows, as many as can be looked at", "one sort")
    examples = ({}, {"alerts": 3, "level": 0.05})

    alerts: int = param(20, low=1, help="At most this many rows are raised.", unit="alerts")
    level: float = param(0.01, above=0, high=1, help="A row whose p-value is above this is never raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the strangest rows."""
        p_values, scores = checked(self.name, p_values, scores, times)
        raised = np.zeros(len(p_values), dtype=np.bool_)
        order = np.lexsort((np.arange(len(scores)), -scores, p_values))[: self.alerts]
        raised[order] = p_values[order] <= self.level
        return raised

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {self.alerts} alert{'s' if self.alerts != 1 else ''} for the file"
