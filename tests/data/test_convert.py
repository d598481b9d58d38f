"""Arrow to Tables: every kind from every type, nothing lost in silence, a row alone as among others."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import SchemaError
from standout.core.finding import merged
from standout.core.table import Column, Field, Kind, Role, Schema, Table, concat
from standout.data.convert import tables, to_column, to_table
from standout.data.frames import to_arrow
from standout.data.infer import infer_schema
from standout.data.opening import open_source


def column(values: object, kind: Kind, form: str = "", type_: pa.DataType | None = None) -> Column:
    return to_column(pa.array(values, type_), Field("c", kind, form=form))[0]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, 3]),
        pa.array([1.0, np.nan, 3.0]),
        pa.array(["1", None, " 3.0 "]),
        pa.array(["1", "?", "3"]),
        pa.array([1, None, 3], pa.uint8()),
        pa.array(["1", "", "3"]).dictionary_encode(),
        pa.array([1, None, 3], pa.decimal128(10, 2)),
        pa.array([datetime.time(0, 0, 1), None, datetime.time(0, 0, 3)]),
        pa.array([1, None, 3], pa.duration("s")),
    ],
    ids=lambda a: str(a.type),
)
def test_numbers_come_from_any_type(values: pa.Array) -> None:
    got, findings = to_column(values, Field("c", Kind.NUMBER))
    np.testing.assert_array_equal(got.values, [1.0, np.nan, 3.0])
    assert findings == ()


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1,234,567.5", "thousands-comma", 1234567.5),
        ("1.234,5", "decimal-comma", 1234.5),
        ("1,5", "decimal-comma", 1.5),
        ("1.5", "decimal-comma", 1.5),
        ("1 234 567,25", "thousands-blank", 1234567.25),
        ("12,5 %", "percent", 0.125),
        ("$1,234.50", "currency", 1234.5),
        ("-inf", "", -np.inf),
        ("1e400", "", np.inf),
    ],
)
def test_numbers_in_text_are_read_in_their_form(text: str, form: str, expected: float) -> None:
    assert column([text], Kind.NUMBER, form).values.tolist() == [expected]


def test_values_that_do_not_fit_become_missing_and_are_counted_over_pieces() -> None:
    schema = Schema((Field("x", Kind.NUMBER), Field("f", Kind.FLAG)))
    found = []
    for piece in (["1", "bad"], ["bad", "worse"]):
        table, findings = to_table(pa.RecordBatch.from_pydict({"x": piece, "f": ["yes", "perhaps"]}), schema, 0)
        assert np.isnan(table["x"].values[1])
        found.extend(findings)
    counted = {f.column: f.numbers["count"] for f in merged(found)}
    assert counted == {"x": 3, "f": 2}
    assert merged(found)[0].message.startswith("3 values of x are no number, such as 'bad'")


def test_big_integers_are_told() -> None:
    _, findings = to_column(pa.array([1, 2**60]), Field("c", Kind.NUMBER))
    assert [(f.code, f.numbers["count"]) for f in findings] == [("big-integers", 1)]


def test_infinite_values_stay() -> None:
    assert column([np.inf, -np.inf, 1.0], Kind.NUMBER).values.tolist() == [np.inf, -np.inf, 1.0]


@pytest.mark.parametrize("values", [[True, False, None], [1, 0, None], [1.0, 0.0, None], ["yes", "No", None], ["TRUE", "f", ""]])
def test_flags_come_from_any_spelling(values: list[object]) -> None:
    np.testing.assert_array_equal(column(values, Kind.FLAG).values, [1.0, 0.0, np.nan])


def test_a_code_is_the_same_category_whether_the_file_writes_3_or_3_0() -> None:
    assert column([3, 4, None], Kind.CATEGORY).texts() == ["3", "4", None]
    assert column([3.0, 4.0, None], Kind.CATEGORY).texts() == ["3", "4", None]
    assert column(["3", "4", None], Kind.CATEGORY).texts() == ["3", "4", None]
    assert column([True, False, None], Kind.CATEGORY).texts() == ["true", "false", None]


def test_empty_text_is_missing() -> None:
    assert column(["a", "", "  ", "a"], Kind.CATEGORY).texts() == ["a", None, None, "a"]


def test_categories_come_from_dictionaries_with_double_and_missing_entries() -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None], pa.int8()), pa.array(["x", None, "x"]))
    assert to_column(array, Field("c", Kind.CATEGORY))[0].texts() == ["x", None, "x", None]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([datetime.datetime(2024, 3, 4, 5, 6, 7), None], ""),
        (["2024-03-04 05:06:07", None], ""),
        (["2024-03-04T07:06:07+02:00", "?"], ""),
        (["2024-03-04T05:06:07Z", "nan"], ""),
        ([1709528767, None], ""),
        ([1709528767000.0, None], ""),
        (["04/03/2024 05:06:07", None], "%d/%m/%Y %H:%M:%S"),
    ],
)
def test_times_come_in_utc_from_any_form(values: list[object], form: str) -> None:
    got, findings = to_column(pa.array(values), Field("c", Kind.TIME, form=form))
    assert got.values[0] == np.datetime64("2024-03-04T05:06:07")
    assert np.isnat(got.values[1])
    assert findings == ()


def test_impossible_dates_are_missing_and_told() -> None:
    got, findings = to_column(pa.array(["2024-02-30", "2024-02-29", "soon"]), Field("c", Kind.TIME))
    assert np.isnat(got.values).tolist() == [True, False, True]
    assert findings[0].numbers["count"] == 2


def test_absent_extra_and_reordered_columns_follow_the_schema() -> None:
    schema = Schema((Field("a", Kind.NUMBER), Field("b", Kind.CATEGORY), Field("i", Kind.NUMBER, Role.ID)))
    table, findings = to_table(pa.RecordBatch.from_pydict({"z": [1], "b": ["x"]}), schema, 5)
    assert table.schema is schema
    assert table["b"].texts() == ["x"]
    assert np.isnan(table["a"].values[0])
    assert table.rows.tolist() == [5]
    assert [(f.code, f.column) for f in findings] == [("column-extra", "z"), ("column-absent", "a")]
    with pytest.raises(SchemaError, match="None of the columns a, b"):
        to_table(pa.RecordBatch.from_pydict({"z": [1]}), schema, 0)


def test_tables_number_their_rows_and_tell_of_columns_once(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,z\n" + "".join(f"{i},0\n" for i in range(150_000)))
    schema = Schema((Field("a", Kind.NUMBER), Field("b", Kind.NUMBER)))
    pieces = list(tables(open_source(path), schema))
    assert len(pieces) > 1
    assert np.concatenate([t.rows for t, _ in pieces]).tolist() == list(range(150_000))
    assert [f.code for _, fs in pieces for f in fs] == ["column-extra", "column-absent"]


def test_a_row_alone_reads_as_among_others() -> None:
    texts = ["1,234.5", "7", "bad", "$5", "12/03/2024", "2024-03-12", "yes", "1"]
    for kind, form in ((Kind.NUMBER, "thousands-comma"), (Kind.TIME, "%d/%m/%Y"), (Kind.FLAG, ""), (Kind.CATEGORY, "")):
        together = column(texts, kind, form)
        for i, text in enumerate(texts):
            assert together.at(i) == column([text], kind, form).at(0)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=6).map(lambda t: "v" + t)
moments = st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2150, 1, 1))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=False)),
            st.one_of(st.none(), names),
            st.one_of(st.none(), st.booleans()),
            st.one_of(st.none(), moments),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_a_frame_written_as_csv_is_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]]
) -> None:
    import csv

    schema = Schema(tuple(Field(k.value, k) for k in (Kind.NUMBER, Kind.CATEGORY, Kind.FLAG, Kind.TIME)))
    cells = list(zip(*rows, strict=True))
    frame = pa.RecordBatch.from_arrays(
        [pa.array(c, t) for c, t in zip(cells, (pa.float64(), pa.string(), pa.bool_(), pa.timestamp("us")), strict=True)],
        names=list(schema.names),
    )
    expected, _ = to_table(frame, schema, 0)
    path = tmp_path_factory.mktemp("trip") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(schema.names)
        writer.writerows([["" if v is None else repr(v) if isinstance(v, float) else v for v in row] for row in rows])
    got, findings = zip(*tables(open_source(path, delimiter=",", header=True), schema), strict=True)
    assert_same(concat(got), expected)
    assert not any(findings)


def assert_same(one: Table, other: Table) -> None:
    for name in one.schema.names:
        if one[name].kind is Kind.CATEGORY:
            assert one[name].texts() == other[name].texts()
        else:
            np.testing.assert_array_equal(one[name].values, other[name].values)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.one_of(st.none(), names), min_size=1, max_size=20))
def test_a_column_goes_to_arrow_and_back(values: list[str | None]) -> None:
    column = Column.coded(values)
    assert to_column(to_arrow(column), Field("c", Kind.CATEGORY))[0].texts() == values


def test_an_inferred_schema_reads_its_own_sample_without_complaint() -> None:
    data = {
        "amount": ["1.234,50", "2,75", "10"] * 10, "day": ["13/01/2024", "14/01/2024", "15/01/2024"] * 10,
        "ok": ["yes", "no", "yes"] * 10, "shop": ["a", "b", "c"] * 10, "late": [1700000000, 1700000060, 1700000120] * 10,
    }  # fmt: skip
    sample = pa.table(data)
    schema, _ = infer_schema(sample, 30)
    table, findings = to_table(sample.to_batches()[0], schema, 0)
    assert not findings
    assert table["amount"].values[:3].tolist() == [1234.5, 2.75, 10.0]
    assert table["day"].values[0] == np.datetime64("2024-01-13")
