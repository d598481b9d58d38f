"""How values are said."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.reason import Contribution, How
from standout.core.table import Kind
from standout.explain.amounts import number
from standout.explain.sentences import NOTHING, Then, clause, course_clause, sentence, spoken, told
from standout.explain.usual import Usual

SPOKEN = [
    (0.0, "0"), (-0.0, "0"), (1.0, "1"), (999.94, "1,000"), (1234.0, "1,234"), (1234.5, "1,230"), (123456.7, "123,000"),
    (9_999_999.0, "10 million"), (2.5e9, "2.5 billion"), (-7.25e12, "-7.25 trillion"), (1.23e-7, "1.23e-07"), (np.inf, "infinite"),
    (-np.inf, "minus infinity"), (None, "missing"), (True, "yes"), (np.False_, "no"), ("a" * 100, f"'{'a' * 37}...'"),
    (np.datetime64("1969-12-31T23:59:07"), "31 Dec 1969 23:59:07"),
]  # fmt: skip  # one value a place


@pytest.mark.parametrize(("value", "said"), SPOKEN)
def test_a_value_is_said_as_a_person_would(value, said: str) -> None:
    assert spoken(value) == said


def test_rounding_keeps_three_digits() -> None:
    for value in 10 ** np.random.default_rng(0).uniform(-3, 14, 200):
        text = number(float(value)).replace(",", "")
        for name, unit in ((" trillion", 1e12), (" billion", 1e9), (" million", 1e6)):
            text = f"{float(text.removesuffix(name)) * unit}" if text.endswith(name) else text
        assert abs(float(text) / value - 1) < 0.006


def test_a_sentence_without_clauses_says_so() -> None:
    assert sentence([]) == NOTHING
    assert sentence(["a", "b", "c"]) == "a; with it b; and c."


def column(name: str, quantiles: tuple[float, ...], whole: bool = False) -> Usual:
    return Usual(name, Kind.NUMBER, quantiles, whole, 0.0, (), (), True)


def part(seen: float, expected: float | None = None, how: How = "value", back: int | None = None) -> Contribution:
    return Contribution("x", 0.9, seen, expected, (), how, back)


KELVIN = column("air [K]", (295.8, 296.7, 300.1, 303.5, 304.3))
COUNT = column("failed logins", (0.0, 0.0, 0.0, 0.0, 1.0), whole=True)
DISTANCE = column("distance_km", (0.4, 0.9, 4.0, 16.8, 40.0))


@pytest.mark.parametrize(
    ("of", "value", "said"),
    [
        (KELVIN, 303.42, "303.4 K"),  # three digits would not show what is unusual about it
        (KELVIN, 2829.31, "2,830 K"),
        (COUNT, 3.0, "3"),
        (DISTANCE, 2829.0, "2,830"),  # no finer than its neighbours, though it happens to be whole
        (DISTANCE, 11.42, "11.4"),
        (DISTANCE, np.inf, "infinite"),
        (column("paid (EUR)", (1.0, 2.0, 3.0, 4.0, 5.0)), 2.5, "2.5 EUR"),
        (column("year of make", (1990, 1991, 2001, 2010, 2012), whole=True), 2004.0, "2004"),
        (column("seconds", (20, 7212, 40_000, 207_000, 250_000), whole=True), 348_123.0, "348,000"),
    ],
)
def test_a_number_is_as_fine_as_its_column_and_has_its_unit(of: Usual, value: float, said: str) -> None:
    assert told(value, of) == said


def test_the_next_whole_numbers_are_not_far_from_a_column_that_rests() -> None:
    assert clause(part(2.0), COUNT, None, "") == "failed logins is 2, above the usual 0"
    assert clause(part(611.0), COUNT, None, "") == "failed logins is 611, far above the usual 0"
    assert clause(part(2790.0), DISTANCE, None, "") == "distance_km is 2,790, far above the usual 0.9 to 16.8"


def test_what_is_expected_and_what_it_is_given_have_units_too() -> None:
    said = clause(part(303.4, 300.1, "combination"), KELVIN, (KELVIN, 299.9), "")
    assert said == "air is 303.4 K where about 300.1 K is usual given air 299.9 K"
    assert clause(part(303.4, 303.41, "combination"), KELVIN, None, "") == "air 303.4 K is unusual given the rest of the row"


def test_a_category_that_few_rows_hold_is_not_what_is_usual() -> None:
    customers = Usual(
        "customer", Kind.CATEGORY, (np.nan,) * 5, False, 0.0, tuple(f"c{i}" for i in range(100)), (0.01,) * 100, True
    )
    assert (
        clause(Contribution("customer", 0.9, "c7", "c3", (), "value"), customers, None, "") == "customer is 'c7', which is rare"
    )
    shops = Usual("shop", Kind.CATEGORY, (np.nan,) * 5, False, 0.0, ("food", "fuel"), (0.99, 0.01), True)
    assert clause(Contribution("shop", 0.9, "fuel", "food", (), "value"), shops, None, "").endswith("(usually 'food')")


@pytest.mark.parametrize(
    ("given", "then", "said"),
    [
        (part(0.9, 0.2, "course", 0), Then(0.9), "distance_km rose from about 0.2 to 0.9"),
        (part(0.9, 0.2, "course", 2), Then(0.1), "distance_km fell from about 0.2 to 0.1, 2 rows earlier"),
        (part(0.9, 0.2, "course", -1), Then(None, -1), "distance_km fell below all that is usual, one row later"),
        (part(0.9, 0.2, "course", 1), Then(None), "distance_km moved unusually, one row earlier"),
        (part(0.9, 0.9, "course", 0), Then(0.9), "distance_km took an unusual course to 0.9"),
    ],
)
def test_a_course_says_from_where_to_where_and_when(given: Contribution, then: Then, said: str) -> None:
    assert course_clause(given, DISTANCE, then) == said
