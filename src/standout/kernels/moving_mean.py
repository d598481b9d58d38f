"""Walking along scores beside the mean of those before, until one stands out."""

from __future__ import annotations

from typing import Any

from standout.kernels import kernel


@kernel
def next_above(scores: Any, start: int, ring: Any, at: int, limit: float) -> tuple[int, int, float]:
    """The first score from `start` on that lies more than `limit` above the mean of the ring; earlier ones enter the ring.

    scores: (n,). ring: (depth,), the latest scores, the oldest at position `at`; changed in place. The score found does not
    enter it: whoever asked decides. The mean is summed in the order of the ring anew each time, so that no error builds up.
    Returns its position (n where there is none), the oldest position then, and how far above the mean it lies.
    """
    depth = len(ring)
    for i in range(start, len(scores)):
        total = 0.0
        for j in range(depth):
            total += ring[j]
        above = scores[i] - total / depth
        if above > limit:
            return i, at, above
        ring[at] = scores[i]
        at = at + 1 if at + 1 < depth else 0
    return len(scores), at, 0.0
