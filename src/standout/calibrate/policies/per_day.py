"""At most so many alerts a day: the budget of whoever has to look at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.calibrate.policies import _ration
from standout.calibrate.policies._checked import checked
from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.finding import Finding
from standout.core.part import Card, Floats, State, param

DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class PerDay(Policy):
    """The strangest rows of the whole span, `alerts` times its days of them, and on no day more than `alerts`.

    A quiet day raises nothing to fill its budget; a bad day keeps its strongest. Days are UTC calendar days; rows without a
    time share one day of their own.

    In a stream nothing is known of what comes: a row passes when it is as strange as the weakest alert of a usual day (by the
    last three days and the last seven), whatever the scores have drifted to. The first half of a day's alerts goes to the rows
    that pass, and each later one must be stranger than ever more of those raised that day, so that a burst leaves room for the
    strongest. A row without a time, or of an earlier day, counts against the day under way. With less than one alert a day,
    several days share one.

    >>> hours = np.datetime64("2026-01-01", "us") + np.arange(48) * np.timedelta64(3600, "s")
    >>> p = np.where(np.arange(48) % 6 == 0, 0.001, 0.9)
    >>> int(PerDay(alerts=2).alarms(p, -p, hours).sum())
    4
    >>> policy = PerDay(alerts=2)
    >>> state = policy.start()
    >>> policy.decide(state, p, -p, hours).nonzero()[0].tolist()
    [0, 24]
    """

    card = Card(
        "Alerts a day",
        "record values: Rényi 1962; a median of days: none",
        "the strangest rows, as many a day as can be looked at",
        "one sort; in a stream one comparison a row",
    )
    examples = ({}, {"alerts": 0.5, "level": 0.05})
    layout = _ration.LAYOUT

    alerts: float = param(
        5.0, above=0, help="At most this many rows are raised a day, on average and on any one.", unit="alerts a day"
    )
    level: float = param(0.01, above=0, high=1, help="A row whose p-value is above this is never raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the strangest rows within the budget; ParameterError without times."""
        p, s = checked(self.name, p_values, scores, times)
        known = _clock(times)
        most = max(1, math.floor(self.alerts * max(1.0, _days(known))))
        return _ration.strongest_of_each(p, s, known.astype("datetime64[D]"), math.ceil(self.alerts), most, self.level)

    def start(self) -> State:
        """The state before the first row."""
        return _ration.start(self._ration)

    def decide(self, state: State, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for each row to raise, in order, within the budget; moves the state on. ParameterError without times."""
        p, s = checked(self.name, p_values, scores, times)
        # NaT is the least integer, which stays the least however many days share a ration
        days = _clock(times).astype("datetime64[D]").view(np.int64)
        groups = np.where(days == _NAT, _NAT, days // self._period)
        return _ration.decide(state, groups, p, s, self._ration, self.level)

    def findings(self, state: State) -> tuple[Finding, ...]:
        """Budgets that were spent early, rows without a time, a clock that ran backwards."""
        return _ration.findings(state, self.in_words().removeprefix("at most "))

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {self.alerts:g} alert{'s' if self.alerts != 1 else ''} a day"

    @property
    def _period(self) -> int:
        """How many days share a ration."""
        return math.ceil(1.0 / self.alerts) if self.alerts < 1 else 1

    @property
    def _ration(self) -> float:
        return max(1.0, self.alerts)


_NAT = np.iinfo(np.int64).min


def _clock(times: NDArray[Any] | None) -> NDArray[Any]:
    if times is None:
        raise ParameterError("per-day: the rows have no clock.", "Name the time column, or use a budget for the file.")
    return times


def _days(times: NDArray[Any]) -> float:
    """How many days the rows cover; each row stands for the usual step after it, so that 48 hourly rows are two days."""
    known = times[~np.isnat(times)]
    if len(known) < 2:
        return 1.0
    return float((known.max() - known.min()) / DAY) * len(known) / (len(known) - 1)
