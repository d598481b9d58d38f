"""How values are said."""

from __future__ import annotations

import numpy as np
import pytest

from standout.explain.sentences import NOTHING, number, sentence, spoken

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
