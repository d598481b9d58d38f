"""Values that are read without Arrow: the same column as with it, or none."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.table import Column, Field, Kind
from standout.data.convert import to_column
from standout.data.values import array_of
from standout.deploy.live.plain_values import MOST, plain_column
from standout.deploy.live.values import column_of

BLANKS = st.sampled_from(["", " ", "\u00a0", "a", "a ", "null"])
ZONES = st.sampled_from(["", "Z", "+01:00", "-13:59"])
MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(2300, 1, 1)).map(lambda t: t.isoformat(" " if t.second % 2 else "T"))
TIMES = st.one_of(
    st.builds(lambda t, z: t + z, MOMENTS, ZONES),
    st.sampled_from(["2026-02-30 10:00", "2026-01-01", "24/12/2023", "2026-01-01T24:00", "2026-01-01 10:00:60", "", "soon"]),
)
NUMBERS = st.one_of(st.floats(), st.integers(-(2**70), 2**70))
STRINGS = st.one_of(BLANKS, st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
VALUES = {Kind.NUMBER: NUMBERS, Kind.FLAG: st.booleans(), Kind.CATEGORY: STRINGS, Kind.TEXT: STRINGS, Kind.TIME: TIMES}


def as_arrow_has_it(values: list[object], field: Field) -> Column:
    return to_column(array_of(values), field)[0]


@pytest.mark.parametrize("kind", Kind)
@settings(deadline=None)
@given(data=st.data())
def test_what_is_read_without_arrow_is_what_arrow_reads(kind, data):
    values = data.draw(st.lists(st.one_of(st.none(), VALUES[kind]), min_size=1, max_size=6))
    types = {type(v) for v in values if v is not None}
    field = Field("x", kind)
    plain = plain_column(values, types, field) if types else None
    if plain is not None:
        arrow = as_arrow_has_it(values, field)
        assert plain.categories == arrow.categories
        np.testing.assert_array_equal(plain.values, arrow.values)


@pytest.mark.parametrize("kind", Kind)
def test_what_every_sender_writes_is_read_without_arrow(kind):
    usual = {
        Kind.NUMBER: [1, 2.5],
        Kind.FLAG: [True],
        Kind.CATEGORY: ["DE"],
        Kind.TEXT: ["a b"],
        Kind.TIME: ["2026-03-01T12:00:00Z"],
    }
    values = [*usual[kind], None]
    assert plain_column(values, {type(v) for v in usual[kind]}, Field("x", kind)) is not None
    assert plain_column(values * MOST, {type(v) for v in usual[kind]}, Field("x", kind)) is None


def test_times_with_zones_are_in_utc():
    column, unread = column_of(["2026-03-01T12:00:00+02:00", "2026-03-01 10:00"], Field("at", Kind.TIME))
    assert not unread
    assert len({*column.values.tolist()}) == 1
    assert column.values[0] == np.datetime64(datetime(2026, 3, 1, 12) - timedelta(hours=2), "us")


@pytest.mark.parametrize("company", [[], [""], ["a", "a"]])
def test_a_blank_text_is_missing_in_any_company(company):
    for read in (as_arrow_has_it, lambda values, field: column_of(values, field)[0]):
        assert read([" ", *company], Field("x", Kind.CATEGORY)).missing[0]
