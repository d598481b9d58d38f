"""A small model and an open service behind the HTTP face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from served_here import Served, served

from standout.core.model import Model
from standout.data.convert import to_table
from standout.deploy.live.answers import Health
from standout.deploy.live.settings import Settings
from standout.detect.isolation_forest import IsolationForest
from standout.flow import run
from standout.goal.goal import Goal


@pytest.fixture(scope="session")
def rows() -> pa.Table:
    """1,000 made-up payments."""
    rng = np.random.default_rng(5)
    n = 1_000
    country = rng.choice(["DE", "FR", "NL"], n)
    return pa.table(
        {
            "at": pa.array(np.datetime64("2026-03-01T00:00:00", "us") + np.arange(n) * np.timedelta64(60, "s")),
            "amount": np.round(rng.gamma(2, 30, n), 2),
            "distance_km": rng.gamma(2, 5, n),
            "country": country,
            "online": rng.random(n) < 0.4,
        }
    )


@pytest.fixture(scope="session")
def model(rows: pa.Table) -> Model:
    return run(rows, Goal(alerts_per_10000_rows=20, time="at"), detector=IsolationForest(trees=32)).model


class Small:
    def __init__(self, model):
        self.settings = Settings()
        self.streams = {"payments": SimpleNamespace(model=model)}

    def score(self, stream, table):
        table, findings = to_table(table.combine_chunks().to_batches()[0], self.streams[stream].model.schema, 0)
        return replace(self.streams[stream].model.score(table), findings=findings)

    def explain(self, stream, table):
        return self.streams[stream].model.explain(self._table(stream, table))

    def _table(self, stream, table):
        return to_table(table.combine_chunks().to_batches()[0], self.streams[stream].model.schema, 0)[0]

    def health(self):
        return Health(True, "good", 0, 1, 0.0, {})


@pytest.fixture(scope="session")
def service(model):
    return Small(model)


@pytest.fixture(scope="module")
def here(service) -> Iterator[Served]:
    """A server with keys."""
    made = served(service)
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def open_here(service) -> Iterator[Served]:
    """A server without keys."""
    made = served(service, keys=False)
    yield made
    made.client.close()
