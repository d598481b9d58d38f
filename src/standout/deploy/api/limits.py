"""What one request, one caller and all of them together may take up."""

from __future__ import annotations

from dataclasses import dataclass

from standout.deploy.live.settings import Settings


@dataclass(frozen=True)
class Limits:
    """Limits of the HTTP face. bytes: of a body; rows, columns, depth: of what a body holds.

    per_second, burst: requests of one caller; attempts: wrong keys of one address a minute; at_once: requests in hand;
    seconds: for a body to arrive; answer_seconds: until an answer begins.
    """

    bytes: int = 64 << 20
    rows: int = 200_000
    columns: int = 2_000
    depth: int = 16
    per_second: float = 0.0
    burst: float = 0.0
    attempts: float = 20.0
    at_once: int = 1_000
    seconds: float = 30.0
    answer_seconds: float = 60.0

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the settings of the service say. A request waits longer than the service does for a store that does not answer."""
        rate = settings.rate_limit
        return cls(
            bytes=settings.body_limit << 20,
            per_second=rate,
            burst=max(10.0, 2 * rate),
            answer_seconds=settings.patience + 30.0,
        )
