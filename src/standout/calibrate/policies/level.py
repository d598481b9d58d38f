"""A threshold on the p-value: the same decision for a row alone as for a row among a million."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.finding import Finding
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class Level(Policy):
    """Every row whose p-value is at most `level`; of normal rows, about that share.

    >>> Level(level=0.01).alarms(np.array([0.01, 0.02]), np.array([2.0, 1.0]), None).tolist()
    [True, False]
    """

    card = Card(
        "A level", "Neyman and Pearson 1933, doi:10.1098/rsta.1933.0009", "rows rarer than a level", "one comparison a row"
    )
    examples = ({}, {"level": 0.05})

    level: float = param(0.001, above=0, high=1, help="The share of normal rows that may be raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True where the p-value is at most the level."""
        return checked(self.name, p_values, scores, times)[0] <= self.level

    def start(self) -> State:
        """Nothing: each row is decided by itself."""
        return {}

    def decide(self, state: State, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """As `alarms`."""
        return self.alarms(p_values, scores, times)

    def findings(self, state: State) -> tuple[Finding, ...]:
        """Nothing to tell."""
        return ()

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"rows that at most {100 * self.level:.3g}% of normal rows equal"
