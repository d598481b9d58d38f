"""At most so many alerts per 10,000 rows: a budget for a stream without a clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies import _ration
from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.finding import Finding
from standout.core.part import Card, Floats, State, param


@dataclass(frozen=True)
class PerRows(Policy):
    """The strangest rows, `alerts` for every `rows` of them, and in no block of `rows` rows more than `alerts`.

    In a stream it decides without looking ahead, as `per-day` does with its days. With less than one alert a block, several
    blocks share one.

    >>> p = np.where(np.arange(40) % 5 == 0, 0.001, 0.9)
    >>> PerRows(alerts=1, rows=20).alarms(p, np.arange(40.0), None).nonzero()[0].tolist()
    [15, 35]
    """

    card = Card(
        "Alerts per 10,000 rows",
        "",
        "the strangest rows, as many in so many as can be looked at",
        "one sort; in a stream one comparison a row",
    )
    examples = ({}, {"alerts": 2, "rows": 100, "level": 0.05}, {"alerts": 0.5, "rows": 100})
    layout = _ration.LAYOUT

    alerts: float = param(5.0, above=0, help="At most this many of so many rows are raised.", unit="alerts")
    rows: int = param(10_000, low=1, help="The rows that the budget counts by.", unit="rows")
    level: float = param(0.01, above=0, high=1, help="A row whose p-value is above this is never raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the strangest rows within the budget."""
        p, s = checked(self.name, p_values, scores, times)
        most = max(1, math.floor(self.alerts * max(1.0, len(p) / self.rows)))
        return _ration.strongest_of_each(p, s, np.arange(len(p)) // self.rows, math.ceil(self.alerts), most, self.level)

    def start(self) -> State:
        """The state before the first row."""
        return _ration.start(max(1.0, self.alerts))

    def decide(self, state: State, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, in order, within the budget; moves the state on."""
        p, s = checked(self.name, p_values, scores, times)
        block = self.rows * (math.ceil(1.0 / self.alerts) if self.alerts < 1 else 1)
        groups = (state["seen"][0] + np.arange(len(p), dtype=np.int64)) // block
        return _ration.decide(state, groups, p, s, max(1.0, self.alerts), self.level)

    def findings(self, state: State) -> tuple[Finding, ...]:
        """Budgets that were spent early."""
        return _ration.findings(state, self.in_words().removeprefix("at most "))

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {self.alerts:g} alert{'s' if self.alerts != 1 else ''} per {self.rows:,} rows"
