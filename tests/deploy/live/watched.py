"""Small models and services for tests of the live engine, put together by hand without the flow."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from standout.calibrate.conformal import Conformal
from standout.calibrate.policies.level import Level
from standout.core.detector import Detector, own_scores
from standout.core.model import Fitted, Model
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find
from standout.core.sequence import in_order
from standout.core.table import Column, Field, Kind, Role, Schema, Table
from standout.data.frames import to_arrow
from standout.deploy.live.clock import Clock
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings

SCHEMA = Schema(
    (
        Field("at", Kind.TIME, Role.TIME),
        Field("pump", Kind.CATEGORY, Role.ENTITY),
        Field("flow", Kind.NUMBER),
        Field("heat", Kind.NUMBER),
        Field("mode", Kind.CATEGORY),
    )
)
START = np.datetime64("2026-03-01T00:00:00", "us")
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC)


def table(n: int = 120, seed: int = 0, pumps: int = 3, odd: tuple[int, ...] = ()) -> Table:
    """One row a second, pumps in turn; rows in `odd` have a flow that no other row has."""
    rng = np.random.default_rng(seed)
    flow = rng.normal(10, 1, n)
    flow[list(odd)] += 60
    columns = [
        Column(Kind.TIME, START + np.arange(n) * np.timedelta64(1, "s")),
        Column.coded([f"p{i % pumps}" for i in range(n)]),
        Column(Kind.NUMBER, flow),
        Column(Kind.NUMBER, rng.normal(50, 5, n)),
        Column.coded([("slow", "fast")[i] for i in rng.integers(2, size=n)]),
    ]
    return Table.of(SCHEMA, columns)


def arrow(rows: Table, ids: list[str] | None = None) -> pa.Table:
    """Rows as a sender gives them."""
    columns = {f.name: to_arrow(c) for f, c in zip(rows.schema.fields, rows.columns, strict=True)}
    return pa.table({"event_id": ids, **columns} if ids else columns)


def mappings(rows: Table, ids: list[str] | None = None) -> list[dict[str, Any]]:
    """As above, one mapping a row."""
    return arrow(rows, ids).to_pylist()


def model(detector: str = "k-nearest-neighbours", level: float = 0.005, explained: bool = False, **params: Any) -> Model:
    rows = table(600, seed=1)
    fitted = fit_all(rows, {}, seed=0)
    part = cast("Detector", find("detector", detector).make(params))
    order, starts = in_order(rows)
    matrix = assemble(fitted, rows.take(order), starts) if part.kind == "sequence" else assemble(fitted, rows)
    rng = np.random.default_rng(0)
    state = part.fit(matrix, rng)
    own = own_scores(part, state, matrix, rng)
    null = Conformal().fit(own, rng)
    explainer = None
    if explained:
        chosen: Any = find("explainer", "conditional")()
        explainer = Fitted(chosen, chosen.fit(rows.take(order) if part.kind == "sequence" else rows, matrix, own, rng))
    preparers = tuple(Fitted(p, s) for p, s in fitted)
    return Model(
        rows.schema, preparers, Fitted(part, state), Fitted(Conformal(), null), Level(level=level), explainer, {"seed": 0}
    )


class SetClock(Clock):
    """A clock that stands still until it is moved; `steady` goes along unless told."""

    def __init__(self, now: datetime = LONG_AGO) -> None:
        self.at, self.passed = now, 0.0

    def now(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.passed

    def move(self, seconds: float, steady: bool = True) -> None:
        self.at += timedelta(seconds=seconds)
        self.passed += seconds if steady else 0.0


@contextmanager
def service(folder: Path, made: Model | None = None, clock: Clock | None = None, owner: str = "", **settings: Any):
    """A service that watches `pumps` with a model, its store in the folder."""
    path = folder / "pumps.standout"
    if made is not None or not path.exists():
        (made or model()).save(path)
    told = {"store": f"sqlite:///{folder}/live.db", "models": (f"pumps={path}",), **settings}
    with Service.open(Settings.make(told), clock=clock or SetClock(), owner=owner) as opened:
        yield opened
