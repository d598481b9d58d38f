"""Raise what is cheaper to look at than to miss: for those who know what both cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.part import Card, Floats, param


@dataclass(frozen=True)
class LeastCost(Policy):
    """Every row whose p-value is at most the level at which misses and false alarms cost least.

    With labels the level was learned: `levels` are those that some pair of costs makes cheapest, `missed` and `false` how many
    anomalies each missed and how many normal rows each raised. Other costs need no other labels: change `miss` and
    `false_alarm`. Without labels the anomalies at or below a p-value are estimated, as those that normal rows do not account for.

    >>> LeastCost(miss=10, levels=(0.0, 0.01, 0.5), missed=(2, 1, 0), false=(0, 0, 40)).cheapest
    0.01
    >>> LeastCost(miss=100, levels=(0.0, 0.01, 0.5), missed=(2, 1, 0), false=(0, 0, 40)).cheapest
    0.5
    >>> p = np.r_[np.full(9, 0.001), np.linspace(0.01, 1, 100)]
    >>> int(LeastCost(miss=10).alarms(p, -p, None).sum())
    9
    """

    card = Card(
        "Least expected cost",
        "Elkan 2001, The foundations of cost-sensitive learning, IJCAI 17",
        "rows that are cheaper to look at than to miss",
        "one comparison a row; one sort without labels",
    )
    examples = ({}, {"miss": 200.0, "false_alarm": 2.0, "levels": (0.0, 0.004, 0.3), "missed": (5, 2, 0), "false": (0, 3, 60)})

    miss: float = param(100.0, above=0, help="What a missed anomaly costs.")
    false_alarm: float = param(1.0, above=0, help="What a false alarm costs, in the same currency.")
    levels: tuple[float, ...] = param((), help="Levels learned from labelled rows; none where there were no labels.")
    missed: tuple[int, ...] = param((), help="Anomalies that each level missed.")
    false: tuple[int, ...] = param((), help="Normal rows that each level raised.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not len(self.levels) == len(self.missed) == len(self.false):
            raise ParameterError("least-cost: levels, missed and false differ in length.", "Give one of each for each level.")

    @property
    def cheapest(self) -> float | None:
        """The level, between 0 and 1; 0 raises nothing; None where it was not learned. The lowest of equally cheap ones."""
        if not self.levels:
            return None
        cost = self.miss * np.array(self.missed) + self.false_alarm * np.array(self.false)
        return float(self.levels[int(cost.argmin())])

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the rows to raise."""
        p, _ = checked(self.name, p_values, scores, times)
        level = self._estimated(p) if self.cheapest is None else self.cheapest
        return (p <= level) & (level > 0)

    def _estimated(self, p: Floats) -> float:
        """The level that saves most on these rows: each anomaly found saves a miss, each normal row costs a false alarm."""
        ordered = np.sort(p)
        # as Storey 2004: rows above one half are normal; one more than was seen
        normal = min(float(len(p)), 2.0 * (1 + np.sum(p > 0.5))) * ordered
        saved = self.miss * (np.arange(1, len(p) + 1) - normal) - self.false_alarm * normal
        return float(ordered[saved.argmax()]) if len(p) and saved.max() > 0 else 0.0

    def in_words(self) -> str:
        """The promise as a clause."""
        how = "learned from labels" if self.levels else "estimated without labels"
        return f"the least cost where a miss costs {self.miss:g} and a false alarm {self.false_alarm:g}, {how}"
