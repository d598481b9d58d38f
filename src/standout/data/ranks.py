"""Ranks of values, without the second that importing scipy.stats takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """The rank of each value from 1, equal values sharing the mean of theirs; shape (n,), no NaN.

    >>> mean_ranks(np.array([30.0, 10.0, 30.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(values) else np.array([], dtype=np.intp)
    sizes = np.diff(np.r_[begins, len(values)])
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(begins + (sizes + 1) / 2, sizes)
    return ranks
