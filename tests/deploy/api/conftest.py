"""A small model and an open service behind the HTTP face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from served_here import Served, served

from standout.core.model import Model
from standout.deploy.live.service import Service
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


@pytest.fixture(scope="session")
def model_file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "payments.standout"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def service(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An open service with one stream, payments, and nothing in its store."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/live.db"
    with Service.open(Settings(models=(f"payments={model_file}",), store=store)) as opened:
        yield opened


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
