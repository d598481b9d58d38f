"""Scores to chances: a logistic curve through scores of rows that the model did not see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLATTEST = 1e-3
"""The least slope, in log odds a standard deviation of the scores: a higher score is never the less strange one."""


def log_odds(scores: NDArray[np.float64], strange: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Slope and offset, shape (2,), that make the log odds of an anomaly of scores, shape (n,); both kinds must be among them.

    As a class of few rows that is told apart without error says little about how surely, the aims are not 0 and 1 but what is left
    after one more row of the other kind, as Platt has it. Sources: Platt 1999; Lin, Lin and Weng 2007, doi:10.1007/s10994-007-5018-6.

    >>> slope, offset = log_odds(np.array([-3.0, -2, -1, 1, 2, 3]), np.array([False, False, True, False, True, True]))
    >>> bool(slope > 0), bool(abs(offset) < 1e-9)
    (True, True)
    """
    middle, spread = float(np.median(scores)), float(scores.std()) or 1.0
    x = np.column_stack([(scores - middle) / spread, np.ones(len(scores))])
    n = np.array([np.count_nonzero(~strange), np.count_nonzero(strange)])
    aims = np.where(strange, (n[1] + 1.0) / (n[1] + 2.0), 1.0 / (n[0] + 2.0))
    at = np.array([1.0, np.log((n[1] + 1.0) / (n[0] + 1.0))])
    loss = _loss(x @ at, aims)
    for _ in range(100):
        chance = 0.5 * (1.0 + np.tanh(0.5 * (x @ at)))
        bend = (x * np.maximum(chance * (1 - chance), 1e-12)[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(bend, x.T @ (chance - aims))
        length = 1.0
        while _loss(x @ (at - length * step), aims) > loss and length > 1e-6:
            length /= 2
        at = at - length * step
        before, loss = loss, _loss(x @ at, aims)
        if before - loss <= 1e-12 * (1 + before):
            break
    slope = max(at[0], FLATTEST) / spread
    return np.array([slope, at[1] - slope * middle])


def _loss(odds: NDArray[np.float64], aims: NDArray[np.float64]) -> float:
    return float((np.logaddexp(0.0, odds) - aims * odds).sum())
