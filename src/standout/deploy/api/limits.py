"""What one request, one caller and all of them together may take up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of the HTTP face. bytes: of a body; rows, columns, depth: of what a body holds.

    per_second, burst: requests of one caller; attempts: wrong keys of one address a minute; at_once: requests in hand;
    seconds: for a body to arrive, and for a request to be answered.
    """

    bytes: int = 64 << 20
    rows: int = 200_000
    columns: int = 2_000
    depth: int = 16
    per_second: float = 5_000.0
    burst: float = 10_000.0
    attempts: float = 20.0
    at_once: int = 1_000
    seconds: float = 30.0
