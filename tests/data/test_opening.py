"""One door for files of every format and for tables in memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from standout.core.errors import (
    EmptyTableError,
    MissingExtraError,
    ParameterTypeError,
    SchemaError,
    UnknownNameError,
    UnreadableError,
)
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.data.opening import open_source

ROWS = {"n": [1, 2, 3], "x": [0.5, None, 2.5], "word": ["a", None, "c"]}


def whole(what: Any, **told: Any) -> pa.Table:
    source = open_source(what, **told)
    first = pa.Table.from_batches(list(source.batches()))
    assert pa.Table.from_batches(list(source.batches())).equals(first)  # every source can be read again
    return first


def codes(what: Any, **told: Any) -> list[str]:
    source = open_source(what, **told)
    list(source.batches())
    return [f.code for f in source.findings]


def test_reads_parquet_and_arrow_whatever_the_file_is_called(tmp_path: Path) -> None:
    pq.write_table(pa.table(ROWS), tmp_path / "d.parquet")
    feather.write_feather(pa.table(ROWS), tmp_path / "d.feather")
    (tmp_path / "renamed.csv").write_bytes((tmp_path / "d.parquet").read_bytes())
    for name in ("d.parquet", "d.feather", "renamed.csv"):
        assert whole(tmp_path / name).to_pydict() == ROWS


def test_nested_columns_are_flattened(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [{"b": 1, "c": {"d": "x"}}]}), tmp_path / "d.parquet")
    assert whole(tmp_path / "d.parquet").to_pydict() == {"a.b": [1], "a.c.d": ["x"]}


def test_reads_json_lines_and_arrays(tmp_path: Path) -> None:
    objects = [{"n": 1, "at": {"x": 2.5}}, {"n": 2, "tag": "b", "at": {"x": None}}, {"n": 3}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, objects)))
    (tmp_path / "d.json").write_text(json.dumps(objects, indent=2))
    expected = {"n": [1, 2, 3], "at.x": [2.5, None, None], "tag": [None, "b", None]}
    assert whole(tmp_path / "d.json").to_pydict() == expected
    lines = whole(tmp_path / "d.jsonl").to_pydict()
    assert lines["n"] == expected["n"]
    assert lines["tag"] == expected["tag"]
    assert lines["at.x"] == expected["at.x"]


def test_json_lines_that_are_no_objects_are_told_and_mixed_fields_become_text(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"a": 1}\n{"a": "x"}\n17\n{broken\n{"a": 2.5}\n')
    assert whole(path).column("a").to_pylist() == ["1", "x", "2.5"]
    assert codes(path) == ["json-lines-skipped"]
    (tmp_path / "e.json").write_text('[{"a": 1}, {"a": 2}')
    with pytest.raises(UnreadableError, match="no whole JSON array"):
        whole(tmp_path / "e.json")
    (tmp_path / "f.json").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableError, match="does not begin"):
        whole(tmp_path / "f.json")


def test_a_field_that_appears_late_is_missing_before(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(json.dumps({"a": i}) for i in range(70_000)) + '\n{"a": 1, "late": "x"}\n')
    late = whole(path).column("late")
    assert (late.null_count, late[-1].as_py()) == (70_000, "x")


def test_reads_a_sheet_and_tells_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame(ROWS).to_excel(book, sheet_name="first", index=False)
        pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-01-02"])}).to_excel(book, sheet_name="second", index=False)
    assert whole(path).to_pydict() == ROWS
    assert codes(path) == ["other-sheets"]
    assert pa.types.is_timestamp(whole(path, sheet="second").schema.field("t").type)
    with pytest.raises(UnknownNameError, match="Did you mean second"):
        open_source(path, sheet="secund")


def test_excel_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (tmp_path / "d.xlsx").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(MissingExtraError, match=r"standout\[excel\]"):
        open_source(tmp_path / "d.xlsx")


@pytest.mark.parametrize("name", ["d.parquet", "d.feather", "d.xlsx", "d.db"])
def test_damaged_files_are_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "d.parquet":
        pq.write_table(pa.table(ROWS), path)
    elif name == "d.feather":
        feather.write_feather(pa.table(ROWS), path)
    elif name == "d.xlsx":
        pd.DataFrame(ROWS).to_excel(path, index=False)
    data = path.read_bytes() if path.exists() else b"SQLite format 3\0" + b"junk" * 50
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(UnreadableError, match=name.replace(".", r"\.")):
        whole(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(UnreadableError, match="does not hold that format"):
        whole(path)


def test_a_flipped_byte_in_an_arrow_file_is_refused_or_read_but_never_trusted(tmp_path: Path, rng: np.random.Generator) -> None:
    feather.write_feather(pa.table(ROWS), tmp_path / "d.feather", compression="uncompressed")
    data = (tmp_path / "d.feather").read_bytes()
    for at in rng.integers(8, len(data), 200):
        (tmp_path / "d.feather").write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            table = whole(tmp_path / "d.feather")
        except (UnreadableError, EmptyTableError):
            continue
        table.validate(full=True)


def test_paths_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "payments.csv").write_text("a\n1\n")
    with pytest.raises(UnreadableError, match="is a folder"):
        open_source(tmp_path)
    with pytest.raises(UnreadableError, match=r"Did you mean payments\.csv"):
        open_source(tmp_path / "paymens.csv")
    with pytest.raises(UnreadableError, match="no folder"):
        open_source(tmp_path / "no" / "where.csv")
    with pytest.raises(UnreadableError):
        open_source("a\0b.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(UnreadableError, match="is a picture"):
        open_source(tmp_path / "picture.csv")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableError, match="Permission denied"):
        open_source(tmp_path / "payments.csv")


def test_empty_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "e.parquet")
    for name in ("e.csv", "e.parquet"):
        with pytest.raises(EmptyTableError):
            open_source(tmp_path / name)


def frames() -> list[Any]:
    return [
        ROWS,
        pa.table(ROWS),
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS).convert_dtypes(),
        pl.DataFrame(ROWS),
        pl.LazyFrame(ROWS),
        pa.RecordBatch.from_pydict(ROWS),
        np.array([(1, 0.5, "a"), (2, np.nan, "b"), (3, 2.5, "c")], dtype=[("n", "i8"), ("x", "f8"), ("word", "U1")]),
    ]


@pytest.mark.parametrize("what", frames(), ids=lambda w: f"{type(w).__module__}.{type(w).__name__}")
def test_takes_any_table_in_memory(what: Any) -> None:
    table = whole(what)
    assert [float(v) for v in table.column("n").to_pylist()] == [1.0, 2.0, 3.0]
    assert table.column("x").to_pylist()[::2] == [0.5, 2.5]
    assert table.column("word")[2].as_py() == "c"


def test_texts_of_polars_can_be_computed_with_whatever_they_are_wrapped_in(tmp_path: Path) -> None:
    frame = pl.DataFrame({"word": ["a", None, "c"], "raw": [b"x", b"y", b"z"], "many": [["a"], [], ["b", "c"]]}).with_columns(
        pl.col("word").cast(pl.Categorical).alias("kind"),
        pl.col("word").cast(pl.Enum(["a", "c"])).alias("grade"),
        pl.struct("word", "raw").alias("both"),
    )
    frame.write_ipc(tmp_path / "frame.arrow")
    for what in (frame, frame.lazy(), tmp_path / "frame.arrow"):
        table = whole(what)
        last = table.combine_chunks().to_batches()[0].take(pa.array([2])).to_pylist()[0]
        assert last == {
            "word": "c", "raw": b"z", "many": ["b", "c"], "kind": "c", "grade": "c", "both.word": "c", "both.raw": b"z",
        }  # fmt: skip


def test_takes_a_stream_that_can_be_read_once() -> None:
    table = pa.table(ROWS)
    assert whole(pa.RecordBatchReader.from_batches(table.schema, table.to_batches())).equals(table)


def test_takes_arrays_and_names_their_columns() -> None:
    assert whole(np.eye(2)).to_pydict() == {"column_1": [1.0, 0.0], "column_2": [0.0, 1.0]}
    assert whole(np.arange(3)).column_names == ["column_1"]
    assert whole(np.array([[1, "x"], [2, None]], dtype=object)).to_pydict() == {"column_1": [1, 2], "column_2": ["x", None]}
    with pytest.raises(SchemaError, match="3 dimensions"):
        open_source(np.zeros((2, 2, 2)))


def test_takes_a_table_of_its_own() -> None:
    schema = Schema((Field("a", Kind.NUMBER), Field("c", Kind.CATEGORY), Field("f", Kind.FLAG), Field("t", Kind.TIME)))
    times = np.array(["2024-01-01", "NaT"], dtype="datetime64[us]")
    columns = (
        Column(Kind.NUMBER, np.array([1.0, np.nan])), Column.coded(["x", None]),
        Column(Kind.FLAG, np.array([1.0, np.nan])), Column(Kind.TIME, times),
    )  # fmt: skip
    rows = whole(Table.of(schema, columns)).to_pylist()
    assert rows[0]["c"] == "x"
    assert rows[0]["f"] is True
    assert rows[1] == {"a": None, "c": None, "f": None, "t": None}


def test_pandas_peculiarities_are_taken_and_told() -> None:
    frame = pd.DataFrame(
        {"m": [1, "x", None], "c": pd.Categorical(["u", "v", "u"])}, index=pd.date_range("2024-01-01", periods=3)
    )
    table = whole(frame)
    assert table.column_names == ["index", "m", "c"]
    assert table.column("m").to_pylist() == ["1", "x", None]
    assert codes(frame) == ["index-taken", "mixed-types"]
    doubled = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert whole(doubled).column_names == ["a", "a_2"]


def test_what_is_no_table_is_named() -> None:
    with pytest.raises(ParameterTypeError, match="A int is no table"):
        open_source(17)
    with pytest.raises(SchemaError, match="different lengths"):
        open_source({"a": [1], "b": [1, 2]})
    for nothing in ({}, pd.DataFrame(), {"a": []}):
        with pytest.raises(EmptyTableError):
            open_source(nothing)
