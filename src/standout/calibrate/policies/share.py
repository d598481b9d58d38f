"""A fixed share of the rows: for those who were told to look at one in a thousand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.part import Card, Floats, param


@dataclass(frozen=True)
class Share(Policy):
    """The strangest `share` of the rows, rounded down, at least one.

    >>> Share(share=0.5).alarms(np.array([0.4, 0.1]), np.array([1.0, 2.0]), None).tolist()
    [False, True]
    """

    card = Card("A share of the rows", "", "the strangest rows, however ordinary they are", "one sort")
    examples = ({}, {"share": 0.1})

    share: float = param(0.001, above=0, high=1, help="The share of the rows that is raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the strangest rows."""
        p_values, scores = checked(self.name, p_values, scores, times)
        raised = np.zeros(len(p_values), dtype=np.bool_)
        most = max(1, math.floor(self.share * len(p_values)))
        raised[np.lexsort((np.arange(len(scores)), -scores, p_values))[:most]] = True
        return raised

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"the strangest {100 * self.share:g}% of the rows"
