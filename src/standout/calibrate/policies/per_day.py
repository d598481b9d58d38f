"""At most so many alerts a day: the budget of whoever has to look at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.core.part import Card, Floats, param

DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True)
class PerDay(Policy):
    """The strangest rows of the whole span, `alerts` times its days of them, and on no day more than `alerts`.

    A quiet day raises nothing to fill its budget; a bad day keeps its strongest. Days are UTC calendar days; rows without a
    time share one day of their own.

    >>> hours = np.datetime64("2026-01-01", "us") + np.arange(48) * np.timedelta64(3600, "s")
    >>> p = np.where(np.arange(48) % 6 == 0, 0.001, 0.9)
    >>> int(PerDay(alerts=2).alarms(p, -p, hours).sum())
    4
    """

    card = Card("Alerts a day", "", "the strangest rows, as many a day as can be looked at", "one sort")
    examples = ({}, {"alerts": 0.5, "level": 0.05})

    alerts: float = param(
        5.0, above=0, help="At most this many rows are raised a day, on average and on any one.", unit="alerts a day"
    )
    level: float = param(0.01, above=0, high=1, help="A row whose p-value is above this is never raised.")

    def alarms(self, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> NDArray[np.bool_]:
        """True for the strangest rows within the budget; ParameterError without times."""
        if times is None:
            raise ParameterError("per-day: the rows have no clock.", "Name the time column, or use a budget for the file.")
        raised = np.zeros(len(p_values), dtype=np.bool_)
        most = max(1, math.floor(self.alerts * max(1.0, _days(times))))
        candidates = np.flatnonzero(p_values <= self.level)
        order = candidates[np.lexsort((candidates, -scores[candidates], p_values[candidates]))]
        within_its_day = _rank_within(times[order].astype("datetime64[D]")) < math.ceil(self.alerts)
        raised[order[within_its_day][:most]] = True
        return raised

    def in_words(self) -> str:
        """The promise as a clause."""
        return f"at most {self.alerts:g} alert{'s' if self.alerts != 1 else ''} a day"


def _days(times: NDArray[Any]) -> float:
    """How many days the rows cover; each row stands for the usual step after it, so that 48 hourly rows are two days."""
    known = times[~np.isnat(times)]
    if len(known) < 2:
        return 1.0
    return float((known.max() - known.min()) / DAY) * len(known) / (len(known) - 1)


def _rank_within(groups: NDArray[Any]) -> NDArray[np.intp]:
    """For each entry, how many earlier ones belong to the same group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order].astype(np.int64)
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(groups) else np.array([], dtype=np.intp)
    ranks = np.empty(len(groups), dtype=np.intp)
    ranks[order] = np.arange(len(groups)) - np.repeat(begins, np.diff(np.r_[begins, len(groups)]))
    return ranks
