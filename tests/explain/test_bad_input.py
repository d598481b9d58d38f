"""Tables that break explanations elsewhere, for detectors of every kind: reasons, counterfactuals, SHAP, dependence, drivers, own rate."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from typer.testing import CliRunner

from standout.core.detector import Detector
from standout.core.errors import DataError
from standout.core.model import Model
from standout.core.registry import part_from_dict
from standout.core.table import Column, Kind, Table
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.deploy.cli import app_for
from standout.explain.dependence import dependence
from standout.explain.hit_rate import COMBINATION, SHIFT
from standout.explain.shap_values import explanation
from standout.explain.whole import overview
from standout.flow import fit
from standout.goal.goal import Goal

ROWS = 200
rng = np.random.default_rng(0)
BASE, HIDDEN = rng.normal(size=ROWS), rng.normal(size=(ROWS, 2))
SHOPS = rng.choice(["a", "b", "c"], ROWS)

TABLES: dict[str, dict[str, Any]] = {
    "copies": {"a": BASE, "b": BASE, "c": BASE, "d": -BASE},
    "sums": {"a": BASE, "b": HIDDEN[:, 0], "c": BASE + HIDDEN[:, 0], "d": BASE - HIDDEN[:, 0]},
    "constants": {"a": BASE, "b": np.ones(ROWS), "c": np.zeros(ROWS), "d": ["x"] * ROWS},
    "one column": {"a": BASE},
    "one category": {"s": SHOPS},
    "categories": {"a": BASE, "s": SHOPS, "t": rng.choice(["u", "v"], ROWS)},
    "infinite": {"a": np.where(BASE > 2.2, np.inf, BASE), "b": HIDDEN[:, 0], "c": HIDDEN[:, 1]},
    "holes": {"a": np.where(BASE > 1, np.nan, BASE), "b": np.where(BASE < 0, np.nan, HIDDEN[:, 0]), "c": HIDDEN[:, 1]},
    "two rows": {"a": [1.0, 2.0], "b": [3.0, 1.0], "c": [5.0, 4.0]},
}
DETECTORS: dict[str, dict[str, Any] | None] = {
    "the default": None,
    "isolation-forest": {"part": "isolation-forest", "trees": 20},
    "k-nearest-neighbours": {"part": "k-nearest-neighbours"},
    "autoencoder": {"part": "autoencoder", "steps": 40},
    "xgboost": {"part": "xgboost", "trees": 10},
    "wrapped": {"part": "wrapped", "estimator": "sklearn.neighbors.LocalOutlierFactor"},
}
CASES = [pytest.param(what, by, id=f"{what}, {by}") for what in TABLES for by in DETECTORS]


@cache
def model_of(what: str, by: str) -> tuple[Model, Table]:
    """A model fitted as a user would, and the rows that it learned from."""
    frame, goal, chosen = pa.table(dict(TABLES[what])), Goal(), DETECTORS[by]
    if by == "xgboost":
        frame, goal = frame.append_column("label", pa.array(np.arange(len(frame)) % 10 == 0)), Goal(label="label")
    part = None if chosen is None else cast("Detector", part_from_dict("detector", chosen))
    try:
        model = fit(frame, goal, detector=part).model
    except DataError:
        assert what == "two rows"
        pytest.skip(f"{by} refuses two rows by name")
    return model, next(t for t, _ in tables(open_source(frame), model.schema))


def with_values(row: Table, values: dict[str, Any]) -> Table:
    """A row with other values; text is a category."""
    columns = tuple(
        c if f.name not in values
        else Column.coded([values[f.name]], c.kind) if isinstance(values[f.name], str)
        else Column(c.kind, np.array([values[f.name]], dtype=c.values.dtype), c.categories)
        for f, c in zip(row.schema.fields, row.columns, strict=True)
    )  # fmt: skip  # as it is read
    return Table(row.schema, columns, row.rows)


def asked(model: Model, train: Table) -> dict[str, Table]:
    """Rows to explain: one far out or of a category never seen, one infinite, and one without any value."""
    row, numbers = train.take(np.array([0])), [f.name for f in model.schema.features if f.kind is Kind.NUMBER]
    found = {"nothing": Table(row.schema, tuple(Column.absent(f.kind, 1) for f in row.schema.fields), row.rows)}
    if numbers:
        found |= {"far": with_values(row, {numbers[0]: 40.0}), "infinite": with_values(row, {numbers[0]: np.inf})}
    unseen = {f.name: "never seen" for f in model.schema.features if f.kind is Kind.CATEGORY}
    return found | ({"unseen": with_values(row, unseen)} if unseen else {})


@pytest.mark.parametrize(("what", "by"), CASES)
def test_shares_sum_to_the_excess_and_a_counterfactual_keeps_its_word(what: str, by: str) -> None:
    model, train = model_of(what, by)
    raw = model.score(train).raw
    limit = float(np.quantile(raw, 0.9))
    for row in asked(model, train).values():
        told, served = model.attributions(row), float(model.score(row).raw[0])
        assert np.isfinite(told.amounts).all()
        assert (told.amounts >= 0).all()
        assert told.amounts.sum() == pytest.approx(max(served - told.typical, 0.0))
        [reason] = model.explain(row, limit=limit)
        shares = sum(c.share for c in reason.contributions) + reason.rest
        assert shares == pytest.approx(1 if served > told.typical else 0)
        assert reason.sentence.endswith(".")
        json.dumps(reason.as_dict(), allow_nan=False)
        changed = reason.counterfactual
        assert changed is not None
        if served < limit:
            assert not changed.found  # nothing to bring under it
        if changed.found:
            moved = with_values(row, {c.column: c.to for c in changed.changes})
            assert float(model.score(moved).raw[0]) == pytest.approx(changed.score, rel=1e-4)
            assert changed.score < limit
        [never] = model.explain(row, limit=float(raw.min()) - 1.0)
        assert never.counterfactual is not None
        assert not never.counterfactual.found
        assert never.as_dict()["counterfactual"]["found"] is False


@pytest.mark.parametrize(("what", "by"), CASES)
def test_an_overview_tells_what_can_be_told_and_names_what_cannot_be_measured(what: str, by: str) -> None:
    model, train = model_of(what, by)
    reasons = [r for row in asked(model, train).values() for r in model.explain(row)]
    told = overview(model, reasons, train)
    assert sum(len(g.rows) for g in told.groups) == len(reasons)
    assert sum(d.share for d in told.drivers) <= 1 + 1e-9
    assert all(np.isfinite([*d.scores, *d.low, *d.high]).all() for d in told.dependences)
    unmeasured = [f for f in told.findings if f.code == "reasons-unmeasured"]
    assert {h.kind for h in told.hits} | {str(f.numbers["kind"]) for f in unmeasured} == {SHIFT, COMBINATION}
    assert len(told.hits) + len(unmeasured) == 2
    assert all(0 <= h.rate <= 1 and h.chance < 1 and h.rows >= 10 for h in told.hits)
    if what in ("constants", "one column", "one category", "two rows"):
        assert told.hits == ()
    if what == "two rows":
        assert all("of its 2 rows" in f.message for f in unmeasured)
    for column in (f.name for f in model.schema.features):
        shown = dependence(model, train, column)
        assert shown is None or np.isfinite([*shown.scores, *shown.low, *shown.high]).all()


@pytest.mark.parametrize("by", ["isolation-forest", "k-nearest-neighbours", "xgboost"])
@pytest.mark.parametrize("what", TABLES)
def test_shap_values_of_odd_rows_are_finite_and_sum_to_what_they_explain(what: str, by: str) -> None:
    pytest.importorskip("shap", reason="pip install 'standout[shap]'")
    model, train = model_of(what, by)
    for row in asked(model, train).values():
        told = explanation(model, row, train)
        assert np.isfinite(told.values).all()
        score = float(model.score(row).raw[0])
        whole = np.log2(score) if by == "isolation-forest" else score
        assert float(told.base_values[0] + told.values[0].sum()) == pytest.approx(whole, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("what", TABLES)
def test_the_command_explains_odd_tables_or_names_what_is_wrong(what: str, tmp_path) -> None:
    pyarrow.csv.write_csv(pa.table(dict(TABLES[what])), tmp_path / "rows.csv")
    model, rows = str(tmp_path / "m.standout"), str(tmp_path / "rows.csv")

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(app_for(arguments), arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    said("train", rows, "--out", model, "--detector", "isolation-forest")
    first, last = map(json.loads, said("explain", model, rows, "--row", "0", "--json").splitlines())
    assert first["row"] == 0
    assert {f["code"] for f in last["overview"]["findings"]} <= {"reasons-unmeasured", "reasons-poor"}
    assert len(last["overview"]["hit_rates"]) < 2 or what in ("copies", "sums", "categories", "infinite", "holes")
