"""Rows as senders give them: a value reads the same alone as in company, and as a batch would read it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
import watched
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.table import Field, Kind, Role, Schema
from standout.data.convert import to_column
from standout.deploy.live.bodies import pack_rows, unpack_rows
from standout.deploy.live.lanes import Lanes
from standout.deploy.live.rows import read_arrow, read_mappings, together
from standout.deploy.live.values import column_of

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["1.5", " 7 ", "n/a", "yes", "2026-03-01", "2026-03-01T10:00:00Z", "1,5", "12%"]),
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)), st.dates(date(1980, 1, 1), date(2100, 1, 1)),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2), st.binary(max_size=4),
)  # fmt: skip  # one kind of value a line
KINDS = st.sampled_from([Kind.NUMBER, Kind.FLAG, Kind.CATEGORY, Kind.TEXT, Kind.TIME])


def shown(column, row):
    value = column.at(row)
    return str(value) if column.kind is Kind.TIME else value


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=8), KINDS)
def test_a_value_reads_the_same_alone_as_in_company(values, kind):
    field = Field("x", kind)
    whole, unread = column_of(values, field)
    for i, value in enumerate(values):
        alone, missed = column_of([value], field)
        assert shown(alone, 0) == shown(whole, i)
        assert bool(missed) == (i in unread)
        if missed:
            assert whole.missing[i]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1, max_size=6))
def test_numbers_read_as_a_batch_reads_them(values):
    batch, _ = to_column(pa.array(values, pa.float64()), Field("x", Kind.NUMBER))
    assert np.array_equal(column_of(values, Field("x", Kind.NUMBER))[0].values, batch.values, equal_nan=True)


def test_nested_objects_are_columns_named_outer_inner():
    schema = Schema((Field("engine.rpm", Kind.NUMBER), Field("site", Kind.CATEGORY)))
    deep = {"engine": {"rpm": 7}, "site": "n"}
    read = read_mappings([[deep, {"engine.rpm": 8, "site": "n"}]], schema, "event_id")
    assert read.table["engine.rpm"].values.tolist() == [7.0, 8.0]
    bottomless: dict = {}
    inner = bottomless
    for _ in range(5_000):
        inner["engine"] = {}
        inner = inner["engine"]
    inner["x"] = 1
    assert "nested" in read_mappings([[bottomless]], schema, "event_id").rejected[0]


def test_each_sender_is_told_of_its_own_rows_only():
    good = watched.mappings(watched.table(2))
    odd = [{**good[0], "heat": "hot"}, {**good[0], "heat": "hotter"}]
    sparse = [{"flow": 1.0, "colour": "red"}]
    read = read_mappings([good, odd, sparse], watched.SCHEMA, "event_id")
    assert read.sizes == [2, 2, 1]
    assert read.findings[0] == ()
    assert [(f.code, f.numbers["count"]) for f in read.findings[1]] == [("not-converted", 2)]
    assert {f.code: f.column for f in read.findings[2]} == {"column-absent": "mode", "column-extra": "colour"}


def test_mappings_and_arrow_and_the_journal_give_the_same_table():
    rows = watched.table(50, odd=(3,))
    one = read_mappings([watched.mappings(rows)], watched.SCHEMA, "event_id")
    two = read_arrow(watched.arrow(rows, [f"é{i}" for i in range(50)]), watched.SCHEMA, "event_id")
    both = together([one, two])
    body = pack_rows(both.table, both.ids, {3: "why"}, {3: "what came"})
    back = unpack_rows(body, watched.SCHEMA)
    assert back.ids == [None] * 50 + [f"é{i}" for i in range(50)]
    assert (back.rejected, back.came) == ({3: "why"}, {3: "what came"})
    for name in watched.SCHEMA.names:
        for got in (both.table[name], back.table[name]):
            assert [shown(got, i) for i in range(100)] == 2 * [shown(rows[name], i) for i in range(50)]


@pytest.mark.parametrize("ids", [[1, 2, None], ["a", "a", ""], ["x" * 300, "b", "c"], ["a", "b", "c"]])
def test_ids_in_arrow_are_text_or_numbers(ids):
    told = watched.arrow(watched.table(3)).append_column("event_id", pa.array(ids))
    read = read_arrow(told, watched.SCHEMA, "event_id")
    assert [i is None for i in read.ids] == [v in (None, "") or len(str(v)) > 200 for v in ids]
    assert set(read.rejected) == {i for i, v in enumerate(ids) if len(str(v or "")) > 200}


def test_other_types_are_read_as_what_they_say():
    schema = Schema((Field("n", Kind.NUMBER), Field("t", Kind.TIME, Role.TIME), Field("c", Kind.CATEGORY)))
    rows = [{"n": Decimal("2.5"), "t": datetime(2026, 3, 1, 1, tzinfo=UTC), "c": 3.0}, {"n": True, "t": date(2026, 3, 2), "c": 3}]
    table = read_mappings([rows], schema, "event_id").table
    assert table["n"].values.tolist() == [2.5, 1.0]
    assert [str(v) for v in table["t"].values] == ["2026-03-01T01:00:00.000000", "2026-03-02T00:00:00.000000"]
    assert table["c"].texts() == ["3", "3"]


def test_lanes_add_up_to_all_rows_and_the_first_entities_have_their_own(tmp_path):
    rows = watched.table(300, pumps=6, odd=(100,))
    with watched.service(tmp_path, lanes=2) as service:
        receipt = service.take("pumps", watched.arrow(rows))
        with service.store.reading() as unit:
            lanes = unit.lanes.between("pumps", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    assert sum(lane.rows for lane in lanes) == 300
    assert {lane.entity for lane in lanes} == {"p0", "p1", ""}
    assert sum(lane.rows for lane in lanes if lane.entity == "p0") == 50
    assert sum(lane.alerts for lane in lanes) == len(receipt.alerts)
    assert Lanes(0).names == {}
