"""Anomalies made on purpose."""

from __future__ import annotations

import numpy as np

from standout.core.table import Column, Field, Kind, Role, Schema, Table
from standout.evaluate.planted import KINDS, plant


def sample(n: int = 400) -> Table:
    rng = np.random.default_rng(1)
    schema = Schema(
        (
            Field("id", Kind.TEXT, Role.ID),
            Field("amount", Kind.NUMBER),
            Field("count", Kind.NUMBER),
            Field("city", Kind.CATEGORY),
            Field("night", Kind.FLAG),
        )
    )
    columns = (
        Column.coded([f"r{i}" for i in range(n)], Kind.TEXT),
        Column(Kind.NUMBER, rng.normal(100, 5, n)),
        Column(Kind.NUMBER, rng.integers(1, 9, n).astype(float)),
        Column.coded(rng.choice(["Oslo", "Bern"], n).tolist()),
        Column(Kind.FLAG, (rng.random(n) < 0.3).astype(float)),
    )
    return Table.of(schema, columns)


def test_every_kind_is_planted_at_rows_of_its_own_and_the_table_stays_as_it_was() -> None:
    table = sample()
    before = [c.values.copy() for c in table.columns]
    planted = plant(table, np.random.default_rng(0), each=20)
    assert planted.kinds == tuple(KINDS)
    assert len(np.unique(planted.at)) == len(planted.at) == 20 * len(KINDS)
    for column, old in zip(table.columns, before, strict=True):
        np.testing.assert_array_equal(column.values, old)
    untouched = np.setdiff1d(np.arange(len(table)), planted.at)
    for old, new in zip(table.columns, planted.table.columns, strict=True):
        np.testing.assert_array_equal(old.values[untouched], new.values[untouched])
    np.testing.assert_array_equal(planted.table["id"].values, table["id"].values)


def of_kind(name: str) -> tuple[Table, Table]:
    table = sample()
    planted = plant(table, np.random.default_rng(0), each=20)
    at = planted.at[planted.kind == planted.kinds.index(name)]
    return table.take(at), planted.table.take(at)


def test_a_value_far_out_lies_beyond_anything_usual_in_one_number_alone() -> None:
    old, new = of_kind("value far out")
    moved = [np.abs(new[n].values - old[n].values) > 0 for n in ("amount", "count")]
    assert (moved[0] ^ moved[1]).all()
    assert (np.abs(new["amount"].values[moved[0]] - 100) > 30).all()
    np.testing.assert_array_equal(new["count"].values, np.round(new["count"].values))


def test_mixed_rows_hold_only_values_that_were_there() -> None:
    table = sample()
    _, new = of_kind("columns of two rows mixed")
    for name in ("amount", "count", "city", "night"):
        assert np.isin(new[name].values, table[name].values).all()


def test_an_unseen_category_was_never_there() -> None:
    old, new = of_kind("category never seen")
    assert not set(new["city"].texts()) & set(old["city"].texts())


def test_a_wrong_unit_makes_numbers_ten_times_too_large() -> None:
    old, new = of_kind("wrong unit")
    ratios = np.column_stack([new[n].values / old[n].values for n in ("amount", "count")])
    assert np.isclose(ratios.max(axis=1), 10).all()
    assert np.isclose(ratios.min(axis=1), 1).all()


def test_a_burst_of_missing_values_takes_half_of_the_columns() -> None:
    _, new = of_kind("many values missing")
    gone = np.column_stack([new[n].missing for n in ("amount", "count", "city", "night")])
    assert (gone.sum(axis=1) == 2).all()


def test_only_ordinary_rows_are_changed() -> None:
    ordinary = np.arange(400) < 200
    assert plant(sample(), np.random.default_rng(0), ordinary=ordinary).at.max() < 200


def test_a_table_with_nothing_to_change_plants_nothing() -> None:
    table = Table.of(Schema((Field("x", Kind.TEXT),)), [Column.coded(["a", "b"], Kind.TEXT)])
    planted = plant(table, np.random.default_rng(0))
    assert planted.kinds == ()
    assert len(planted.at) == 0


def test_the_same_seed_plants_the_same() -> None:
    one, two = (plant(sample(), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.at, two.at)
    np.testing.assert_array_equal(one.table["amount"].values, two.table["amount"].values)
