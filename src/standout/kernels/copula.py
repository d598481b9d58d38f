"""Tail probabilities of each column, joined as COPOD joins them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread
from standout.kernels.tails import tails

F64 = NDArray[np.float64]


@kernel
def _copula_terms(values: Any, ordered: Any, leftward: Any, mine: Any, out: F64, terms: F64) -> None:
    for j in range(len(ordered)):  # column after column, so that one sorted column at a time stays in the cache
        for i in range(len(values)):
            left, right = tails(ordered[j], values[i, j], mine[i])
            skewed = left if leftward[i if len(leftward) > 1 else 0, j] else right
            term = max(skewed, 0.5 * (left + right))
            out[i] += term
            if len(terms):
                terms[i, j] = term


def copula_terms(
    values: NDArray[np.float32], ordered: NDArray[np.float32], leftward: NDArray[np.bool_], mine: NDArray[np.bool_], each: bool
) -> tuple[F64, F64]:
    """Minus the logarithm of a tail probability summed over columns, (n,), and the terms, (n, d), or (0, d) unless `each`.

    A column's term is the larger of that of the tail to which it is skewed and the mean of both tails.
    ordered: (d, m), each training column sorted. leftward: (1, d) or (n, d), whether the left tail is the one of the skewness.
    mine: (n,), whether the row is itself one of the m, and is then judged by the other m - 1.
    """
    out, terms = np.zeros(len(values)), np.empty((len(values) if each else 0, values.shape[1]))

    def work(a: int, b: int) -> None:
        _copula_terms(values[a:b], ordered, leftward if len(leftward) == 1 else leftward[a:b], mine[a:b], out[a:b], terms[a:b])

    spread(work, len(values))
    return out, terms


def skewed_left(values: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each column is skewed to the left, (d,), and whether it is without row i, (n, d): the sign of the third central moment.

    >>> whole, without = skewed_left(np.array([[0.0], [1], [2], [-9]], dtype=np.float32))
    >>> whole.tolist(), without.ravel().tolist()
    ([True], [True, True, True, False])
    """
    off = values - values.mean(axis=0, dtype=np.float64)

    def third(n: int, one: F64, two: F64, three: F64) -> F64:
        mean = one / max(n, 1)
        return three - 3 * mean * two + 2 * n * mean**3

    sums = [(off**k).sum(axis=0) for k in (1, 2, 3)]
    rest = [total - off**k for k, total in zip((1, 2, 3), sums, strict=True)]
    # three equidistant values have no skewness, though the sums are rounded
    scale = 1e-12 * (np.abs(off) ** 3).sum(axis=0)
    return third(len(off), *sums) < -scale, third(len(off) - 1, *rest) < -scale
