"""What is kept of rows while a file streams by."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.table import Column, Field, Kind, Schema, Table
from standout.core.tally import Tally

SCHEMA = Schema((Field("x", Kind.NUMBER), Field("who", Kind.CATEGORY)))


def piece(first: int, scores: list[int]) -> Table:
    rows = range(first, first + len(scores))
    return Table.of(SCHEMA, [Column(Kind.NUMBER, np.array(rows, dtype=float)), Column.coded([f"w{i}" for i in rows])], first)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=12), min_size=1, max_size=8), st.integers(1, 8))
def test_the_strangest_rows_are_kept_whole_and_of_equal_ones_the_earlier(pieces: list[list[int]], kept: int) -> None:
    tally, first = Tally(kept=kept), 0
    for scores in pieces:
        tally.add(piece(first, scores), np.array(scores, dtype=float))
        first += len(scores)
    everyone = np.array([s for scores in pieces for s in scores], dtype=float)
    assert tally.raw.tolist() == everyone.tolist()
    strangest = np.lexsort((np.arange(len(everyone)), -everyone))[:kept]
    found = tally.rows_at(strangest)
    assert found is not None
    assert found.rows.tolist() == strangest.tolist()
    assert [found["who"].at(i) for i in range(len(found))] == [f"w{i}" for i in strangest]


def test_rows_that_were_let_go_are_not_made_up() -> None:
    tally = Tally(kept=2)
    for first in range(0, 30, 10):
        tally.add(piece(first, list(range(10))), np.arange(first, first + 10, dtype=float))
    assert tally.rows_at(np.array([3])) is None
    assert tally.rows_at(np.array([29, 28])) is not None
