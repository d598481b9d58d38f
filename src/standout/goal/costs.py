"""What each level would cost on labelled rows: from this a policy finds the cheapest, for any two costs."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from standout.core.calibrator import Policy
from standout.core.detector import Labels
from standout.core.part import Floats
from standout.core.registry import part_from_dict
from standout.goal.goal import Goal


def worthwhile_levels(p_values: Floats, labels: Labels) -> dict[str, list[Any]]:
    """The levels that some two costs make cheapest, with the anomalies that each misses and the normal rows that it raises.

    p_values and labels have shape (n,); labels of -1 are left out. Level 0, which raises nothing, comes first. They are the
    corners of the convex hull of the ROC curve (Provost and Fawcett 2001, doi:10.1023/A:1007601015854): a few dozen of a million.

    >>> worthwhile_levels(np.array([0.001, 0.01, 0.02, 0.5, 0.9]), np.array([1, 1, 0, 0, 0], dtype=np.int8))
    {'levels': [0.0, 0.01], 'missed': [2, 0], 'false': [0, 0]}
    """
    known = labels >= 0
    order = np.argsort(p_values[known], kind="stable")
    p, anomaly = p_values[known][order], labels[known][order] == 1
    # rows of equal p-value are raised together: only the last of each counts
    last = np.flatnonzero(np.r_[p[1:] != p[:-1], True]) if len(p) else np.array([], dtype=np.intp)
    levels = [0.0, *p[last].tolist()]
    missed = [int(anomaly.sum()), *(anomaly.sum() - np.cumsum(anomaly)[last]).tolist()]
    false = [0, *np.cumsum(~anomaly)[last].tolist()]
    kept: list[int] = []
    for i in range(len(levels)):
        while kept and missed[i] < missed[kept[-1]] and (false[i] == false[kept[-1]] or _above(false, missed, kept, i)):
            kept.pop()
        if not kept or missed[i] < missed[kept[-1]]:
            kept.append(i)
    if kept[0] != 0:
        kept.insert(0, 0)
    return {key: [values[i] for i in kept] for key, values in (("levels", levels), ("missed", missed), ("false", false))}


def _above(x: list[int], y: list[int], kept: list[int], i: int) -> bool:
    """Whether the last kept point lies on or above the line from the one before it to point i."""
    if len(kept) < 2:
        return False
    a, b = kept[-2], kept[-1]
    return (y[b] - y[a]) * (x[i] - x[a]) >= (y[i] - y[a]) * (x[b] - x[a])


def policy_for(goal: Goal, *, clock: bool, p_values: Floats, labels: Labels | None) -> Policy:
    """The policy of a goal: its budget, or where it tells costs instead and there are labels, the least cost learned on them.

    p_values, labels: of the training rows, shape (n,).
    """
    if goal.cost_of_miss is None or goal.cost_of_false_alarm is None or goal.budget or labels is None:
        return goal.policy(clock=clock)
    costs = {"miss": goal.cost_of_miss, "false_alarm": goal.cost_of_false_alarm}
    return cast("Policy", part_from_dict("policy", {"part": "least-cost", **costs, **worthwhile_levels(p_values, labels)}))
