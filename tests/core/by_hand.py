"""Small tables and models, put together by hand without the flow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from standout.calibrate.conformal import Conformal
from standout.calibrate.policies.strongest import Strongest
from standout.core.calibrator import Calibrator
from standout.core.detector import Detector, own_scores
from standout.core.model import Fitted, Model
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find
from standout.core.table import Column, Field, Kind, Role, Schema, Table

SCHEMA = Schema((Field("amount", Kind.NUMBER), Field("shop", Kind.CATEGORY), Field("customer", Kind.CATEGORY, Role.ENTITY)))


def table(n: int = 60, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    shops = [["north", "south", "east"][i] for i in rng.integers(3, size=n)]
    customers = [f"c{i % 2}" for i in range(n)]
    columns = [Column(Kind.NUMBER, rng.normal(10, 2, n)), Column.coded(shops), Column.coded(customers)]
    return Table.of(SCHEMA, columns)


def model(detector: str = "running-moments", explained: bool = False, **params: Any) -> Model:
    rows = table()
    fitted = fit_all(rows, {}, seed=0)
    matrix = assemble(fitted, rows)
    part = cast("Detector", find("detector", detector).make(params))
    rng = np.random.default_rng(0)
    state = part.fit(matrix, rng)
    null = Conformal().fit(own_scores(part, state, matrix, rng), rng)
    explainer = None
    if explained:
        chosen: Any = find("explainer", "conditional")()
        explainer = Fitted(chosen, chosen.fit(rows, matrix, part.score(state, matrix), rng))
    return Model(
        schema=rows.schema,
        preparers=tuple(Fitted(p, s) for p, s in fitted),
        detector=Fitted(part, state),
        calibrator=Fitted(Conformal(), null),
        policy=Strongest(alerts=3, level=0.05),
        explainer=explainer,
        provenance={"seed": 0, "file": "payments.csv"},
    )


def with_calibrator(made: Model, name: str, **params: Any) -> Model:
    """The model with another null, of its own scores of the table that it learned from."""
    part = cast("Calibrator", find("calibrator", name).make(params))
    rng = np.random.default_rng(0)
    matrix = made.prepare(table())
    state = part.fit(own_scores(made.detector.part, made.detector.state, matrix, rng), rng)
    return replace(made, calibrator=Fitted(part, state))
