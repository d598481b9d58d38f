"""Online false discovery rates written as their papers write them: a sum over all earlier alarms, for every row."""

from __future__ import annotations

import numpy as np


def gamma(j, mass, rate):
    """The sequence at j = 1, 2, ...: the mixture of geometric sequences that the policies spend by."""
    return float(np.sum(mass * rate ** (j - 1.0))) if j > 0 else 0.0


def alarms(p_values, rate, first, memory, ignored, tested, cap, mass, ratio):
    """LORD++ (ignored 0, tested 1), SAFFRON (tested 1) or ADDIS; with a memory, old terms fade and a floor remains."""
    delta = 1.0 - 1.0 / memory if memory else 1.0
    fired, moves, found = [], [], []
    for t, p in enumerate(p_values, start=1):
        level = rate * first * (1.0 - delta) + rate * first * delta**t * gamma(1 + sum(moves), mass, ratio)
        for k, tau in enumerate(fired):
            won = rate - rate * first if k == 0 and not memory else rate
            level += won * delta ** (t - tau) * gamma(1 + sum(moves[tau:]), mass, ratio)
        hit = p <= min(cap, (tested - ignored) * level)
        found.append(hit)
        moves.append(ignored < p <= tested)
        if hit:
            fired.append(t)
    return found


def daily(days, p_values, scores, alerts, level):
    """The budget a day of a stream, with lists and sorts; days as whole numbers or None, alerts at least 1."""
    raised, bars, tops, today, left, total, mine = [], [], [], None, int(alerts), 0, []
    bar = (2.0, np.inf)
    for day, p, s in zip(days, p_values, scores, strict=True):
        row = (p, -s)
        if day is not None and (today is None or day > today):
            if today is not None:
                tops.sort()
                k = int(np.ceil(alerts))
                bars.append(tops[k - 1] if len(tops) >= k else (2.0, np.inf))
                medians = [sorted(bars[-w:], reverse=True)[len(bars[-w:]) // 2] for w in (3, 7)]
                bar = min(medians)
                fresh = np.floor(alerts * (total + day - today + 1)) - np.floor(alerts * (total + 1))
                total += day - today
                left = int(min(np.ceil(alerts), left + fresh))
                tops, mine = [], []
            today = day
        tops.append(row)
        slots = left + len(mine)
        free = (slots + 1) // 2
        fits = left > 0
        if fits and len(mine) >= free:
            must_beat = int(np.ceil(len(mine) * (len(mine) - free + 1) / (slots - free)))
            fits = row < sorted(mine)[len(mine) - must_beat]
        raised.append(bool(p <= level and row <= bar and fits))
        if raised[-1]:
            mine.append(row)
            left -= 1
    return raised
