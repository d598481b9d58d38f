"""Prometheus metrics: a registry of our own, base units, and never an entity or a value of a row in a label.

What the service knows of itself is read when somebody asks; what the HTTP face sees is counted as it happens. The table of
`docs/api.md` has every metric, and a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from standout.core.errors import StandoutError, StoreError
from standout.deploy.live.answers import StreamHealth, word
from standout.deploy.store.records import HIDDEN, RAISED, Status

if TYPE_CHECKING:
    from standout.deploy.live.service import Service

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # one more line for each, which nobody reads
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ROWS = (1, 10, 100, 1_000, 10_000, 100_000)
DAY = 86_400.0
ALERTS = {word(o) for o in RAISED | HIDDEN}


class Metrics:
    """What the HTTP face counts, and the registry that holds all metrics of a server."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "standout_http_request_seconds",
            "From a request's head to the end of its answer.",
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
        self._store_errors = Counter(
            "standout_http_store_errors", "Answers that failed because of the store.", registry=self.registry
        )
        self.in_hand = Gauge("standout_http_requests_in_hand", "Requests that are being answered.", registry=self.registry)
        self._known: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self.registry.register(Watched(service))

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. route: the pattern of its address."""
        key = (route, method, status)
        known = self._known.get(key)
        if known is None:  # looking labels up costs more than counting
            known = self._seconds.labels(route, method), self._requests.labels(route, method, str(status))
            self._known[key] = known
        known[0].observe(seconds)
        known[1].inc()

    def problem(self, error: StandoutError) -> None:
        """Count an answer that failed, where the store is to blame."""
        if isinstance(error, StoreError):
            self._store_errors.inc()

    def rows(self, route: str, rows: int) -> None:
        """Count the rows of one request."""
        self._rows.labels(route).observe(rows)

    def text(self) -> bytes:
        """All metrics as Prometheus reads them."""
        return generate_latest(self.registry)


class Watched(Collector):
    """What the service knows of itself, read when somebody asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the service is not asked while a server is being put together."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every metric of the service and its streams."""
        health = self._service.health()
        yield GaugeMetricFamily("standout_ready", "1 where rows are taken in.", float(health.ready))
        yield GaugeMetricFamily("standout_store_up", "1 where the store answers.", float(health.store == "good"))
        yield GaugeMetricFamily("standout_queue_rows", "Rows that wait to be taken in.", health.queued)
        yield GaugeMetricFamily("standout_queue_room_rows", "Rows that may wait.", health.room)
        yield GaugeMetricFamily("standout_queue_wait_seconds", "How long the first of them has waited.", health.behind)
        yield from _of_streams(list(health.streams.values()))
        yield from self._of_store()

    def _of_store(self) -> Iterator[Metric]:
        """What only the store knows; left out while it does not answer, which `standout_store_up` tells."""
        try:
            with self._service.store.reading() as unit:
                messages = unit.outbox.counts()
                incidents = {status: unit.incidents.count(status=status) for status in Status}
        except StoreError:
            return
        outbox = GaugeMetricFamily("standout_outbox_messages", "Messages of the outbox.", labels=["state"])
        for state, count in messages.items():
            outbox.add_metric([state.value], count)
        yield outbox
        kept = GaugeMetricFamily("standout_incidents", "Incidents that are kept.", labels=["status"])
        for status, count in incidents.items():
            kept.add_metric([status.value], count)
        yield kept


def _of_streams(streams: list[StreamHealth]) -> Iterator[Metric]:
    rows = CounterMetricFamily("standout_rows", "Rows since the start, by where their way ended.", labels=["stream", "outcome"])
    alerts = CounterMetricFamily("standout_alerts", "Alerts since the start, hidden ones too.", labels=["stream"])
    for stream in streams:
        for outcome, count in stream.counts.items():
            rows.add_metric([stream.name, outcome], count)
        alerts.add_metric([stream.name], sum(n for outcome, n in stream.counts.items() if outcome in ALERTS))
    yield rows
    yield alerts
    for name, (text, read) in GAUGES.items():
        gauge = GaugeMetricFamily(name, text, labels=["stream"])
        for stream in streams:
            value = read(stream)
            if value is not None:
                gauge.add_metric([stream.name], float(value))
        yield gauge


GAUGES: dict[str, tuple[str, Callable[[StreamHealth], float | None]]] = {
    "standout_stream_owned": ("1 where this server watches the stream.", lambda s: s.owned),
    "standout_stream_quiet_seconds": ("Since the last rows came.", lambda s: s.quiet),
    "standout_stream_stopped": ("1 where data have stopped.", lambda s: s.stopped),
    "standout_stream_waiting_rows": ("Rows held until their time comes.", lambda s: s.waiting),
    "standout_stream_entities": ("Entities that are remembered.", lambda s: s.entities),
    "standout_stream_drift_log10": (
        "Decimal logarithm of the evidence that the null no longer holds; sure from 6.",
        lambda s: s.drift,
    ),
    "standout_model_age_seconds": (
        "Since the model file was written.",
        lambda s: None if s.model_age is None else DAY * s.model_age,
    ),
}
"""What is told of each stream: its meaning and where it is read."""
