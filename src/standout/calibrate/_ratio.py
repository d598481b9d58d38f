"""How much more often newer rows have a row's features than older ones: a density ratio, from a small classifier between the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats

FOLDS = 5
RIDGE = 1.0  # on standard scores: as if one row of each kind had said that nothing differs
STEPS = 25
FAR = 5.0  # standard scores beyond this count as this: one far row must not decide
SQUARES = 60  # with more features than this only their level is compared, not their spread
TEMPERS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
CLEAR = 2.0  # by how many standard errors the ratio must tell the rows apart better than none does


@dataclass(frozen=True)
class Ratio:
    """older, newer: the ratio at each row, shape (n,) and (m,), by a classifier that had not seen the row; 1 where nothing differs.

    temper: how far the classifier's odds are believed, 0 (not at all) to 1, by what tells the rows apart best when held out.
    """

    older: Floats
    newer: Floats
    temper: float


def density_ratio(older: Floats, newer: Floats, rng: np.random.Generator) -> Ratio:
    """The ratio of densities of newer rows to older ones, shape (n, d) and (m, d); both classes count alike.

    Logistic regression on standard scores and their squares, which is exact where both are Gaussian, cross-fitted:
    Sugiyama et al. 2012, doi:10.1017/CBO9781139035613, chapter 4.
    """
    n, m = len(older), len(newer)
    rows = _features(older, newer)
    is_new = np.r_[np.zeros(n), np.ones(m)]
    weight = np.r_[np.full(n, 0.5 * (n + m) / n), np.full(m, 0.5 * (n + m) / m)]
    fold = np.r_[rng.permutation(n) % FOLDS, rng.permutation(m) % FOLDS]
    odds = np.empty(n + m)
    for held_out in range(FOLDS):
        here = fold == held_out
        odds[here] = rows[here] @ _logistic(rows[~here], is_new[~here], weight[~here])
    sign = np.where(is_new > 0, -1.0, 1.0)
    loss = np.logaddexp(0.0, sign * np.outer(TEMPERS, odds)) * weight
    best = int(loss.mean(axis=1).argmin())
    gain = loss[0] - loss[best]
    clear = gain.mean() > CLEAR * gain.std() / np.sqrt(n + m)
    temper = float(TEMPERS[best]) if clear else 0.0
    ratio = np.exp(temper * odds)
    return Ratio(ratio[:n], ratio[n:], temper)


def _features(older: Floats, newer: Floats) -> NDArray[np.float64]:
    both = np.concatenate([older, newer]).astype(np.float64)
    spread = both.std(axis=0)
    scores = np.clip((both - both.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -FAR, FAR)
    parts = [np.ones((len(both), 1)), scores]
    if scores.shape[1] <= SQUARES:
        parts.append(np.square(scores) - 1.0)
    return np.concatenate(parts, axis=1)


def _logistic(rows: Floats, is_new: Floats, weight: Floats) -> NDArray[np.float64]:
    """Coefficients of a ridge logistic regression, by Newton's method with halved steps; the first, the constant, is not held back."""
    ridge = np.full(rows.shape[1], RIDGE)
    ridge[0] = 1e-6
    found = np.zeros(rows.shape[1])
    target = _objective(rows, is_new, weight, ridge, found)
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(rows @ found, -30.0, 30.0)))
        slope = rows.T @ (weight * (p - is_new)) + ridge * found
        bend = (rows * (weight * p * (1.0 - p))[:, None]).T @ rows + np.diag(ridge)
        step, size = np.linalg.solve(bend, slope), 1.0
        reached = _objective(rows, is_new, weight, ridge, found - step)
        while reached > target and size > 1e-4:
            size *= 0.5
            reached = _objective(rows, is_new, weight, ridge, found - size * step)
        if reached >= target - 1e-9 * abs(target):
            break
        found, target = found - size * step, reached
    return found


def _objective(rows: Floats, is_new: Floats, weight: Floats, ridge: Floats, at: Floats) -> float:
    odds = rows @ at
    return float((weight * (np.logaddexp(0.0, odds) - is_new * odds)).sum() + 0.5 * (ridge * np.square(at)).sum())
