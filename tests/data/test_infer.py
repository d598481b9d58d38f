"""What each column is and what it is for."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from standout.core.errors import EmptyTableError, LabelError, ParameterError, UnknownNameError
from standout.core.table import Field, Kind, Role, Schema
from standout.data.column_kinds import words
from standout.data.hints import Hints
from standout.data.infer import infer_schema
from standout.data.opening import open_source

N = 60


def one(values: Any, name: str = "x", rows: int | None = None, **told: Any) -> tuple[Field, list[str]]:
    """What is inferred of one column beside an ordinary one."""
    array = pa.array(values)
    sample = pa.table({name: array, "other": np.random.default_rng(0).normal(size=len(array))})
    schema, findings = infer_schema(sample, rows or len(array), None, Hints(**told))
    return schema.by_name[name], [f.code for f in findings if f.column == name]


def repeat(*values: Any) -> list[Any]:
    return list(values) * (N // len(values))


@pytest.mark.parametrize(
    ("values", "name", "kind"),
    [
        (np.linspace(0, 1, N), "x", Kind.NUMBER),
        (repeat(1, 2, 3), "grade", Kind.NUMBER),
        (repeat(0, 1), "x", Kind.FLAG),
        (repeat(0.0, 1.0, None), "x", Kind.FLAG),
        (repeat("yes", "no"), "x", Kind.FLAG),
        (repeat(True, False), "x", Kind.FLAG),
        (repeat("Male", "Female"), "sex", Kind.CATEGORY),
        (repeat("1", "2.5", None), "x", Kind.NUMBER),
        (repeat("01067", "80331"), "x", Kind.CATEGORY),
        (repeat(10115, 80331), "zip_code", Kind.CATEGORY),
        (repeat("2024-01-01", "2024-01-02"), "x", Kind.TIME),
        (repeat("31.12.2023 10:00", "01.01.2024 11:00"), "x", Kind.TIME),
        (repeat(1700000000, 1700000300), "timestamp", Kind.TIME),
        (repeat(1700000000000, 1700000300000), "created_at", Kind.TIME),
        (repeat(20240131, 20240228), "date", Kind.TIME),
        (repeat(1700000000, 1700000300), "revenue", Kind.NUMBER),
        ([f"The pump number {i} made a strange noise again today" for i in range(N)], "note", Kind.TEXT),
    ],
)
def test_kinds(values: Any, name: str, kind: Kind) -> None:
    field, _ = one(values, name)
    assert field.kind is kind
    assert field.why


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (np.random.default_rng(1).permutation(N), "PolicyNumber"),
        (np.arange(1000, 1000 + N), "n"),
        ([str(uuid.UUID(int=i * 7919)) for i in range(N)], "x"),
        ([f"M{i * 13 % 997}" for i in range(N)], "product"),
        (np.arange(N) * 7919, "account_id"),
    ],
)
def test_identifiers_are_left_out_and_told(values: Any, name: str) -> None:
    field, codes = one(values, name)
    assert field.role is Role.ID
    assert codes == ["identifier"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (np.random.default_rng(1).integers(0, 10**6, N), "amount"),
        (np.linspace(0, 1, N), "id_score"),
        (repeat(1, 2, 3), "id"),
        (np.arange(5), "x"),
    ],
)
def test_ordinary_columns_are_no_identifiers(values: Any, name: str) -> None:
    assert one(values, name)[0].role is Role.FEATURE


def test_uniqueness_in_a_sample_is_checked_against_the_whole() -> None:
    sample = pa.table({"word": [f"w{i}" for i in range(N)], "x": np.random.default_rng(0).normal(size=N)})
    role = {d: infer_schema(sample, 6000, {"word": d})[0].by_name["word"].role for d in (70, 6000)}
    assert role == {70: Role.FEATURE, 6000: Role.ID}


def test_constant_and_empty_columns_are_left_out_and_told() -> None:
    assert one(repeat(7))[0].role is Role.IGNORED
    assert one(repeat("a"))[1] == ["constant"]
    field, codes = one(pa.nulls(N))
    assert (field.role, codes) == (Role.IGNORED, ["all-missing"])


def test_a_third_value_that_the_sample_missed_makes_it_no_flag() -> None:
    sample = pa.table({"v": repeat(0, 1), "w": repeat("yes", "no"), "x": np.random.default_rng(0).normal(size=N)})
    schema, _ = infer_schema(sample, 10**6, {"v": 3, "w": 3})
    assert [f.kind for f in schema.fields] == [Kind.NUMBER, Kind.CATEGORY, Kind.NUMBER]


def test_a_constant_is_judged_on_all_rows_and_missing_values_speak() -> None:
    assert one(repeat(7), rows=10**6)[0].role is Role.FEATURE
    assert one(repeat(7, None))[0].role is Role.FEATURE


@pytest.mark.parametrize("name", ["label", "is_fraud", "FraudFound_P", "Machine failure", "anomaly", "Class", "target"])
def test_an_obvious_label_never_reaches_the_features(name: str) -> None:
    field, codes = one([0, 1, 0, 0, 0, 0] * 10, name)
    assert field.role is Role.LABEL
    assert codes == ["label-taken"]


def test_a_label_may_name_kinds() -> None:
    assert one(repeat("normal", "scan", "flood"), "attack")[0].role is Role.LABEL
    assert one(repeat("none", "bearing"), "fault")[0].role is Role.LABEL


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (repeat("Policy Holder", "Third Party"), "Fault"),
        (repeat(1, 2, 3), "class"),
        (repeat("a", "b"), "class"),
        (np.linspace(0, 1, N), "outcome"),
        (repeat(0, 1), "tagged_by_hand"),
    ],
)
def test_what_is_not_obvious_stays_a_feature(values: Any, name: str) -> None:
    assert one(values, name)[0].role is Role.FEATURE


def test_a_rare_label_of_which_the_sample_holds_none_is_still_the_label() -> None:
    sample = pa.table({"fraud": [0] * N, "x": np.random.default_rng(0).normal(size=N)})
    schema, _ = infer_schema(sample, 10**6, {"fraud": 2})
    assert (schema.by_name["fraud"].role, schema.by_name["fraud"].kind) == (Role.LABEL, Kind.FLAG)


def test_a_second_label_is_left_out_unless_its_kind_is_told() -> None:
    sample = pa.table({"fraud": repeat(0, 1), "attack": repeat("normal", "scan"), "x": np.random.default_rng(0).normal(size=N)})
    schema, findings = infer_schema(sample, N)
    assert [f.role for f in schema.fields] == [Role.IGNORED, Role.LABEL, Role.FEATURE]
    assert "label-like" in [f.code for f in findings]
    schema, _ = infer_schema(sample, N, None, Hints(label="attack", kinds={"fraud": Kind.FLAG}))
    assert schema.by_name["fraud"].role is Role.FEATURE


def test_one_column_of_times_is_the_clock() -> None:
    times = np.datetime64("2024-01-01") + np.arange(N).astype("timedelta64[s]")
    assert one(times)[0].role is Role.TIME
    sample = pa.table({"opened": times, "closed": times, "x": np.random.default_rng(0).normal(size=N)})
    schema, findings = infer_schema(sample, N)
    assert schema.with_role(Role.TIME) is None
    assert [f.code for f in findings] == ["several-times"] * 2
    assert infer_schema(sample, N, None, Hints(time="closed"))[0].by_name["closed"].role is Role.TIME


def test_ambiguous_dates_are_told_and_the_order_of_rows_decides() -> None:
    field, codes = one([f"{m:02d}/{d:02d}/2024" for m in (1, 2, 3) for d in range(1, 13)], "day")
    assert field.form == "%m/%d/%Y"
    assert "day-or-month" in codes
    field, codes = one([f"{d:02d}/{m:02d}/2024" for m in (1, 2, 3) for d in range(1, 13)], "day")
    assert field.form == "%d/%m/%Y"
    assert one(["03/04/2024", "04/04/2024"], "day", day_first=False)[0].form == "%m/%d/%Y"


def test_text_of_numbers_is_read_and_told() -> None:
    field, codes = one(repeat("1,234.5", "12", "1,000,000"))
    assert (field.kind, field.form, codes) == (Kind.NUMBER, "thousands-comma", ["numbers-in-text"])
    field, codes = one([*(str(i % 150) for i in range(300)), "ERR"])
    assert (field.kind, codes) == (Kind.NUMBER, ["not-all-numbers"])
    assert one(repeat("1", "2", "ERR"))[0].kind is Kind.CATEGORY


def test_an_entity_is_suggested_and_never_taken() -> None:
    field, codes = one(repeat("M1", "M2", "M3"), "machine")
    assert (field.role, codes) == (Role.FEATURE, ["entity-like"])
    assert one(repeat("M1", "M2"), "machine", entity="machine")[0].role is Role.ENTITY


def test_hints_win() -> None:
    assert one(repeat(1, 2, 3), kinds={"x": "category"})[0].kind is Kind.CATEGORY
    assert one(np.arange(N), kinds={"x": "number"})[0].role is Role.FEATURE
    assert one(repeat(1, 2), ignore=("x",))[0].role is Role.IGNORED
    assert one(np.linspace(0, 1, N), id="x")[0].role is Role.ID
    assert one(repeat(1, 2), label="x")[0].kind is Kind.CATEGORY
    assert one(repeat(0, 1), label="x")[0].kind is Kind.FLAG


def test_bad_hints_are_named() -> None:
    with pytest.raises(UnknownNameError, match="no column named 'y'"):
        one([1, 2], label="y")
    with pytest.raises(ParameterError, match="two roles"):
        one([1, 2], label="x", ignore=("x",))
    with pytest.raises(UnknownNameError, match="kind of column"):
        one([1, 2], kinds={"x": "numbr"})
    with pytest.raises(LabelError, match="no values"):
        one(pa.nulls(3), label="x")
    with pytest.raises(EmptyTableError):
        infer_schema(pa.table({"a": pa.array([], pa.int64())}), 0)


def test_nested_values_are_left_out_and_told() -> None:
    field, codes = one([[1, 2]] * N)
    assert (field.role, codes) == (Role.IGNORED, ["unusable-column"])


def test_a_schema_with_forms_survives_json() -> None:
    schema = Schema((Field("d", Kind.TIME, Role.TIME, "told", "%d/%m/%Y"),))
    assert Schema.from_list(schema.as_list()) == schema
    assert schema.assign("d", role=Role.FEATURE).by_name["d"].form == "%d/%m/%Y"
    assert schema.assign("d", kind=Kind.TEXT).by_name["d"].form == ""


def test_words_of_names() -> None:
    assert words("AgentType_2") == ["agent", "type", "2"]
    assert words("HTTPStatus") == ["http", "status"]


@pytest.mark.parametrize(
    ("path", "label", "left_out"),
    [
        ("fraud/fraud_oracle.csv", "FraudFound_P", {"PolicyNumber"}),
        ("industrial/ai4i2020.csv", "Machine failure", {"UID", "Product ID"}),
    ],
)
def test_public_files_are_understood_without_a_word(public_data: Path, path: str, label: str, left_out: set[str]) -> None:
    source = open_source(public_data / path)
    sample = pa.Table.from_batches(list(source.batches()))
    schema, _ = infer_schema(sample, sample.num_rows)
    found = schema.with_role(Role.LABEL)
    assert found is not None
    assert found.name == label
    assert {f.name for f in schema.fields if f.role not in (Role.FEATURE, Role.LABEL)} == left_out
