"""Standard input and folders of Parquet files."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standout.core.errors import EmptyTableError, UnreadableError
from standout.data.opening import open_source


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def rows(source: object) -> list[dict[str, object]]:
    return pa.Table.from_batches(list(open_source(source).batches())).to_pylist()


@pytest.mark.parametrize(
    "data",
    [b"n,word\n1,a\n2,b\n", gzip.compress(b"n;word\n1;a\n2;b\n"), b'{"n": 1, "word": "a"}\n{"n": 2, "word": "b"}\n'],
    ids=["csv", "packed", "json"],
)
def test_standard_input_is_read_as_a_file_of_its_kind(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, data)
    source = open_source("-")
    first = pa.Table.from_batches(list(source.batches()))
    assert first.to_pylist() == [{"n": 1, "word": "a"}, {"n": 2, "word": "b"}]
    assert pa.Table.from_batches(list(source.batches())).equals(first)
    assert source.name == "standard-input"


def test_standard_input_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    piped(monkeypatch, b"n\n1\n2\n")
    source = open_source("-")
    assert list(tmp_path.iterdir())
    list(source.batches())
    del source
    assert not list(tmp_path.iterdir())


def test_empty_input_and_a_person_at_the_keyboard_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    piped(monkeypatch, b"")
    with pytest.raises(EmptyTableError, match=r"^Standard input is empty"):
        open_source("-")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableError, match="Nothing comes in"):
        open_source("-")


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    for day, site, n in ((1, "north shore", [1, 2]), (2, "south", [3])):
        folder = tmp_path / f"day={day}" / f"site={site.replace(' ', '%20')}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"n": n}), folder / "part-0.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".hidden.parquet").write_bytes(b"no parquet")
    source = open_source(str(tmp_path))
    assert source.rows == 3
    assert rows(source) == [
        {"n": 1, "day": 1, "site": "north shore"},
        {"n": 2, "day": 1, "site": "north shore"},
        {"n": 3, "day": 2, "site": "south"},
    ]
    assert source.findings == ()


def test_files_that_differ_are_joined_and_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [0.5]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"a": [2], "b": ["x"]}), tmp_path / "3.parquet")
    source = open_source(tmp_path)
    assert rows(source) == [{"a": 1.0, "b": "1"}, {"a": 0.5, "b": None}, {"a": 2.0, "b": "x"}]
    assert sorted(f.code for f in source.findings) == ["files-differ", "mixed-types"]


def test_a_damaged_file_among_them_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    (tmp_path / "2.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UnreadableError, match=r"2\.parquet"):
        open_source(tmp_path)


def test_a_folder_without_parquet_is_still_refused_whatever_a_run_left_below_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "a-run").mkdir()
    pq.write_table(pa.table({"row": [1]}), tmp_path / "a-run" / "alerts.parquet")
    with pytest.raises(UnreadableError, match="is a folder"):
        open_source(tmp_path)
