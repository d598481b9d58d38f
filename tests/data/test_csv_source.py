"""Delimited text: any delimiter, encoding and packing, and everything that can be wrong with it."""

from __future__ import annotations

import bz2
import gzip
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import EmptyTableError, ParameterError, SchemaError, UnreadableError
from standout.data.csv_source import CsvSource
from standout.data.source import ReadAgain, read_through


def write(folder: Path, data: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def whole(source: CsvSource) -> pa.Table:
    return read_through(source, lambda batches: pa.Table.from_batches(list(batches)))


def codes(source: CsvSource) -> list[str]:
    return [f.code for f in source.findings]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["a", "b", "c"], ["1", "x", "2.5"], ["2", "y", "3.5"]))
    table = whole(CsvSource(write(tmp_path, text)))
    assert table.to_pydict() == {"a": [1, 2], "b": ["x", "y"], "c": [2.5, 3.5]}


def test_prefers_semicolons_where_commas_are_decimal(tmp_path: Path) -> None:
    assert whole(CsvSource(write(tmp_path, "a;b\n1,5;2,5\n3,5;4,5\n"))).column_names == ["a", "b"]


def test_reads_columns_parted_by_runs_of_blanks(tmp_path: Path) -> None:
    table = whole(CsvSource(write(tmp_path, "  1.5   2e3\n -3    4\n")))
    assert table.to_pydict() == {"column_1": [1.5, -3.0], "column_2": [2000.0, 4.0]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"])
def test_reads_any_encoding_and_says_so(tmp_path: Path, encoding: str) -> None:
    text = "größe,ort\n1,Zürich\n2,Köln\n3,Besançon\n4,Málaga und die Küste\n"
    source = CsvSource(write(tmp_path, text.encode(encoding)))
    assert whole(source).to_pydict() == {"größe": [1, 2, 3, 4], "ort": ["Zürich", "Köln", "Besançon", "Málaga und die Küste"]}
    assert ("encoding-guessed" in codes(source)) is not encoding.startswith("utf-8")


def test_an_accent_after_a_plain_beginning_changes_the_encoding(tmp_path: Path) -> None:
    rows = "".join(f"{i},plain\n" for i in range(200_000))
    source = CsvSource(write(tmp_path, b"a,b\n" + rows.encode() + "1,Zürich\n".encode("cp1252")))
    table = whole(source)
    assert table.num_rows == 200_001
    assert table.column("b")[-1].as_py() == "Zürich"
    assert "encoding-mixed" in codes(source)


def test_reads_packed_files(tmp_path: Path) -> None:
    text = b"a,b\n1,x\n2,y\n"
    packed = {"d.csv.gz": gzip.compress(text), "d.csv.bz2": bz2.compress(text), "d.zst": pa.compress(text, "zstd", asbytes=True)}
    for name, data in packed.items():
        assert whole(CsvSource(write(tmp_path, data, name))).to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_a_gzip_file_cut_short_is_named(tmp_path: Path) -> None:
    text = "".join(f"{i},{i * 7919 % 10007}\n" for i in range(300_000)).encode()
    path = write(tmp_path, gzip.compress(b"a,b\n" + text)[:-5000], "d.csv.gz")
    with pytest.raises(UnreadableError, match="damaged or cut short"):
        whole(CsvSource(path))


def test_damaged_gzip_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        CsvSource(write(tmp_path, b"\x1f\x8b\x08" + b"junk" * 30, "d.csv.gz"))


def test_missing_markers_are_missing_and_words_stay(tmp_path: Path) -> None:
    table = whole(CsvSource(write(tmp_path, "a,b\n?,none\nNA,None\n-,x\n1,null\nNaN,unknown\n")))
    assert table.column("a").to_pylist() == [None, None, None, 1, None]
    assert table.column("b").to_pylist() == ["none", None, "x", None, "unknown"]


def test_infinities_are_numbers(tmp_path: Path) -> None:
    table = whole(CsvSource(write(tmp_path, "a\n1.5\ninf\n-Infinity\n1e300\n")))
    assert table.column("a").to_pylist() == [1.5, float("inf"), float("-inf"), 1e300]


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    assert whole(CsvSource(write(tmp_path, "zip,x\n01234,1\n99999,2\n"))).column("zip").to_pylist() == ["01234", "99999"]


@pytest.mark.parametrize(
    ("late", "expected"), [("2.5", pa.float64()), ("abc", pa.string()), ("99999999999999999999", pa.float64())]
)
def test_a_late_value_widens_its_column_and_the_pass_starts_again(tmp_path: Path, late: str, expected: pa.DataType) -> None:
    rows = [f"{i},x" for i in range(400_000)]
    rows[-100_000] = f"{late},x"
    rows[-90_000] = "7,y"
    path = write(tmp_path, gzip.compress(("a,b\n" + "\n".join(rows)).encode(), 1), "d.csv.gz")
    source = CsvSource(path)
    source._block = 1 << 18  # so that batches were given before the value is met
    passes = 0

    def read(batches: object) -> pa.Table:
        nonlocal passes
        passes += 1
        return pa.Table.from_batches(list(batches))  # type: ignore[call-overload]

    table = read_through(source, read)
    assert passes == 2
    assert table.schema.field("a").type == expected
    assert table.num_rows == 400_000
    assert str(table.column("a")[300_000].as_py()) == (late if expected != pa.float64() else str(float(late)))
    assert ("mixed-types" in codes(source)) is (expected == pa.string())


def test_pieces_give_no_row_twice_when_types_widen(tmp_path: Path) -> None:
    rows = [str(i) for i in range(400_000)]
    rows[-1] = "end"
    source = CsvSource(write(tmp_path, gzip.compress(("a\n" + "\n".join(rows)).encode(), 1), "d.gz"))
    source._block = 1 << 18
    got = [str(v) for piece in source.pieces() for v in piece.column("a").to_pylist()]
    assert got == rows


def test_batches_ask_to_be_read_again_only_after_rows_were_given(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a\n1\n2\n"))
    source._types["a"] = pa.bool_()
    assert [b.num_rows for b in source.batches()] == [2]
    rows = [str(i) for i in range(400_000)] + ["end"]
    source = CsvSource(write(tmp_path, gzip.compress(("a\n" + "\n".join(rows)).encode(), 1), "d.gz"))
    source._block = 1 << 18
    with pytest.raises(ReadAgain):
        list(source.batches())
    assert sum(b.num_rows for b in source.batches()) == 400_001


def test_ragged_rows_are_left_out_and_told_with_their_lines(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a,b\n1,2\n3\n\n4,5,6\n7,8\n"))
    assert whole(source).to_pydict() == {"a": [1, 7], "b": [2, 8]}
    (finding,) = [f for f in source.findings if f.code == "ragged-rows"]
    assert finding.numbers["count"] == 2
    assert finding.numbers["lines"] == "3, 5"


def test_quoted_delimiters_and_line_ends_belong_to_the_value(tmp_path: Path) -> None:
    table = whole(CsvSource(write(tmp_path, 'a,b\n1,"x, y"\n2,"two\nlines"\n3,"say ""no"""\n')))
    assert table.column("b").to_pylist() == ["x, y", "two\nlines", 'say "no"']


def test_a_quoted_line_end_far_from_the_head_is_read(tmp_path: Path) -> None:
    rows = "".join(f"{i},plain\n" for i in range(200_000))
    source = CsvSource(write(tmp_path, f'a,b\n{rows}7,"two\nlines"\n'))
    assert whole(source).column("b")[-1].as_py() == "two\nlines"


def test_a_file_without_a_header_gets_numbered_names(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "0,tcp,5\n1,udp,6\n0,tcp,7\n"))
    assert whole(source).column_names == ["column_1", "column_2", "column_3"]
    assert "no-header" in codes(source)


def test_header_and_names_can_be_told(tmp_path: Path) -> None:
    path = write(tmp_path, "2019,2020\n1,2\n3,4\n")
    assert whole(CsvSource(path, header=True)).to_pydict() == {"2019": [1, 3], "2020": [2, 4]}
    assert whole(CsvSource(path, header=False, names=["x", "y"])).num_rows == 3
    with pytest.raises(SchemaError, match="3 names were given for 2 columns"):
        CsvSource(path, names=["x", "y", "z"])


@pytest.mark.parametrize("above", ["# made by the till\n# on Monday, early\n", "Takings of shop A\n\n", "\n#\nTakings\n"])
def test_lines_above_the_table_are_passed_over_and_told(tmp_path: Path, above: str) -> None:
    source = CsvSource(write(tmp_path, above + "day,shop,amount\n" + "1,A,2.5\n2,B,7.0\n" * 20))
    table = whole(source)
    assert table.column_names == ["day", "shop", "amount"]
    assert table.num_rows == 40
    assert codes(source) == ["preamble-lines"]


def test_a_header_of_comment_marks_and_one_short_of_a_name_are_no_preamble(tmp_path: Path) -> None:
    assert whole(CsvSource(write(tmp_path, "#day,shop\n" + "1,A\n" * 20))).column_names == ["#day", "shop"]
    assert whole(CsvSource(write(tmp_path, "value\n" + "1,2\n" * 20))).column_names == ["row", "value"]
    assert whole(CsvSource(write(tmp_path, "#1,A\n" * 20), header=False)).num_rows == 20


def test_a_header_short_of_one_name_is_completed_and_told(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a,b\nr1,1,2\nr2,3,4\n"))
    assert whole(source).to_pydict() == {"row": ["r1", "r2"], "a": [1, 3], "b": [2, 4]}
    assert codes(source) == ["short-header"]
    assert whole(CsvSource(write(tmp_path, "a,b\n1,2,\n3,4,\n"))).column_names == ["a", "b", "unnamed"]


def test_a_file_of_which_no_row_fits_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmptyTableError, match="None of the 2 rows"):
        whole(CsvSource(write(tmp_path, "a,b\n1,2,3,4\n5\n")))


def test_a_stray_zero_byte_is_no_reason_to_refuse(tmp_path: Path) -> None:
    table = whole(CsvSource(write(tmp_path, b"a,b\n" + b"1,x\n" * 200 + b"2,y\0z\n")))
    assert table.column("b")[-1].as_py() == "y\0z"


def test_bytes_that_do_not_fit_a_told_encoding_are_replaced_and_told(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a,b\n1,ü\n".encode("cp1252")), encoding="utf-8")
    assert whole(source).column("b").to_pylist() == ["\ufffd"]
    assert codes(source) == ["encoding-mixed"]


def test_doubled_and_empty_names_are_made_unique_and_told(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a,a,,a_2\n1,2,3,4\n"))
    assert whole(source).column_names == ["a", "a_3", "column_3", "a_2"]
    assert codes(source).count("column-renamed") == 2


def test_one_row_and_one_column_are_enough(tmp_path: Path) -> None:
    assert whole(CsvSource(write(tmp_path, "a,b\n1,x"))).num_rows == 1
    assert whole(CsvSource(write(tmp_path, "value\n1\n\n3\n"))).column("value").to_pylist() == [1, None, 3]


def test_a_column_without_values_is_read(tmp_path: Path) -> None:
    assert whole(CsvSource(write(tmp_path, "a,b\n1,\n2,\n"))).column("b").null_count == 2


@pytest.mark.parametrize(("data", "error"), [(b"", "empty"), (b"\n\n \n", "blank"), (b"a,b\n", "no rows")])
def test_files_without_rows_are_named(tmp_path: Path, data: bytes, error: str) -> None:
    with pytest.raises(EmptyTableError, match=error):
        whole(CsvSource(write(tmp_path, data)))


def test_binary_junk_is_refused(tmp_path: Path) -> None:
    for data in (bytes(range(256)) * 40, b"\x01\x02\x03\x04" * 100):
        with pytest.raises(UnreadableError, match="binary"):
            CsvSource(write(tmp_path, data))


def test_an_unknown_encoding_or_delimiter_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    with pytest.raises(ParameterError, match="no encoding 'klingon'"):
        CsvSource(path, encoding="klingon")
    with pytest.raises(ParameterError, match="one plain character"):
        CsvSource(path, delimiter=";;")


cells = st.one_of(st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, width=64))
words = st.one_of(
    st.none(), st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1).map(lambda t: "w" + t)
)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(cells, words), min_size=1, max_size=30))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float | None, str | None]]) -> None:
    import csv

    path = tmp_path_factory.mktemp("trip") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "word"])
        writer.writerows([["" if v is None else repr(v) if isinstance(v, float) else v for v in row] for row in rows])
    table = whole(CsvSource(path, delimiter=",", header=True))
    assert [None if v is None else float(v) for v in table.column("number").to_pylist()] == [
        None if n is None else float(n) for n, _ in rows
    ]
    assert table.column("word").to_pylist() == [w for _, w in rows]


def test_reads_the_intrusion_file_without_a_header(public_data: Path) -> None:
    source = CsvSource(public_data / "nsl-kdd" / "KDDTest+.txt")
    assert len(source._head.names) == 43
    assert sum(b.num_rows for b in source.batches()) == 22_544
    assert "no-header" in codes(source)


def test_a_pass_begun_beforehand_gives_what_any_pass_gives_and_tells_what_a_late_row_overturns(tmp_path: Path) -> None:
    rows = [f"{i},x" for i in range(200_000)] + ["oops,x"] + [f"{i},x" for i in range(200_000)]
    path = write(tmp_path, "a,b\n" + "\n".join(rows))
    plain, begun = CsvSource(path), CsvSource(path)
    with begun.begun():
        table = whole(begun)
    assert table.equals(whole(plain))
    assert codes(begun) == codes(plain)
    assert whole(begun).equals(table)


def test_a_pass_that_nobody_asks_for_leaves_no_thread(tmp_path: Path) -> None:
    source = CsvSource(write(tmp_path, "a,b\n" + "1,x\n" * 1000))
    with source.begun():
        pass
    assert not [t for t in threading.enumerate() if t.name == "standout-begun"]
    assert whole(source).num_rows == 1000
