"""Tables: what is stored how, and what happens when another table comes than the one that was learned from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.core.errors import SchemaError, UnknownNameError
from standout.core.table import CODED, STORED_AS, Column, Field, Kind, Role, Schema, Table, concat

TIMES = np.array(["2026-01-01", "NaT", "2026-01-03"], dtype="datetime64[us]")
SCHEMA = Schema(
    (
        Field("amount", Kind.NUMBER),
        Field("new", Kind.FLAG),
        Field("shop", Kind.CATEGORY),
        Field("when", Kind.TIME, Role.TIME),
        Field("note", Kind.TEXT, Role.IGNORED),
    )
)


def small() -> Table:
    columns = [
        Column(Kind.NUMBER, np.array([1.0, np.nan, 3.0])),
        Column(Kind.FLAG, np.array([1.0, np.nan, 0.0])),
        Column.coded(["b", None, "a"]),
        Column(Kind.TIME, TIMES),
        Column.coded(["x y", None, "x y"], Kind.TEXT),
    ]
    return Table.of(SCHEMA, columns, first_row=10)


def rows_of(table: Table) -> list[tuple]:
    return [tuple(c.at(i) for c in table.columns) for i in range(len(table))]


def test_values_are_as_a_person_writes_them_and_missing_ones_none():
    first, second, third = rows_of(small())
    assert first == (1.0, True, "b", np.datetime64("2026-01-01", "us"), "x y")
    assert second == (None,) * 5
    assert third[1] is False
    assert all(c.missing.tolist() == [False, True, False] for c in small().columns)


@pytest.mark.parametrize("kind", Kind)
def test_an_absent_column_is_missing_throughout(kind):
    column = Column.absent(kind, 3)
    assert column.missing.all()
    assert [column.at(i) for i in range(3)] == [None] * 3
    assert column.values.dtype == STORED_AS[kind]
    assert len(Column.absent(kind, 0)) == 0


def test_a_column_stored_as_another_type_is_refused():
    with pytest.raises(SchemaError, match="A number column is stored as float64, not int64"):
        Column(Kind.NUMBER, np.arange(3))


def test_a_name_that_stands_twice_is_refused_by_name():
    with pytest.raises(SchemaError, match="'a' stands twice"):
        Schema((Field("a", Kind.NUMBER), Field("b", Kind.NUMBER), Field("a", Kind.FLAG)))


def test_a_schema_survives_plain_values():
    assert Schema.from_list(SCHEMA.as_list()) == SCHEMA
    assert hash(Schema.from_list(SCHEMA.as_list())) == hash(SCHEMA)
    with pytest.raises(SchemaError, match="other than text"):
        Schema.from_list([{**SCHEMA.as_list()[0], "name": 5}])


def test_a_role_is_given_to_a_known_column_only():
    changed = SCHEMA.assign("shop", role=Role.ENTITY, why="asked for")
    assert changed.by_name["shop"] == Field("shop", Kind.CATEGORY, Role.ENTITY, "asked for")
    assert [f.name for f in changed.features] == ["amount", "new"]
    with pytest.raises(UnknownNameError, match="Did you mean shop"):
        SCHEMA.assign("shops", role=Role.ENTITY)
    with pytest.raises(UnknownNameError, match="Did you mean amount"):
        small()["amuont"]


def test_a_table_whose_columns_do_not_fit_is_refused_by_name():
    one, two = Column(Kind.NUMBER, np.zeros(2)), Column(Kind.NUMBER, np.zeros(3))
    schema = Schema((Field("a", Kind.NUMBER), Field("b", Kind.NUMBER)))
    with pytest.raises(SchemaError, match="'b' has 3 rows, the table 2"):
        Table.of(schema, [one, two])
    with pytest.raises(SchemaError, match="2 columns and the table 1"):
        Table.of(schema, [one])
    with pytest.raises(SchemaError, match="'b' is stored as flag, its schema says number"):
        Table.of(schema, [one, Column(Kind.FLAG, np.zeros(2))])


def test_conforming_reorders_and_tells_of_columns_absent_and_extra():
    other = Schema((Field("extra", Kind.NUMBER), Field("shop", Kind.CATEGORY), Field("amount", Kind.NUMBER)))
    columns = [Column(Kind.NUMBER, np.zeros(2)), Column.coded(["a", "b"]), Column(Kind.NUMBER, np.array([5.0, 6.0]))]
    table, findings = Table.of(other, columns, first_row=4).conform(SCHEMA)
    assert table.schema == SCHEMA
    assert table.rows.tolist() == [4, 5]
    assert rows_of(table) == [(5.0, None, "a", None, None), (6.0, None, "b", None, None)]
    # that the ignored note and the clock are absent changes no score, and is not told
    assert {(f.code, f.column) for f in findings} == {("column-extra", "extra"), ("column-absent", "new")}
    assert small().conform(SCHEMA)[1] == ()


def test_conforming_to_another_kind_is_refused_by_name():
    other = Table.of(Schema((Field("amount", Kind.CATEGORY),)), [Column.coded(["a"])])
    with pytest.raises(SchemaError, match="'amount' is stored as category, its schema says number"):
        other.conform(SCHEMA)


def test_rows_are_taken_by_place_or_by_mask_and_keep_their_numbers():
    assert small().take(np.array([2, 0])).rows.tolist() == [12, 10]
    assert rows_of(small().take(np.array([True, False, True]))) == [rows_of(small())[i] for i in (0, 2)]
    assert small().only(["shop", "amount"]).schema.names == ("shop", "amount")


texts = st.lists(st.none() | st.sampled_from(["a", "b", "", "c"]), max_size=5)


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from(sorted(CODED)))
def test_pieces_put_together_say_what_they_said_apart(pieces, kind):
    schema = Schema((Field("x", kind),))
    tables, at = [], 0
    for piece in pieces:
        tables.append(Table.of(schema, [Column.coded(piece, kind)], first_row=at))
        at += len(piece)
    whole = concat(tables)
    said = [t for piece in pieces for t in piece]
    assert whole.columns[0].texts() == said
    assert whole.rows.tolist() == list(range(at))
    assert len(set(whole.columns[0].categories)) == len(whole.columns[0].categories)


def test_pieces_of_every_kind_are_put_together():
    whole = concat([small(), small().take(np.array([2]))])
    assert rows_of(whole) == rows_of(small()) + rows_of(small())[2:]
