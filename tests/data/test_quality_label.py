from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from surveying import codes, found, looked_at

from standout.core.table import Role
from standout.data.hints import Hints
from standout.data.opening import open_source
from standout.data.survey import Survey, survey

ROWS = 2000


def table(rng: np.random.Generator, share: float = 0.05) -> dict[str, Any]:
    truth = rng.random(ROWS) < share
    return {"a": rng.normal(size=ROWS) + truth, "b": rng.normal(size=ROWS), "fault": truth.astype(int)}


def surveyed(rng: np.random.Generator, make: Any, **hints: Any) -> Survey:
    columns = table(rng)
    truth = columns["fault"] == 1
    return looked_at({"given": make(truth), **columns}, label="fault", **hints)


def role(seen: Survey, name: str) -> Role:
    return seen.schema.by_name[name].role


def test_honest_columns_give_no_finding(rng: np.random.Generator) -> None:
    assert codes(looked_at(table(rng), label="fault")) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda truth: np.where(truth, 3, np.arange(ROWS) % 3),
        lambda truth: np.where(truth, "closed by review", "open"),
        lambda truth: [f"reason {i % 7}" if t else None for i, t in enumerate(truth)],
        lambda truth: [i * 0.37 % 1 if t else None for i, t in enumerate(truth)],
        lambda truth: (truth & (np.arange(ROWS) % 2 == 0)).astype(int),
    ],
    ids=["a code", "a category", "a reason only anomalies have", "a number only anomalies have", "a flag of one kind of them"],
)
def test_a_column_that_gives_the_label_away_is_left_out_and_told(rng: np.random.Generator, make: Any) -> None:
    seen = surveyed(rng, make)
    finding = found(seen, "label-leak")
    assert finding is not None
    assert (finding.column, finding.level) == ("given", "warning")
    assert role(seen, "given") is Role.IGNORED
    assert "gives the label away" in seen.schema.by_name["given"].why
    assert seen.sample.schema == seen.schema


def test_a_measured_number_that_separates_without_error_is_told_and_stays(rng: np.random.Generator) -> None:
    seen = surveyed(rng, lambda truth: rng.normal(size=ROWS) + 20.0 * truth)
    assert found(seen, "label-separated") is not None
    assert role(seen, "given") is Role.FEATURE


def test_a_column_whose_kind_was_said_is_told_and_stays(rng: np.random.Generator) -> None:
    seen = surveyed(rng, lambda truth: np.where(truth, 3, np.arange(ROWS) % 3), kinds={"given": "number"})
    assert found(seen, "label-separated") is not None
    assert role(seen, "given") is Role.FEATURE


def test_a_telling_name_or_place_needs_only_some_evidence(rng: np.random.Generator) -> None:
    columns = table(rng, 0.3)
    hint = rng.normal(size=ROWS) + 1.5 * columns["fault"]
    named = looked_at({"prediction_score": hint, **columns}, label="fault")
    behind = looked_at({**{f"x{i}": rng.normal(size=ROWS) for i in range(8)}, **columns, "level": hint}, label="fault")
    before = looked_at({"level": hint, **columns}, label="fault")
    assert role(named, "prediction_score") is role(behind, "level") is Role.IGNORED
    assert role(before, "level") is Role.FEATURE


def test_a_telling_name_without_evidence_stays(rng: np.random.Generator) -> None:
    seen = looked_at({"target_temperature": rng.normal(size=ROWS), **table(rng)}, label="fault")
    assert role(seen, "target_temperature") is Role.FEATURE


def test_a_label_of_one_class_few_anomalies_and_many_are_told(rng: np.random.Generator) -> None:
    columns = table(rng)
    label = np.zeros(ROWS, dtype=int)
    assert codes(looked_at({**columns, "fault": label}, label="fault")) == ["label-one-class"]
    label[:7] = 1
    rare = found(looked_at({**columns, "fault": label}, label="fault"), "label-rare")
    assert rare is not None
    assert rare.message == "Only 7 of 2,000 rows are labelled as anomalies (0.35%)."
    label[:600] = 1
    common = found(looked_at({**columns, "fault": label}, label="fault"), "label-anomalies-common")
    assert common is not None
    assert common.message.startswith("30% of the rows are labelled as anomalies")
    label[:1500] = 1
    assert "label-mostly-anomalies" in codes(looked_at({**columns, "fault": label}, label="fault"))


def test_rows_without_a_label_are_told(rng: np.random.Generator) -> None:
    columns = table(rng)
    columns["fault"] = [None if i < 500 else int(v) for i, v in enumerate(columns["fault"])]
    finding = found(looked_at(columns, label="fault"), "label-missing")
    assert finding is not None
    assert finding.message == "25% of the rows have no label."


def test_a_label_that_begins_after_many_rows_is_still_a_label(rng: np.random.Generator) -> None:
    columns = {"a": rng.normal(size=15_000), "state": [None] * 12_000 + ["ok"] * 2900 + ["worn"] * 100}
    seen = looked_at(columns, label="state")
    assert (role(seen, "state"), seen.normal) == (Role.LABEL, "ok")


@pytest.mark.parametrize(("file", "label", "leak"), [("KDDTest+.txt", "column_42", "column_43")])
def test_the_difficulty_level_of_nsl_kdd_is_found(public_data: Path, file: str, label: str, leak: str) -> None:
    source = open_source(public_data / "nsl-kdd" / file)
    seen = survey(source, Hints(label=label), np.random.default_rng(0))
    assert [f.name for f in seen.schema.fields if "gives the label away" in f.why] == [leak]


def test_the_kinds_of_failure_of_ai4i_are_found(public_data: Path) -> None:
    source = open_source(public_data / "industrial" / "ai4i2020.csv")
    seen = survey(source, Hints(label="Machine failure"), np.random.default_rng(0))
    assert [f.name for f in seen.schema.fields if "gives the label away" in f.why] == ["TWF", "HDF", "PWF", "OSF"]
