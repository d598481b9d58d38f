"""Alarms decided one row after the other: online false discovery rates, and rations of alerts that keep room for the strongest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel

I64 = NDArray[np.int64]

NO_GROUP = np.int64(np.iinfo(np.int64).min)
"""The group of a row whose time is missing."""

# places of `book`: the group under way, whether there is one, groups since the start, alerts left and raised in this group,
# bars remembered in all, and whether the group ran out
GROUP, BEGUN, GROUPS, LEFT, RAISED, BARS, RAN_OUT = range(7)
# places of `told`: groups that ran out, rows held back, rows of an earlier group, rows without one
SPENT, HELD, BACKWARDS, UNTIMED = range(4)

SHORT = 3
"""Past groups whose median follows drift."""


@kernel
def spend(
    p_values: Floats,
    wealth: Floats,
    counts: I64,
    mass: Floats,
    rate: Floats,
    floor: float,
    keep: float,
    pay: Floats,
    ignored: float,
    tested: float,
    cap: float,
    raised: NDArray[np.bool_],
) -> None:
    """Generalised alpha-investing whose wealth is spent along a mixture of geometric sequences, in place.

    The level of a row is ``(tested - ignored) * (floor + sum(wealth))``, at most `cap`. wealth, mass, rate: shape (scales,).
    counts: rows seen and rows raised. keep: what is left of old wealth after a row. pay: wealth won by the first alarm and by
    each later one. ignored, tested: a row moves the sequences on only when its p-value lies above `ignored` and at most at
    `tested`.
    """
    scale = tested - ignored
    for i in range(len(p_values)):
        p = p_values[i]
        total = floor
        for m in range(len(wealth)):
            total += wealth[m]
        hit = p <= min(scale * total, cap)
        raised[i] = hit
        moves = ignored < p <= tested
        won = 0.0
        if hit:
            won = pay[0] if counts[1] == 0 else pay[1]
            counts[1] += 1
        counts[0] += 1
        for m in range(len(wealth)):
            left = wealth[m] * rate[m] if moves else wealth[m]
            wealth[m] = keep * (left + won * mass[m])


@kernel
def stranger(p: float, score: float, than_p: float, than_score: float) -> bool:
    """Whether a row has the smaller p-value, or the same and a higher score."""
    return p < than_p or (p == than_p and score > than_score)


@kernel
def _fits(p: float, score: float, book: I64, mine: Floats) -> bool:
    """Whether a row that passes is raised, with alerts left: the first half of a group's alerts goes to all that pass.

    Each later one must be stranger than ever more of those already raised, and the last than all of them.
    """
    raised, slots = book[RAISED], book[LEFT] + book[RAISED]
    free = (slots + 1) // 2
    if raised < free:
        return True
    if raised < 0 or slots <= free:  # of a state that no run of this made
        return False
    beaten = -((-raised * (raised - free + 1)) // (slots - free))  # rounded up
    at = raised - beaten
    return at < 0 or at >= len(mine) or stranger(p, score, mine[at, 0], mine[at, 1])


@kernel
def _insert(p: float, score: float, best: Floats) -> None:
    """Put a row among the strangest, in place; of equal rows the earlier stands first."""
    at = len(best) - 1
    if not stranger(p, score, best[at, 0], best[at, 1]):
        return
    while at > 0 and stranger(p, score, best[at - 1, 0], best[at - 1, 1]):
        best[at, 0], best[at, 1] = best[at - 1, 0], best[at - 1, 1]
        at -= 1
    best[at, 0], best[at, 1] = p, score


@kernel
def _close(passed: int, alerts: float, book: I64, top: Floats, bars: Floats, bar: Floats, mine: Floats) -> None:
    """End the group under way: remember its bar, take the new one from the latest, and fill the ration up.

    The new bar is the stranger of two medians, of the latest few and of all: the first follows drift and is not moved by one bad
    group, the second is not lowered by a quiet weekend.
    """
    most, window = len(top), len(bars)
    at = book[BARS] % window
    bars[at, 0], bars[at, 1] = top[most - 1, 0], top[most - 1, 1]
    book[BARS] += 1
    bar[0], bar[1] = 2.0, -np.inf
    for held in (min(book[BARS], SHORT), min(book[BARS], window)):
        for i in range(held):  # of an even number the stranger of the two in the middle
            one = (book[BARS] - 1 - i) % window
            beaten = 0
            for j in range(held):
                other = (book[BARS] - 1 - j) % window
                weaker = stranger(bars[one, 0], bars[one, 1], bars[other, 0], bars[other, 1])
                beaten += weaker or (bars[one, 0] == bars[other, 0] and bars[one, 1] == bars[other, 1] and j < i)
            if beaten == held // 2 and stranger(bars[one, 0], bars[one, 1], bar[0], bar[1]):
                bar[0], bar[1] = bars[one, 0], bars[one, 1]
    before = np.floor(alerts * (book[GROUPS] + 1))
    book[GROUPS] += passed
    fresh = np.floor(alerts * (book[GROUPS] + 1)) - before
    book[LEFT] = int(min(np.ceil(alerts), book[LEFT] + fresh))
    book[RAISED] = 0
    book[RAN_OUT] = 0
    for k in range(most):
        top[k, 0], top[k, 1] = 2.0, -np.inf
        mine[k, 0], mine[k, 1] = 2.0, -np.inf


@kernel
def ration(
    groups: I64,
    p_values: Floats,
    scores: Floats,
    alerts: float,
    level: float,
    book: I64,
    told: I64,
    top: Floats,
    bars: Floats,
    bar: Floats,
    mine: Floats,
    raised: NDArray[np.bool_],
) -> None:
    """At most `alerts` rows a group (a day, or so many rows), without looking ahead, in place.

    A row passes when its p-value is at most `level` and it is no less strange than the bar: the weakest of the `alerts`
    strongest of a usual group, see `_close`. See `_fits` for the room that is kept and the module for `book` and `told`. top, mine,
    shape (most, 2): p-value and score of the strongest rows, and of the strongest raised, of the group under way, strangest
    first; bars, shape (w, 2): the last of `top` of the latest w groups; bar, shape (2,).
    """
    for i in range(len(p_values)):
        p, score, group = p_values[i], scores[i], groups[i]
        if group == NO_GROUP:
            told[UNTIMED] += 1
        elif book[BEGUN] == 0:
            book[BEGUN], book[GROUP] = 1, group
        elif group < book[GROUP]:
            told[BACKWARDS] += 1
        elif group > book[GROUP]:
            _close(group - book[GROUP], alerts, book, top, bars, bar, mine)
            book[GROUP] = group
        _insert(p, score, top)
        raised[i] = False
        if p > level or stranger(bar[0], bar[1], p, score):
            continue
        if book[LEFT] > 0 and _fits(p, score, book, mine):
            raised[i] = True
            _insert(p, score, mine)
            book[LEFT] -= 1
            book[RAISED] += 1
        else:
            told[HELD] += 1
            if book[LEFT] == 0 and book[RAN_OUT] == 0:
                book[RAN_OUT] = 1
                told[SPENT] += 1
