"""Gaps that are longer than a multiple of every gap before them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel


@kernel
def mark_silences(
    gaps: Floats, fewest: int, factor: float, regular: float, patience: float, outage: NDArray[np.bool_], usual: Floats
) -> None:
    """Mark each gap above `factor` times the longest before it, once `fewest` were seen; outages do not count as seen.

    regular, patience: only where the gaps before spread by less than this share of their mean, or cover this many seconds. gaps:
    seconds, shape (n,); outage, usual: filled, shape (n,): whether it was one, and the longest gap before it.
    """
    seen, longest, mean, spread = 0, 0.0, 0.0, 0.0
    for i in range(len(gaps)):
        steady = spread < (regular * mean) ** 2 * seen or mean * seen >= patience
        usual[i] = longest
        outage[i] = seen >= fewest and longest > 0.0 and gaps[i] > factor * longest and steady
        if not outage[i]:
            seen += 1
            step = gaps[i] - mean
            mean += step / seen
            spread += step * (gaps[i] - mean)
            longest = max(longest, gaps[i])
