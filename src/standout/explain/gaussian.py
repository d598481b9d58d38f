"""What the rest of a row makes likely: a regularised Gaussian over the features, and the fewest columns that break it.

A column that is wrong makes its neighbours look wrong too, since each is judged by the others. So columns are set aside one after
the other, the most unlikely first, and the rest is judged without them: likelihood-ratio tests for "this column does not belong".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread

RIDGE = 0.02
"""The share of the covariance that is taken as independent: keeps collinear columns apart."""

LEAST_VARIANCE = 0.05
"""The least variance of a feature: one that was constant in training and moves is unlikely, and not infinitely so."""

TRIMMED = 0.05
"""The share of the farthest training rows that the final estimate leaves out, since they may be anomalies."""


def learn(values: Floats) -> tuple[Floats, Floats]:
    """Mean, shape (d,), and precision, shape (d, d), of rows, without the farthest of them.

    >>> rng = np.random.default_rng(0)
    >>> mean, precision = learn(rng.normal(size=(1000, 2)))
    >>> precision.round(0).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rows = values.astype(np.float64)
    mean, precision = _moments(rows)
    if len(rows) < 40:
        return mean, precision
    far = np.einsum("ij,ij->i", (rows - mean) @ precision, rows - mean)
    return _moments(rows[far <= np.quantile(far, 1 - TRIMMED)])


def _moments(rows: Floats) -> tuple[Floats, Floats]:
    mean = rows.mean(axis=0)
    covariance = (rows - mean).T @ (rows - mean) / max(len(rows) - 1, 1)
    variance = np.maximum(np.diag(covariance), LEAST_VARIANCE)
    covariance *= 1 - RIDGE
    np.fill_diagonal(covariance, variance)
    inverse = np.linalg.inv(covariance)
    return mean, (inverse + inverse.T) / 2


@kernel
def _solve(a: Floats, b: Floats, n: int) -> None:
    """Replace b by the solution of a x = b, for a positive definite, by Cholesky's method; a is overwritten."""
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = np.sqrt(max(a[j, j], 1e-12))
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    for i in range(n):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@kernel
def _left(precision: Floats, aside: Floats, held: int, a: int, b: int) -> float:
    """One entry of the precision that is left when features are set aside: precision - aside.T @ aside."""
    entry = precision[a, b]
    for t in range(held):
        entry -= aside[t, a] * aside[t, b]
    return entry


@kernel
def _gain(precision: Floats, aside: Floats, held: int, y: Floats, low: int, size: int, block: Floats, away: Floats) -> float:
    """How much less likely features low to low + size make what is left of a row; `away`: their distance from what is expected."""
    for a in range(size):
        away[a] = y[low + a]
        for b in range(a + 1):
            block[a, b] = _left(precision, aside, held, low + a, low + b)
    _solve(block, away, size)
    gain = 0.0
    for a in range(size):
        gain += y[low + a] * away[a]
    return gain


@kernel
def _set_aside(precision: Floats, aside: Floats, held: int, y: Floats, f: int) -> None:
    """Take feature f out of what is left: one more row of `aside`, and `y` without what f said of the others."""
    for b in range(len(y)):
        aside[held, b] = _left(precision, aside, held, f, b)
    root = np.sqrt(max(aside[held, f], 1e-12))
    share = y[f] / root
    for b in range(len(y)):
        aside[held, b] /= root
        y[b] -= aside[held, b] * share


@kernel
def _expect_aside(
    precision: Floats, start: NDArray[np.int64], chosen: NDArray[np.int64], full: Floats, row: Floats, block: Floats, away: Floats,
    features: NDArray[np.int64], expected: Floats,
) -> None:  # fmt: skip  # one argument a line says no more
    """Those set aside as all others make likely: one system for all of them together."""
    held = 0
    for k in chosen:
        if k >= 0:
            for f in range(start[k], start[k + 1]):
                features[held] = f
                held += 1
    for a in range(held):
        away[a] = full[features[a]]
        for b in range(a + 1):
            block[a, b] = precision[features[a], features[b]]
    _solve(block, away, held)
    for a in range(held):
        expected[features[a]] = row[features[a]] - away[a]


@kernel
def _untangle(
    precision: Floats, mean: Floats, start: NDArray[np.int64], rows: Floats, gains: Floats, expected: Floats,
    chosen: NDArray[np.int64], first: int, last: int,
) -> None:  # fmt: skip  # as above
    width, columns, most = len(mean), len(start) - 1, chosen.shape[1]
    widest = most * np.max(start[1:] - start[:-1])
    aside, block, away = np.empty((widest, width)), np.empty((widest, widest)), np.empty(widest)
    y, full, features = np.empty(width), np.empty(width), np.empty(widest, dtype=np.int64)
    used = np.empty(columns, dtype=np.bool_)
    for i in range(first, last):
        for a in range(width):
            full[a] = 0.0
            for b in range(width):
                full[a] += precision[a, b] * (rows[i, b] - mean[b])
        y[:] = full
        used[:] = False
        held = 0
        for step in range(most + 1):
            best, highest = -1, 0.0
            for k in range(columns):
                low, size = start[k], start[k + 1] - start[k]
                if used[k]:
                    continue
                gains[i, k] = _gain(precision, aside, held, y, low, size, block, away)
                for a in range(size):
                    expected[i, low + a] = rows[i, low + a] - away[a]
                excess = np.log1p(max(gains[i, k], 0.0)) - np.log1p(size + 2.0 * np.sqrt(2.0 * size))
                if excess > highest:
                    best, highest = k, excess
            if step == most or best < 0:
                break
            used[best], chosen[i, step] = True, best
            for f in range(start[best], start[best + 1]):
                _set_aside(precision, aside, held, y, f)
                held += 1
        _expect_aside(precision, start, chosen[i], full, rows[i], block, away, features, expected[i])


def untangle(
    precision: Floats, mean: Floats, start: NDArray[np.int64], rows: Floats, most: int
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Set aside the fewest columns, `most` at most, without which each row is likely.

    rows: shape (n, d), the features of column k at start[k] to start[k + 1]. Returns how much less likely each column makes its
    row (twice the log likelihood ratio), shape (n, columns); each feature as expected given all columns not set aside, shape
    (n, d); and the columns set aside, in order, -1 where there are fewer, shape (n, most).
    """
    n, columns = len(rows), len(start) - 1
    gains, expected = np.zeros((n, columns)), np.empty(rows.shape)
    chosen = np.full((n, most), -1, dtype=np.int64)

    def work(first: int, last: int) -> None:
        _untangle(precision, mean, start, rows, gains, expected, chosen, first, last)

    spread(work, n, least=64)
    return gains, expected, chosen
