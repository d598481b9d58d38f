"""What budgets per day and per so many rows share: a ration of alerts a group of rows, in a file or in a stream."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.layout import Holds
from standout.core.part import Floats, State

# places of `told` in `kernels.deciding`, which is imported when used: changing a budget need not wait for a compiler
SPENT, HELD, BACKWARDS, UNTIMED = range(4)
LEFT = 3  # as above, of `book`
WINDOW = 7  # groups whose median says what is usual: of days, a week
MOST = 1_000  # alerts of one group that its bar is taken from
LAYOUT = {
    "book": Holds("int64", 7),
    "told": Holds("int64", 4),
    "seen": Holds("int64", 1),
    "top": Holds("float64", "most", 2),
    "bars": Holds("float64", WINDOW, 2),
    "bar": Holds("float64", 2),
    "mine": Holds("float64", "most", 2),
}

BUDGET_SPENT = FindingKind(
    "budget-spent",
    "warning",
    "The budget of {budget} was spent early (times: {times:,}), and {count:,} rows that would have been raised were held back.",
    "Look whether they are one incident, or raise the budget: standout replay shows what each would have raised.",
)
CLOCK_BACKWARDS = FindingKind(
    "decided-clock-backwards",
    "warning",
    "{rows:,} rows came with a time of an earlier day than a row before them; they counted against the day under way.",
    "Send rows in order of time, or look at the clock that stamps them.",
)
UNTIMED_ROWS = FindingKind(
    "decided-without-time",
    "warning",
    "{rows:,} rows had no time; they counted against the day under way.",
    "Find out why the time is missing.",
)


def start(alerts: float) -> State:
    """The state before the first row; `alerts` a group, at least 1."""
    weakest = np.array([2.0, -np.inf])
    most = min(MOST, math.ceil(alerts))
    book = np.zeros(7, dtype=np.int64)
    book[LEFT] = math.floor(alerts)
    return {
        "book": book,
        "told": np.zeros(4, dtype=np.int64),
        "seen": np.zeros(1, dtype=np.int64),
        "top": np.tile(weakest, (most, 1)),
        "bars": np.tile(weakest, (WINDOW, 1)),
        "bar": weakest.copy(),
        "mine": np.tile(weakest, (most, 1)),
    }


def decide(
    state: State, groups: NDArray[np.int64], p_values: Floats, scores: Floats, alerts: float, level: float
) -> NDArray[np.bool_]:
    """Which rows to raise, in order, shape (n,); moves the state on. See `kernels.deciding.ration`."""
    from standout.kernels.deciding import ration

    raised = np.empty(len(p_values), dtype=np.bool_)
    book, told, top = state["book"], state["told"], state["top"]
    ration(groups, p_values, scores, alerts, level, book, told, top, state["bars"], state["bar"], state["mine"], raised)
    state["seen"][0] += len(p_values)
    return raised


def findings(state: State, budget: str) -> tuple[Finding, ...]:
    """What is worth telling; `budget` in words, such as "5 alerts a day"."""
    told = state["told"].tolist()
    found = []
    if told[SPENT]:
        found.append(BUDGET_SPENT.found(budget=budget, times=told[SPENT], count=told[HELD]))
    if told[BACKWARDS]:
        found.append(CLOCK_BACKWARDS.found(rows=told[BACKWARDS]))
    if told[UNTIMED]:
        found.append(UNTIMED_ROWS.found(rows=told[UNTIMED]))
    return tuple(found)


def strongest_of_each(
    p_values: Floats, scores: Floats, groups: NDArray[Any], a_group: int, most: int, level: float
) -> NDArray[np.bool_]:
    """The strangest `most` rows, on no group more than `a_group`, none with a p-value above `level`; shape (n,)."""
    raised = np.zeros(len(p_values), dtype=np.bool_)
    candidates = np.flatnonzero(p_values <= level)
    order = candidates[np.lexsort((candidates, -scores[candidates], p_values[candidates]))]
    raised[order[_rank_within(groups[order]) < a_group][:most]] = True
    return raised


def _rank_within(groups: NDArray[Any]) -> NDArray[np.intp]:
    """For each entry, how many earlier ones belong to the same group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order].astype(np.int64)
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(groups) else np.array([], dtype=np.intp)
    ranks = np.empty(len(groups), dtype=np.intp)
    ranks[order] = np.arange(len(groups)) - np.repeat(begins, np.diff(np.r_[begins, len(groups)]))
    return ranks
