from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.data.distinct import Distinct, Repeats

compiles = settings(deadline=None)  # the first call compiles
HASHES = st.lists(st.integers(0, 40), max_size=80)


def hashes(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


def random_hashes(rng: np.random.Generator, rows: int) -> np.ndarray:
    return rng.integers(1, 2**64, rows, dtype=np.uint64)


@compiles
@given(HASHES, st.integers(0, 80))
def test_distinct_values_are_counted_exactly_for_any_cut(values: list[int], cut: int) -> None:
    seen = Distinct()
    seen.add(hashes(values[:cut]))
    seen.add(hashes(values[cut:]))
    assert (seen.count, seen.exact) == (len(set(values) - {0}), True)


def test_the_set_grows_up_to_its_bound_and_stays_exact(rng: np.random.Generator) -> None:
    seen = Distinct(most=4096)
    seen.add(random_hashes(rng, 4096))
    assert (seen.count, seen.exact) == (4096, True)


@pytest.mark.parametrize("rows", [5_000, 300_000])
def test_beyond_the_bound_the_estimate_is_within_a_few_percent(rng: np.random.Generator, rows: int) -> None:
    seen = Distinct(most=4096)
    values = random_hashes(rng, rows)
    seen.add(np.concatenate([values, values[: rows // 2]]))
    assert not seen.exact
    assert abs(seen.count / rows - 1) < 0.04


def test_the_estimate_does_not_depend_on_the_cut(rng: np.random.Generator) -> None:
    values = random_hashes(rng, 9_000)
    whole, pieces = Distinct(most=1024), Distinct(most=1024)
    whole.add(values)
    for start in range(0, len(values), 700):
        pieces.add(values[start : start + 700])
    assert whole.count == pieces.count


@given(HASHES, st.integers(0, 80))
def test_repeats_are_the_rows_that_are_not_the_first_of_their_kind(values: list[int], cut: int) -> None:
    rows = Repeats()
    rows.add(hashes(values[:cut]))
    rows.add(hashes(values[cut:]))
    assert (rows.count, rows.share) == (len(values) - len(set(values)), 1.0)


@given(HASHES)
def test_the_example_is_the_first_row_that_repeats_and_the_row_before_it(values: list[int]) -> None:
    rows = Repeats()
    rows.add(hashes(values))
    first = next(((values.index(v), i) for i, v in enumerate(values) if v in values[:i]), None)
    example = rows.example()
    if first is None:
        assert example is None
    else:
        assert example is not None
        assert example[1] == first[1]
        assert values[example[0]] == values[example[1]]


def test_beyond_the_bound_repeats_are_counted_from_a_share_of_the_rows(rng: np.random.Generator) -> None:
    values = random_hashes(rng, 40_000)
    rows = Repeats(most=10_000)
    rows.add(values)
    rows.add(values[:20_000])
    assert rows.share < 1.0
    assert rows.example() is None
    assert abs(rows.count / 20_000 - 1) < 0.1
