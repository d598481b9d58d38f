"""Prometheus metrics: a registry of our own, base units, and never an entity or a value of a row in a label.

What the service counts itself is read from its health when somebody asks; what the HTTP face sees is counted here.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROWS = (1, 10, 100, 1_000, 10_000, 100_000)


class Metrics:
    """What the HTTP face counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "standout_http_request_seconds",
            "How long requests took, from their first byte to the end of the answer.",
            ("route", "method"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._requests = Counter(
            "standout_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._rows = Histogram(
            "standout_http_batch_rows", "Rows of one request.", ("route",), buckets=ROWS, registry=self.registry
        )
        self.open = Gauge("standout_http_requests_in_hand", "Requests that are being answered.", registry=self.registry)
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. route: the pattern of its address."""
        key = (route, method, status)
        known = self._children.get(key)
        if known is None:  # looking labels up costs more than counting
            known = self._seconds.labels(route, method), self._requests.labels(route, method, str(status))
            self._children[key] = known
        known[0].observe(seconds)
        known[1].inc()

    def rows(self, route: str, rows: int) -> None:
        """Count the rows of one request."""
        self._rows.labels(route).observe(rows)

    def text(self) -> bytes:
        """All metrics as Prometheus reads them."""
        return generate_latest(self.registry)
