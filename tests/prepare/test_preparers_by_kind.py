"""What each preparer makes of a column, beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.preparer import Preparer
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.prepare._rarity import FARTHEST, rarity
from standout.prepare._scaling import soften
from standout.prepare.category import Category
from standout.prepare.flag import Flag
from standout.prepare.missing import Missing
from standout.prepare.number import Number
from standout.prepare.text import Text
from standout.prepare.time_cycle import TimeCycle


def table(*columns: Column) -> Table:
    return Table.of(Schema(tuple(Field(f"c{i}", c.kind) for i, c in enumerate(columns))), list(columns))


def numbers(values) -> Table:
    return table(Column(Kind.NUMBER, np.asarray(values, dtype=float)))


def made(preparer: Preparer, train: Table, test: Table | None = None) -> np.ndarray:
    state = preparer.fit(train, np.random.default_rng(0))
    return preparer.transform(state, train if test is None else test).astype(float)


def codes(preparer: Preparer, train: Table) -> list[str]:
    return [f.code for f in preparer.findings(preparer.fit(train, np.random.default_rng(0)), train.schema.names)]


NORMAL = np.random.default_rng(0).normal(50, 10, 2000)


def test_a_normal_column_is_in_standard_deviations() -> None:
    values = made(Number(knee=1e6), numbers(NORMAL))
    assert abs(np.median(values)) < 1e-6
    assert 0.95 < values.std() < 1.05


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=True), min_size=2, max_size=30))
def test_numbers_keep_their_order_and_infinity_is_at_the_ends(values: list[float]) -> None:
    train = numbers([*range(20), *values])
    test = np.sort(np.array([-np.inf, *values, np.inf]))
    assert np.all(np.diff(made(Number(), train, numbers(test))[:, 0]) >= 0)


def test_the_soft_scale_is_the_inverse_hyperbolic_sine() -> None:
    z = np.concatenate([-np.logspace(-9, 140, 500), [0.0], np.logspace(-9, 140, 500)])
    out = np.empty((len(z), 1), dtype=np.float32)
    soften(z, 0.0, 0.25, 3.0, 0.0, out, 0, 0, len(z))
    np.testing.assert_allclose(out[:, 0], 3 * np.arcsinh(z / 3), rtol=2e-7)


def test_a_column_of_mostly_one_value_still_has_a_scale() -> None:
    for share in (0.4, 0.03, 0.005):
        values = np.where(np.arange(2000) < 2000 * share, NORMAL, 0.0)
        scaled = made(Number(), numbers(values))
        assert (scaled[values == 0] == 0).all()
        assert 1 < scaled.max() < 20


def test_the_first_missing_number_is_far_out_and_a_usual_one_is_in_the_middle() -> None:
    gone = numbers([np.nan])
    assert made(Number(), numbers(NORMAL), gone)[0, 0] > 3.5
    assert made(Number(), numbers([*NORMAL, np.nan]), gone)[0, 0] == 0
    assert made(Number(side="low"), numbers(NORMAL), gone)[0, 0] < -3.5


def test_only_the_side_asked_for_is_told_apart() -> None:
    high, low = (made(Number(side=s), numbers(NORMAL)) for s in ("high", "low"))
    np.testing.assert_array_equal(high + low, made(Number(), numbers(NORMAL)))
    assert high.min() == low.max() == 0


def test_infinities_constants_and_empty_columns_are_told() -> None:
    assert codes(Number(), numbers([1, 2, np.inf])) == ["prepare-infinite"]
    assert codes(Number(), numbers([1, 1, np.nan])) == ["prepare-constant"]
    assert codes(Number(), numbers([np.nan])) == ["prepare-empty"]
    assert codes(Category(), table(Column.coded(["a", "a"]))) == ["prepare-constant"]
    assert codes(Category(), table(Column.coded([f"id{i}" for i in range(90)]))) == ["prepare-all-different"]
    assert codes(TimeCycle(), table(Column(Kind.TIME, np.zeros(3, dtype="datetime64[us]")))) == ["prepare-no-cycle"]


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.9999])
def test_the_rarer_answer_of_a_flag_lies_farther_out_up_to_a_cap(share: float) -> None:
    for yes in (share, 1 - share):
        values = made(Flag(), table(Column(Kind.FLAG, (np.arange(10000) < yes * 10000).astype(float))))
        assert np.ptp(values) == pytest.approx(min(np.sqrt(1 + 2 * np.log(share / (1 - share))), FARTHEST), rel=1e-3)
        assert share == 0.5 or np.median(values) == 0


def test_rarity_counts_all_that_are_as_rare() -> None:
    common, unseen = rarity(np.array([10] * 100))
    assert common.max() < 0.01
    assert unseen > 4
    singles, unseen = rarity(np.ones(500, dtype=int))
    assert singles.max() == unseen == 0
    near, _ = rarity(np.array([95, 100, 105]))
    assert near.max() < 0.15


def category(values, test, **params) -> np.ndarray:
    return made(Category(**params), table(Column.coded(values)), table(Column.coded(test)))


def test_a_category_column_weighs_about_as_much_as_a_number() -> None:
    rng = np.random.default_rng(1)
    for levels in (2, 5, 10):
        column = [f"v{i}" for i in rng.integers(0, levels, 2000)]
        values = category(column, column)
        squares = ((values[rng.permutation(2000)] - values) ** 2).sum(axis=1).mean()
        assert 0.9 < squares < 2.6  # two standard normal numbers differ by 2


def test_rarer_categories_lie_farther_and_unseen_ones_farthest() -> None:
    train = ["a"] * 500 + ["b"] * 400 + ["c"] * 60 + ["d"] * 8 + ["e"] * 3
    far = np.linalg.norm(category(train, ["b", "c", "d", "e", "never"]) - category(train, ["a"]), axis=1)
    assert (np.diff(far) > 0).all()
    assert category(train, ["d"]).shape == (1, 4)


def test_an_unseen_category_is_far_from_all_where_none_was_rare() -> None:
    train = ["a", "b", "c"] * 200
    known, new = category(train, ["a", "b", "c"]), category(train, ["never"])
    between = np.linalg.norm(known[0] - known[1])
    assert (np.linalg.norm(known - new, axis=1) > 1.5 * between).all()


def test_many_categories_make_one_feature_of_rarity() -> None:
    train = [f"user{i}" for i in range(200) for _ in range(1 + (i < 100) * 30)]
    values = category(train, ["user1", "user150", "never"])
    assert values.shape == (3, 1)
    assert values[0, 0] < values[1, 0] <= values[2, 0]


def test_an_unseen_category_is_nothing_special_where_most_are_new() -> None:
    train = [f"user{i}" for i in range(500)] + ["root"] * 400
    values = category(train, ["never", "user7"])
    assert values[0, 0] == values[1, 0]


def test_missing_values_are_kept_where_some_were_missing_and_weigh_once_where_they_go_together() -> None:
    gone = np.where(np.arange(100) < 5, np.nan, 1.0)
    columns = [Column(Kind.NUMBER, gone), Column(Kind.NUMBER, gone), Column(Kind.NUMBER, np.arange(100.0))]
    values = made(Missing(), table(*columns))
    assert values.shape == (100, 2)
    alone = made(Missing(), table(columns[0]))
    np.testing.assert_allclose((values[0] ** 2).sum(), alone[0, 0] ** 2, rtol=1e-6)
    assert (values[5:] == 0).all()


def times(start: str, days: int, step: str = "h") -> Column:
    return Column(
        Kind.TIME, np.arange(np.datetime64(start, step), np.datetime64(start, step) + np.timedelta64(days, "D")).astype("M8[us]")
    )


@pytest.mark.parametrize(("days", "cycles"), [(1, 0), (3, 1), (20, 2), (70, 3), (800, 4)])
def test_a_cycle_needs_time_enough_to_be_known(days: int, cycles: int) -> None:
    assert made(TimeCycle(), table(times("2024-01-01", days))).shape[1] == 2 * cycles


def test_whole_days_have_no_hour() -> None:
    dates = Column(Kind.TIME, times("2024-01-01", 30, "D").values)
    state = TimeCycle().fit(table(dates), np.random.default_rng(0))
    assert {f.what for f in TimeCycle().features(state, ["c0"])} == {"weekday"}


def test_midnight_is_near_to_a_minute_before() -> None:
    train = table(times("2024-01-01", 5, "m"))
    near = table(Column(Kind.TIME, np.array(["2024-01-02T23:59", "2024-01-03T00:00", "2024-01-03T12:00"], dtype="M8[us]")))
    values = made(TimeCycle(), train, near)
    assert np.linalg.norm(values[0] - values[1]) < 0.02
    assert np.linalg.norm(values[0] - values[2]) > 2


def test_times_before_1970_have_the_same_clock() -> None:
    old, new = times("1960-02-01", 30), times("2016-02-01", 30)
    both = made(TimeCycle(), table(Column(Kind.TIME, np.concatenate([old.values, new.values]))))
    np.testing.assert_allclose(both[:720, :2], both[720:, :2])


def text_values(test: list[str | None], train: list[str | None]) -> tuple[np.ndarray, list[str]]:
    trained = table(Column.coded(train, Kind.TEXT))
    state = Text().fit(trained, np.random.default_rng(0))
    what = [f.what for f in Text().features(state, ["c0"])]
    return Text().transform(state, table(Column.coded(test, Kind.TEXT))), what


def test_texts_are_measured_in_characters_not_bytes() -> None:
    train = ["grün " * (1 + i % 5) for i in range(50)]
    values, what = text_values(["grün grün", "gruen gru"], train)
    assert values[0, what.index("length")] == values[1, what.index("length")]
    assert values[0, what.index("words")] == values[1, what.index("words")]


def test_a_text_of_another_shape_stands_out_even_where_all_had_one() -> None:
    values, what = text_values(["AB-99", "drop table"], [f"AB-{i}" for i in range(10, 60)])
    shape = values[:, what.index("shape")]
    assert shape[1] > shape[0] + 1.5


def test_texts_that_share_a_shape_count_as_one() -> None:
    values, what = text_values(["Ab 12-c", "Xyz 9-q", "12 ab"], ["Ab 12-c"] * 30 + ["Zz 1-f"] * 30 + ["12 ab"])
    shape = values[:, what.index("shape")]
    assert shape[0] == shape[1] < shape[2]
