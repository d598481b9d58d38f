"""The cheapest place to draw the line, when the costs and the labels are known."""

from __future__ import annotations

from typing import cast

import numpy as np

from standout.core.calibrator import Policy
from standout.core.detector import Labels
from standout.core.part import Floats
from standout.core.registry import part_from_dict
from standout.goal.goal import Goal


def cheapest_level(p_values: Floats, labels: Labels, miss: float, false_alarm: float) -> float:
    """The level at or below which rows are raised so that misses and false alarms cost least on labelled rows.

    p_values and labels have shape (n,); labels of -1 are left out. The result lies in (0, 1]; raising nothing is the smallest
    positive number.

    >>> p = np.array([0.001, 0.01, 0.02, 0.5, 0.9])
    >>> cheapest_level(p, np.array([1, 1, 0, 0, 0], dtype=np.int8), miss=10, false_alarm=1)
    0.01
    """
    known = labels >= 0
    order = np.argsort(p_values[known], kind="stable")
    p, anomaly = p_values[known][order], labels[known][order] == 1
    cost = false_alarm * np.cumsum(~anomaly) + miss * (anomaly.sum() - np.cumsum(anomaly))
    # rows of equal p-value are raised together: only the last of each counts
    last = np.flatnonzero(np.r_[p[1:] != p[:-1], True]) if len(p) else np.array([], dtype=np.intp)
    if not len(last) or miss * anomaly.sum() <= cost[last].min():
        return float(np.nextafter(0.0, 1.0))
    return float(p[last[np.argmin(cost[last])]])


def policy_for(goal: Goal, *, clock: bool, p_values: Floats, labels: Labels | None) -> Policy:
    """The policy of a goal: its budget, or where it tells costs instead and there are labels, the cheapest level on them.

    p_values, labels: of the training rows, shape (n,).
    """
    if goal.cost_of_miss is None or goal.cost_of_false_alarm is None or goal.budget or labels is None:
        return goal.policy(clock=clock)
    level = cheapest_level(p_values, labels, goal.cost_of_miss, goal.cost_of_false_alarm)
    return cast("Policy", part_from_dict("policy", {"part": "level", "level": level}))
