"""Time columns: hour of the day, day of the week, of the month and of the year, each as a point on a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.layout import Holds
from standout.core.matrix import Feature
from standout.core.part import Card, Floats, State, param
from standout.core.preparer import Preparer
from standout.core.table import Field, Kind, Table
from standout.prepare._rarity import first_missing

NO_CYCLE = FindingKind(
    "prepare-no-cycle",
    "info",
    "The times in {column} span too little for a daily, weekly or yearly pattern; no feature is made of it.",
    "Fit on a longer stretch of time.",
)
LEAST_SPREAD = 0.1  # a circle on which all rows stand almost at one point is not blown up further than this
MINUTE = 60_000_000  # microseconds
DAY = 1440 * MINUTE


def _minute(times: NDArray[Any]) -> NDArray[np.int64]:
    moment = times.view(np.int64)
    return (moment - moment // DAY * DAY) // MINUTE  # numpy is several times slower at the remainder


def _weekday(times: NDArray[Any]) -> NDArray[np.int64]:
    return (times.view(np.int64) // DAY + 3) % 7  # the first day of 1970 was a Thursday; Monday is 0


def _days_since(times: NDArray[Any], unit: str) -> NDArray[np.int64]:
    # numpy's calendar overflows within a few years of the ends of its 290,000: 9e18 microseconds stay clear of them
    near = np.clip(times.view(np.int64), -9 * 10**18, 9 * 10**18).view("datetime64[us]")
    return (near.astype("datetime64[D]") - near.astype(f"datetime64[{unit}]").astype("datetime64[D]")).view(np.int64)


def _monthday(times: NDArray[Any]) -> NDArray[np.int64]:
    return _days_since(times, "M")


def _yearday(times: NDArray[Any]) -> NDArray[np.int64]:
    return _days_since(times, "Y")


@dataclass(frozen=True, slots=True)
class _Cycle:
    """A pattern that comes back: its name, steps, how to find the step, and the days of training that it takes to know it."""

    name: str
    steps: int
    step: Callable[[NDArray[Any]], NDArray[np.int64]]
    days: float


CYCLES = (
    _Cycle("hour", 1440, _minute, 2),
    _Cycle("weekday", 7, _weekday, 14),
    _Cycle("day of month", 31, _monthday, 62),
    _Cycle("day of year", 366, _yearday, 731),
)


@cache
def _circle(steps: int) -> Floats:
    """The points of a circle, shape (steps, 2): sine and cosine."""
    angle = 2 * np.pi * np.arange(steps) / steps
    return np.column_stack([np.sin(angle), np.cos(angle)])


@dataclass(frozen=True)
class TimeCycle(Preparer):
    """Two features, sine and cosine, for each cycle that the training rows span: see `CYCLES` for how long each takes.

    The moment itself is left out unless asked for, since time to come always lies outside of the time seen. A missing time is
    the middle of the training rows, or far out where none was missing. The table's clock (role time) is no feature: to learn
    from its cycles, give the table a second column of the same times with the role feature.

    >>> from standout.core.table import Column, Schema
    >>> hours = np.arange("2026-03-02", "2026-03-09", dtype="datetime64[h]").astype("datetime64[us]")
    >>> table = Table.of(Schema((Field("seen", Kind.TIME),)), [Column(Kind.TIME, hours)])
    >>> state = TimeCycle().fit(table, np.random.default_rng(0))
    >>> [f.name for f in TimeCycle().features(state, ["seen"])]
    ['seen hour (sin)', 'seen hour (cos)']
    >>> TimeCycle().transform(state, table)[[0, 6, 12]].astype(float).round(2).tolist()
    [[0.0, 1.41], [1.41, 0.0], [0.0, -1.41]]
    """

    card = Card(
        "Cyclic time features",
        "circular statistics: Mardia and Jupp 1999, doi:10.1002/9780470316979",
        "unusual hours, weekdays and seasons",
        "a table look-up a row and cycle",
    )
    examples = ({}, {"moment": True})
    layout = {
        "center": Holds("float64", "columns", 9),
        "scale": Holds("float64", "columns", 9),
        "absent": Holds("float32", "columns"),
    }

    moment: bool = param(False, help="Also take the moment itself, in robust scales of the training rows' times.")

    def takes(self, field: Field) -> bool:
        """Times."""
        return field.kind is Kind.TIME

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """Which cycles the rows span, and where on each circle they stand; scale 0 marks what is left out.

        Columns 0 to 7 are sine and cosine of each cycle, 8 the moment in days since 1970.
        """
        width = len(table.columns)
        state: State = {
            "center": np.zeros((width, 9)),
            "scale": np.zeros((width, 9)),
            "absent": np.zeros(width, dtype=np.float32),
        }
        for i, column in enumerate(table.columns):
            times = column.values[~column.missing]
            if len(times) == len(column):
                state["absent"][i] = first_missing(len(column))
            if not len(times):
                continue
            days = times.view(np.int64) / DAY
            for j, cycle in enumerate(CYCLES):
                points = _circle(cycle.steps)[cycle.step(times)]
                if np.ptp(days) >= cycle.days - 0.1 and np.ptp(points, axis=0).any():
                    state["center"][i, 2 * j : 2 * j + 2] = points.mean(axis=0)
                    state["scale"][i, 2 * j : 2 * j + 2] = np.maximum(points.std(axis=0), LEAST_SPREAD)
            if self.moment and np.ptp(days) > 0:
                state["center"][i, 8], state["scale"][i, 8] = days.mean(), days.std()
        return state

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """Sine and cosine of each cycle, and the moment where it was asked for."""
        parts = [(f"{c.name} ({part})", c.name) for c in CYCLES for part in ("sin", "cos")] + [("moment", "moment")]
        return tuple(Feature(f"{names[i]} {parts[j][0]}", names[i], parts[j][1]) for i, j in _made(state))

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """Points on circles, about the training rows' middle and in their standard deviations."""
        made = list(_made(state))
        out = np.empty((len(table), len(made)), dtype=np.float32)
        for at, (i, j) in enumerate(made):
            column = table.columns[i]
            if j % 2 == 0:  # the cosine that follows uses the sine's steps
                steps = None if j == 8 else CYCLES[j // 2].step(column.values)
                missing = column.missing
            if steps is None:
                values = column.values.view(np.int64) / DAY
            else:
                values = _circle(CYCLES[j // 2].steps)[np.where(missing, 0, steps), j % 2]
            scaled = (values - state["center"][i, j]) / state["scale"][i, j]
            out[:, at] = np.where(missing, state["absent"][i], scaled)
        return out

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """Columns that span no cycle."""
        made = {i for i, _ in _made(state)}
        return tuple(NO_CYCLE.found(column=name) for i, name in enumerate(names) if i not in made)


def _made(state: State) -> Iterator[tuple[int, int]]:
    """Column and place of each feature, in order."""
    return ((int(i), int(j)) for i, j in np.argwhere(state["scale"] > 0))
