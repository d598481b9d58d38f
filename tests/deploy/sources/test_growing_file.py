"""A file that grows is followed to its end and beyond: over rotation, truncation, restarts and lines that come in halves."""

from __future__ import annotations

import json
import os

import pytest
import sinking
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.errors import ParameterError, SchemaError, UnreadableError
from standout.deploy.sources.growing_file import GrowingFile
from standout.deploy.sources.lines import Cutter, Lines

HEADER = ",".join(sinking.COLUMNS) + "\n"


def append(path, *lines: str) -> None:
    with path.open("a") as handle:
        handle.write("".join(lines))


def numbers(n: int, start: int = 0) -> list[float]:
    return [float(i) for i in range(start, start + n)]


def followed(path) -> GrowingFile:
    return GrowingFile(path, every=0.02)


def test_lines_are_taken_in_as_they_come_and_a_half_line_waits(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(3)))
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        sinking.until(lambda: len(sinking.flows(service)) == 3)
        whole = sinking.csv_line(3)
        append(path, whole[:9])
        append(path, whole[9:], sinking.csv_line(4))
        sinking.until(lambda: len(sinking.flows(service)) == 5)
        assert sinking.flows(service) == numbers(5)


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path):
    path = tmp_path / "flow.jsonl"
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        append(path, json.dumps(sinking.row(0)) + "\n")
        sinking.until(lambda: sinking.flows(service) == [0.0])


def test_rotation_loses_nothing_and_takes_nothing_twice(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(10)))
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        sinking.until(lambda: len(sinking.flows(service)) == 10)
        path.rename(tmp_path / "flow.csv.1")
        append(tmp_path / "flow.csv.1", sinking.csv_line(10))  # the writer still holds the old file
        append(path, HEADER, *map(sinking.csv_line, range(11, 20)))
        sinking.until(lambda: len(sinking.flows(service)) == 20)
        assert sinking.flows(service) == numbers(20)


def test_a_file_that_is_copied_away_and_cut_short_is_begun_again(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(10)))
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        sinking.until(lambda: len(sinking.flows(service)) == 10)
        os.truncate(path, 0)
        append(path, HEADER, sinking.csv_line(10))
        sinking.until(lambda: len(sinking.flows(service)) == 11)


def test_a_restart_goes_on_where_it_was_through_two_rotations_meanwhile(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(4)))
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        sinking.until(lambda: len(sinking.flows(service)) == 4)
    append(path, sinking.csv_line(4))
    path.rename(tmp_path / "flow.csv.2")
    os.utime(tmp_path / "flow.csv.2", (1_000, 1_000))
    append(tmp_path / "flow.csv.1", HEADER, sinking.csv_line(5))
    os.utime(tmp_path / "flow.csv.1", (2_000, 2_000))
    append(path, HEADER, sinking.csv_line(6))
    with sinking.service(tmp_path) as service, sinking.fed(service, followed(path)):
        sinking.until(lambda: len(sinking.flows(service)) == 7)
        assert sinking.flows(service) == numbers(7)


def test_a_place_that_was_not_kept_takes_rows_again_and_the_stream_knows_them(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(5)))
    with sinking.service(tmp_path) as service:
        for _ in range(2):
            with sinking.fed(service, GrowingFile(path, follow=False)) as feeding:
                assert feeding.wait(30)
            with service.store.writing() as unit:
                known = unit.streams.get("pumps")
                unit.streams.change("pumps", known.changed, settings={})
        assert sinking.flows(service) == numbers(5)


def test_from_the_end_only_what_comes_is_taken_and_the_header_is_known(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, *map(sinking.csv_line, range(5)))
    with sinking.service(tmp_path) as service, sinking.fed(service, GrowingFile(path, start="end", every=0.02)) as feeding:
        sinking.until(lambda: not feeding.wait(0.1))
        append(path, sinking.csv_line(5))
        sinking.until(lambda: sinking.flows(service) == [5.0])


def test_lines_that_cannot_be_read_are_rejected_one_by_one_and_kept(tmp_path):
    path = tmp_path / "flow.csv"
    append(path, HEADER, sinking.csv_line(0), "only,three,cells\n", sinking.csv_line(1), "\n", "\x00\xff\n")
    receipts = []
    with sinking.service(tmp_path) as service:
        feed = sinking.Feeding(service, [("pumps", GrowingFile(path, follow=False))], told=lambda _, r: receipts.append(r))
        with feed as feeding:
            assert feeding.wait(30)
    counts = receipts[0].counts
    assert counts["rejected"] == 2
    assert sum(counts.values()) == 4
    assert "this is text" in " ".join(receipts[0].rejected.values())


def test_what_is_no_file_of_the_model_is_told_by_name(tmp_path):
    (tmp_path / "other.csv").write_text("colour;taste\nred;sweet\n")
    with sinking.service(tmp_path) as service:
        for path, error in (
            (tmp_path, UnreadableError),
            (tmp_path / "none.csv", UnreadableError),
            (tmp_path / "other.csv", SchemaError),
        ):
            with sinking.fed(service, GrowingFile(path, follow=False)) as feeding, pytest.raises(error):
                feeding.wait(30)


def test_a_file_without_a_header_is_read_by_the_order_of_the_models_columns():
    assert Lines(("a", "b")).rows([b"1,2\n", b"3,4\n"]) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


TEXT = st.lists(
    st.tuples(st.sampled_from(["plain", "with,comma", 'say ""hi""', "two\nlines"]), st.integers(0, 99)), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(TEXT, st.integers(1, 13))
def test_pieces_of_any_size_give_the_same_lines(rows, size):
    text = "".join(f'"{words}",{number}\n' for words, number in rows).encode()
    cutter, found = Cutter(0), []
    for at in range(0, len(text), size):
        found += cutter.cut(text[at : at + size])
    assert [line for _, line in found] == [f'"{words}",{number}\n'.encode() for words, number in rows]
    assert b"".join(line for _, line in found) == text
    assert all(text[at : at + len(line)] == line for at, line in found)
    assert cutter.rest() == []


def test_one_file_named_twice_for_a_stream_is_refused_by_name(tmp_path):
    path = tmp_path / "flow.csv"
    with sinking.service(tmp_path) as service, pytest.raises(ParameterError, match="twice"):
        sinking.Feeding(service, [("pumps", followed(path)), ("pumps", followed(path))])
