"""How far from the common a rare thing is placed, in units of a number column's scale.

A value's rarity is -log of the share of rows that hold a value as rare: the discrete form of a p-value. A normal number z scales
from the middle has -log p near z * z / 2, so a rarity r is placed sqrt(1 + 2 r) from the rest: common values lie one scale apart,
one seen once in a thousand rows nearly four. Among a hundred values of about equal share none is rare.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats

RAREST = float(np.log(1e4))
"""No rarity counts for more than one in ten thousand, so that one column cannot drown the others."""

FARTHEST = float(np.sqrt(1 + 2 * RAREST))
"""The distance of the rarest: about 4.4 scales."""


def rarity(counts: NDArray[np.int64]) -> tuple[Floats, float]:
    """The rarity of each value from its count, shape (k,), 0 and up, and that of a value never seen.

    Values that are rarer count fully as being as rare, commoner ones by the square of the ratio, so that values of nearly equal
    share have nearly equal rarity. What was never seen is as rare as what was seen once (Good 1953,
    doi:10.1093/biomet/40.3-4.237), which is what a training row seen once would be, had it been left out.

    >>> common, unseen = rarity(np.array([900, 98, 1, 1]))
    >>> common.round(1).tolist(), round(unseen, 1)
    ([0.0, 2.2, 5.8, 5.8], 5.8)
    """
    ranked = np.sort(np.append(counts, 1)).astype(np.float64)  # with one value more, which is yet to be seen
    total = ranked.sum()
    rarer = np.cumsum(ranked)
    commoner = np.append(np.cumsum(1.0 / ranked[::-1])[::-1], 0.0)
    asked = np.append(counts, 1).astype(np.float64)
    upto = np.searchsorted(ranked, asked, side="right")
    mass = rarer[upto - 1] + asked**2 * commoner[upto]
    found = np.clip(np.log(total / mass), 0.0, RAREST)
    return found[:-1], float(found[-1])


def distance(rare: Floats | float) -> Floats:
    """How far a rarity is placed from the common, 1 and up."""
    return np.sqrt(1.0 + 2.0 * np.asarray(rare))


def gap(share: Floats) -> Floats:
    """The distance between the two values of a flag of which one has this share; 0 where there is but one value.

    >>> gap(np.array([0.0, 0.5, 0.99, 1e-9])).round(2).tolist()
    [0.0, 1.0, 3.19, 4.41]
    """
    less = np.minimum(share, 1.0 - share)
    rare = np.minimum(np.log((1.0 - less) / np.maximum(less, 1e-300)), RAREST)
    return np.where(less > 0, distance(rare), 0.0)


def first_missing(rows: int) -> float:
    """Where the first missing value of a column without any in `rows` training rows is placed: it is one in rows + 1."""
    return float(distance(min(np.log(rows + 1.0), RAREST)))
