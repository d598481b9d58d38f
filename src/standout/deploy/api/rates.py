"""How often somebody may ask: a bucket that fills at a steady rate and holds a few requests for a burst.

>>> clock = iter([0.0, 0.0, 0.0, 0.5]).__next__
>>> rates = Rates(per_second=2, burst=2, clock=clock)
>>> [rates.wait("a") for _ in range(4)]
[0.0, 0.0, 0.5, 0.0]
"""

from __future__ import annotations

import time
from collections.abc import Callable

MOST = 10_000
"""Buckets that are remembered: beyond these the fullest, which tell least, are forgotten."""


class Rates:
    """A bucket for each caller. per_second: how fast it fills, 0 for no limit; burst: what it holds."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = per_second, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, caller: str, cost: float = 1.0) -> float:
        """Take from the caller's bucket; 0 where there was enough, else the seconds until there will be, and nothing is taken."""
        if not self._rate:
            return 0.0
        now = self._clock()
        left, at = self._left.get(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        enough = left >= cost
        self._left[caller] = (left - cost if enough else left, now)
        if len(self._left) > MOST:
            self._forget(now)
        return 0.0 if enough else (cost - left) / self._rate

    def _forget(self, now: float) -> None:
        fullest = sorted(self._left, key=lambda c: self._left[c][0] + (now - self._left[c][1]) * self._rate, reverse=True)
        for caller in fullest[: MOST // 2]:
            del self._left[caller]
