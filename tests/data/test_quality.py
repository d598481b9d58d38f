"""Each check finds what was planted, in words, and says nothing of data without it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from surveying import codes, found, looked_at

from standout.data.quality import duration, percent, say

ROWS = 1000


def plain(rng: np.random.Generator, rows: int = ROWS) -> dict[str, Any]:
    """A clean table of two numbers and a category."""
    return {
        "speed": rng.normal(40.0, 3.0, rows),
        "torque": rng.gamma(4.0, 2.0, rows),
        "line": rng.choice(["a", "b", "c"], rows),
    }


def with_(rng: np.random.Generator, name: str, values: Any) -> dict[str, Any]:
    return {**plain(rng, len(values)), name: values}


def message(columns: dict[str, Any], code: str, **hints: Any) -> str:
    finding = found(looked_at(columns, **hints), code)
    assert finding is not None, codes(looked_at(columns, **hints))
    return finding.message


def test_a_clean_table_gives_no_finding(rng: np.random.Generator) -> None:
    assert codes(looked_at(plain(rng))) == []


def test_missing_values_are_told_once_with_the_fullest_gap_first(rng: np.random.Generator) -> None:
    columns = plain(rng)
    columns["speed"][:120] = np.nan
    columns["torque"][300:550] = np.nan
    assert message(columns, "missing-values") == "Values are missing in torque (25%) and speed (12%)."


def test_columns_that_are_mostly_or_wholly_empty_are_warned_of(rng: np.random.Generator) -> None:
    columns = plain(rng)
    columns["speed"][:800] = np.nan
    columns["note"] = [None] * ROWS
    assert "speed (80%)" in message(columns, "mostly-missing")
    assert message(columns, "empty-columns") == "No value at all in note."


def test_values_that_are_missing_in_the_same_rows_are_told_together(rng: np.random.Generator) -> None:
    columns = plain(rng)
    columns["speed"][:120] = columns["torque"][:120] = np.nan
    assert "speed and torque (12%)" in message(columns, "missing-together")


def test_constants_and_near_constants(rng: np.random.Generator) -> None:
    columns = {**plain(rng, 3000), "site": ["north"] * 3000, "zero": np.zeros(3000), "valve": np.r_[np.zeros(2999), 1.0]}
    assert message(columns, "constant-columns") == "One and the same value: site (north) and zero (0)."
    assert message(columns, "near-constant") == "Nearly always the same value: valve (0 in 99.97% of rows)."


def test_identifiers_are_told_once(rng: np.random.Generator) -> None:
    columns = {**plain(rng), "row": np.arange(ROWS), "key": [f"k{i}" for i in range(ROWS)]}
    assert message(columns, "identifiers").startswith("Left out, because they only tell rows apart: row (")


def test_categories_of_many_values(rng: np.random.Generator) -> None:
    names = rng.choice([f"shop {i}" for i in range(150)], ROWS)
    assert message(with_(rng, "shop", names), "high-cardinality") == f"Many different values: shop ({len(set(names))})."


def test_one_category_written_in_several_ways(rng: np.random.Generator) -> None:
    names = ["North"] * 600 + ["north "] * 150 + ["south"] * 250
    assert "'North' and 'north '" in message(with_(rng, "region", names), "category-variants")


def test_infinite_and_huge_numbers(rng: np.random.Generator) -> None:
    endless, huge = rng.normal(size=ROWS), rng.normal(size=ROWS)
    endless[[3, 4]] = np.inf, -np.inf
    huge[5] = 1e200
    columns = {**plain(rng), "ratio": endless, "total": huge}
    assert message(columns, "infinite-values") == "Infinite values in ratio (2 rows)."
    assert "total (up to 1e+200)" in message(columns, "huge-values")


def test_values_far_beyond_all_others_are_told_with_their_rows(rng: np.random.Generator) -> None:
    values = rng.normal(10.0, 1.0, ROWS)
    values[[17, 400]] = 90.0, -70.0
    finding = found(looked_at(with_(rng, "x", values)), "outlying-values")
    assert finding is not None
    assert finding.column == "x"
    assert finding.message.endswith("x (2 rows, the furthest 90 in row 17).")
    assert finding.numbers["columns"]["x"]["rows"] == [17, 400]


def test_far_values_outside_the_sample_are_found_too(rng: np.random.Generator) -> None:
    values = rng.normal(10.0, 1.0, 5000)
    values[4321] = 1e4
    seen = looked_at({"x": values}, sample_rows=200)
    assert 4321 not in seen.sample.rows
    finding = found(seen, "outlying-values")
    assert finding is not None
    assert "row 4,321" in finding.message


def test_a_heavy_tail_is_one_finding_and_no_outlier(rng: np.random.Generator) -> None:
    seen = looked_at(with_(rng, "bytes", rng.lognormal(3, 3, ROWS)))
    assert codes(seen) == ["heavy-tail"]


def test_a_group_in_another_unit_is_told_apart_from_a_tail(rng: np.random.Generator) -> None:
    celsius = rng.normal(36.8, 0.4, ROWS)
    celsius[:30] = celsius[:30] * 1.8 + 32
    said = message(with_(rng, "temperature", celsius), "values-apart")
    assert "temperature (30 rows around 98" in said
    assert codes(looked_at(with_(rng, "temperature", celsius))) == ["values-apart"]


@pytest.mark.parametrize("skewed", ["exponential", "gumbel", "uniform", "chisquare"])
def test_common_skewed_shapes_are_neither(rng: np.random.Generator, skewed: str) -> None:
    values = rng.chisquare(3, ROWS) if skewed == "chisquare" else getattr(rng, skewed)(size=ROWS)
    assert codes(looked_at(with_(rng, "x", values))) == []


@pytest.mark.parametrize("marker", [-999.0, 9999.0, 0.0])
def test_a_number_that_stands_for_not_known_is_found(rng: np.random.Generator, marker: float) -> None:
    ages = np.round(rng.uniform(18, 80, ROWS))
    ages[rng.choice(ROWS, 30, replace=False)] = marker
    assert f"age ({say(marker)} in 3% of rows)" in message(with_(rng, "age", ages), "sentinel-values")


def test_minus_one_among_counts_is_found_and_a_lowest_count_of_zero_is_not(rng: np.random.Generator) -> None:
    counts = rng.poisson(30, ROWS).astype(float)
    marked = counts.copy()
    marked[:20] = -1
    assert "-1 in 2% of rows" in message(with_(rng, "months", marked), "sentinel-values")
    assert codes(looked_at(with_(rng, "calls", rng.poisson(4, ROWS).astype(float)))) == []
    assert codes(looked_at(with_(rng, "rate", np.maximum(rng.normal(size=ROWS), 0.0)))) == []


def test_a_day_that_stands_for_not_known_and_days_to_come(rng: np.random.Generator) -> None:
    days = np.datetime64("2025-03-01", "us") + rng.integers(0, 400, ROWS) * np.timedelta64(1, "D")
    unknown, late = days.copy(), days.copy()
    unknown[:10] = np.datetime64("1970-01-01")
    late[[5, 6]] = np.datetime64("2062-01-01"), np.datetime64("2061-01-01")
    columns = {**plain(rng), "opened": unknown, "closed": late}
    assert "opened (1970-01-01 in 10 rows)" in message(columns, "sentinel-values")
    assert message(columns, "future-dates") == "Moments that have not come yet: closed (2 rows, the last 2062-01-01 in row 5)."


def test_duplicate_rows_are_told_with_an_example_and_without_the_identifier(rng: np.random.Generator) -> None:
    columns = {"id": np.arange(ROWS), **plain(rng)}
    for name in ("speed", "torque", "line"):
        columns[name][900:] = columns[name][:100]
    seen = looked_at(columns)
    finding = found(seen, "duplicate-rows")
    assert finding is not None
    assert finding.message == "100 rows (10%) are copies of earlier ones in every column but id, such as row 900 of row 0."
    assert seen.profile.duplicates == 100


def test_identical_and_correlated_columns(rng: np.random.Generator) -> None:
    columns = plain(rng)
    columns |= {"speed again": columns["speed"].copy(), "slow": -columns["speed"] + rng.normal(0, 0.01, ROWS)}
    assert message(columns, "identical-columns") == "The same values in every row: speed = speed again."
    assert "slow" in message(columns, "correlated-columns")


def test_few_rows_for_the_columns(rng: np.random.Generator) -> None:
    columns = {f"x{i}": rng.normal(size=60) for i in range(20)}
    assert message(columns, "few-rows") == "60 rows for 20 columns are few to learn what is usual from."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (say(0.1 + 0.2), "0.3"),
        (say(-1500.0), "-1,500"),
        (say(1e-7), "1e-07"),
        (percent(0.0), "0%"),
        (percent(1.0), "100%"),
        (percent(0.035), "3.5%"),
        (duration(60.0), "1 minute"),
        (duration(1.0), "1 second"),
    ],
)
def test_numbers_are_said_as_a_person_says_them(words: str, said: str) -> None:
    assert words == said
