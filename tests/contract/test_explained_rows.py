"""Every row detector on a table of numbers and categories: what issue 5 promises of any, whatever it attributes by itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from cases import ROW_CASES, fitted

from standout.core.detector import Detector, Shapley
from standout.core.model import Model
from standout.core.table import Column, Kind, Table
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.explain.hit_rate import COMBINATION, SHIFT
from standout.explain.shap_values import explanation
from standout.explain.whole import overview
from standout.flow import fit
from standout.goal.goal import Goal

ROWS = 160
CASES = [c for c in ROW_CASES if c.id.endswith("-0")]


def shop() -> dict[str, Any]:
    """Two numbers that go together, one alone, and a category that goes with the first."""
    rng = np.random.default_rng(0)
    price = rng.normal(50, 10, ROWS)
    near = np.where(price > 50, "north", "south")
    return {"price": price, "tax": 0.2 * price + rng.normal(0, 0.3, ROWS), "weight": rng.normal(3, 1, ROWS), "depot": near}


@cache
def model_of(detector: Detector) -> tuple[Model, Table]:
    fitted(detector)  # skips where an extra is not installed
    frame, goal = pa.table(shop()), Goal()
    if detector.learns_from != "unlabelled":
        frame, goal = frame.append_column("label", pa.array(np.arange(ROWS) % 16 == 0)), Goal(label="label")
    model = fit(frame, goal, detector=detector).model
    return model, next(t for t, _ in tables(open_source(frame), model.schema))


def changed(row: Table, **values: Any) -> Table:
    columns = list(row.columns)
    for name, value in values.items():
        at = row.schema.names.index(name)
        columns[at] = Column.coded([value], Kind.CATEGORY) if name == "depot" else Column(Kind.NUMBER, np.array([float(value)]))
    return Table(row.schema, tuple(columns), row.rows)


def odd(train: Table) -> Table:
    return changed(train.take(np.array([3])), weight=30.0, depot="nowhere")


@pytest.mark.parametrize("detector", CASES)
def test_a_counterfactual_brings_the_row_under_the_limit_or_says_that_none_does(detector: Detector) -> None:
    model, train = model_of(detector)
    limit = float(np.quantile(model.score(train).raw, 0.95))
    for row in (odd(train), changed(train.take(np.array([5])), depot="nowhere")):
        [reason] = model.explain(row, limit=limit)
        told = reason.counterfactual
        assert told is not None
        if told.found:
            score = float(model.score(changed(row, **{c.column: c.to for c in told.changes})).raw[0])
            assert score < limit
            assert score == pytest.approx(told.score, rel=1e-5)
            assert all(c.to in ("north", "south") for c in told.changes if c.column == "depot")
        else:
            assert told.as_dict()["changes"] == []
    [reason] = model.explain(odd(train), limit=float(model.score(train).raw.min()) - 1.0)
    assert reason.counterfactual is not None
    assert not reason.counterfactual.found


@pytest.mark.parametrize("detector", CASES)
def test_similar_rows_are_rows_that_were_learned_from(detector: Detector) -> None:
    model, train = model_of(detector)
    for reason in model.explain(train, np.array([1, 2, 40])):
        assert len(reason.similar) == (3 if reason.excess > 0 else 0)
        for row in reason.similar:
            at = np.flatnonzero(train["price"].values == row["price"])
            assert [train["depot"].at(i) for i in at.tolist()] == [row["depot"]]


@pytest.mark.parametrize("detector", CASES)
def test_drivers_groups_dependence_and_the_own_hit_rate_are_told(detector: Detector) -> None:
    model, train = model_of(detector)
    reasons = model.explain(train, np.arange(12))
    told = overview(model, reasons, train)
    assert sorted(r for g in told.groups for r in g.rows) == list(range(12))
    if sum(r.excess for r in reasons) > 0:
        assert told.drivers
        assert sum(d.share for d in told.drivers) == pytest.approx(
            1 - sum(r.rest * r.excess for r in reasons) / sum(r.excess for r in reasons)
        )
        assert len(told.dependences) == min(4, len(told.drivers))
    assert [h.kind for h in told.hits] == [SHIFT, COMBINATION]
    assert told.hits[0].rate > 2 / 4  # better than two columns drawn at random


@pytest.mark.parametrize("detector", CASES)
def test_shap_values_sum_to_what_they_explain_with_the_sign_of_strangeness(detector: Detector) -> None:
    pytest.importorskip("shap", reason="pip install 'standout[shap]'")
    model, train = model_of(detector)
    row = odd(train)
    told = explanation(model, row, train)
    assert sorted(told.feature_names) == ["depot", "price", "tax", "weight"]
    whole = float(told.base_values[0] + told.values[0].sum())
    score = float(model.score(row).raw[0])
    if isinstance(detector, Shapley):
        values, base = detector.shapley(model.detector.state, model.prepare(row))
        assert whole == pytest.approx(base + float(values.sum()))
    else:
        assert whole == pytest.approx(score, rel=1e-5, abs=1e-5)
    if score > float(model.score(train).raw.max()):
        assert max(told.values[0]) > 0
