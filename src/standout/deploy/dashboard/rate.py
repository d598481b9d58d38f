"""Rows a minute, from how many this process has taken in when the strip was shown before: whatever times the rows have."""

from __future__ import annotations

import threading
from collections import deque

LONGEST = 300.0
"""Seconds that the rate looks back."""
SHORTEST = 4.0
MOST = 400


class Rate:
    """Totals as they were seen; safe from several threads.

    >>> rate = Rate()
    >>> rate.seen(1000, at=0.0), rate.seen(1600, at=60.0)
    (None, (600.0, 60.0))
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=MOST)
        self._lock = threading.Lock()

    def seen(self, total: int, at: float) -> tuple[float, float] | None:
        """Note a total at a moment in seconds; rows a minute and over how many seconds, None where it is too soon to say."""
        with self._lock:
            if self._seen and total < self._seen[-1][1]:
                self._seen.clear()  # another service began
            while len(self._seen) > 1 and at - self._seen[0][0] > LONGEST:
                self._seen.popleft()
            if not self._seen or at - self._seen[-1][0] >= 1:
                self._seen.append((at, total))
            first_at, first = self._seen[0]
        span = at - first_at
        return (60 * (total - first) / span, span) if span >= SHORTEST else None
