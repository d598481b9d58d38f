"""The clock on the wall, and one that never jumps: what a machine says of time, and whether to believe it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

JUMP = 5.0
"""Seconds by which the clock on the wall must leave the other behind, or fall behind it, to have jumped."""


class Clock:
    """Time as this machine tells it; tests put another in its place."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds since some moment, never set back or forward."""
        return time.monotonic()


class Jumps:
    """Notices when the clock on the wall was set. The hours of a sleeping machine count as a jump, too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._told()

    def look(self) -> float:
        """Seconds by which the clock jumped since the last look, backwards below 0; 0.0 where it did not."""
        offset = self._told()
        jump = offset - self._offset
        if abs(jump) < JUMP:
            # slow corrections are followed, so that they do not add up to a jump
            self._offset = offset
            return 0.0
        self._offset = offset
        return jump

    def _told(self) -> float:
        return self._clock.now().timestamp() - self._clock.steady()
