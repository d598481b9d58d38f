"""Promised against realised: of rows that are normal, how many were raised at each level, and how many may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from standout.core.part import Floats
from standout.evaluate.ranking import share
from standout.evaluate.results import Kept

LEVELS = (0.001, 0.01, 0.05, 0.1)


def promised_against_realised(p_values: Floats, null: int, levels: Sequence[float] = LEVELS) -> tuple[Kept, ...]:
    """Each level's promise against the rows raised; () where there are no rows.

    p_values: of rows held to be normal that the model did not learn from, shape (n,). null: how many scores the calibrator learned
    from. The band is beta-binomial: given the null, the true rate at a level is a beta variable (Vovk 2012,
    doi:10.1007/s10994-013-5355-6).

    >>> (kept,) = promised_against_realised(np.linspace(0.0005, 1, 1000), 999, [0.01])
    >>> kept.raised, kept.low, kept.high, kept.holds
    (10, 1, 24, True)
    """
    n = len(p_values)
    found = []
    for level in levels if n else ():
        raised = int(np.sum(p_values <= level))
        places = int(np.floor(level * (null + 1) + 1e-9))
        low, high = _band(n, places, null + 1 - places) if places else (0, 0)
        found.append(Kept(float(level), n, raised, share(raised, n), low, high, places > 0))
    return tuple(found)


def _band(n: int, a: int, b: int) -> tuple[int, int]:
    """The 0.5% and 99.5% points of a beta-binomial variable of n trials."""
    if b <= 0:
        return n, n
    # of whole numbers all of it is factorials, and importing scipy.special takes longer than the rest of an evaluation
    factorial = np.r_[0.0, np.cumsum(np.log(np.arange(1.0, n + a + b)))]
    count = np.arange(n + 1)
    chosen = factorial[n] - factorial[count] - factorial[n - count]
    log_chance = chosen + factorial[count + a - 1] + factorial[n - count + b - 1] - factorial[n + a + b - 1]
    log_chance -= factorial[a - 1] + factorial[b - 1] - factorial[a + b - 1]
    up_to = np.cumsum(np.exp(log_chance))
    return int(np.searchsorted(up_to, 0.005)), int(np.searchsorted(up_to, 0.995 * up_to[-1]))
