from __future__ import annotations

import numpy as np
import pytest
import slow_hashing
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.hashing import (
    MISSING,
    add_distinct,
    fingerprint,
    hash_bytes,
    hash_floats,
    hash_ints,
    salted,
)

INTS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40)


def ints(values: list[int]) -> np.ndarray:
    return hash_ints(np.array(values, dtype=np.int64), np.zeros(len(values), dtype=bool))


def floats(values: list[float]) -> np.ndarray:
    array = np.array(values, dtype=np.float64)
    return hash_floats(array, np.isnan(array))


def texts(values: list[bytes]) -> np.ndarray:
    offsets = np.cumsum([0, *(len(v) for v in values)]).astype(np.int64)
    return hash_bytes(offsets, np.frombuffer(b"".join(values), dtype=np.uint8), np.zeros(len(values), dtype=bool))


@settings(deadline=None)  # the first call compiles
@given(INTS)
def test_whole_numbers_hash_alike_exactly_when_they_are_equal(values: list[int]) -> None:
    assert len(set(ints(values).tolist())) == len(set(values))


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(-(2**53), 2**53), max_size=30))
def test_a_whole_number_hashes_as_the_float_of_its_value(values: list[int]) -> None:
    np.testing.assert_array_equal(ints(values), floats([float(v) for v in values]))


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.binary(max_size=12), max_size=40))
def test_texts_hash_alike_exactly_when_they_are_equal(values: list[bytes]) -> None:
    assert len(set(texts(values).tolist())) == len(set(values))


def test_both_zeros_are_one_value_and_no_number_is_missing() -> None:
    zero, minus, none, end = floats([0.0, -0.0, np.nan, np.inf]).tolist()
    assert zero == minus
    assert none == MISSING
    assert MISSING not in (zero, end)


def test_hashes_are_the_same_in_every_run_and_on_every_machine() -> None:
    assert floats([1.5, -3e200]).tolist() == [slow_hashing.of_float(1.5), slow_hashing.of_float(-3e200)]
    assert texts([b"red", b""]).tolist() == [slow_hashing.of_bytes(b"red"), slow_hashing.of_bytes(b"")]


@settings(deadline=None)  # the first call compiles
@given(INTS, st.integers(0, 40))
def test_a_fingerprint_of_pieces_adds_up_to_that_of_the_whole(values: list[int], cut: int) -> None:
    hashes = ints(values)
    pieces = int(fingerprint(hashes[:cut], 0)) + int(fingerprint(hashes[cut:], min(cut, len(hashes))))
    assert pieces % 2**64 == int(fingerprint(hashes, 0))


def test_a_fingerprint_knows_the_order_of_rows() -> None:
    assert int(fingerprint(ints([1, 2]), 0)) != int(fingerprint(ints([2, 1]), 0))


def test_rows_with_the_same_values_in_other_columns_hash_differently() -> None:
    one, other = np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.uint64)
    salted(ints([3]), np.uint64(1), one)
    salted(ints([4]), np.uint64(2), one)
    salted(ints([4]), np.uint64(1), other)
    salted(ints([3]), np.uint64(2), other)
    assert one[0] != other[0]


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(0, 60), max_size=60))
def test_the_set_holds_each_value_once_and_passes_over_missing_ones(values: list[int]) -> None:
    slots = np.zeros(128, dtype=np.uint64)
    count, at = add_distinct(slots, 0, np.array(values, dtype=np.uint64), 0)
    wanted = set(values) - {0}
    assert (count, at) == (len(wanted), len(values))
    assert set(slots.tolist()) - {0} == wanted


@pytest.mark.parametrize("size", [2, 8, 64])
def test_the_set_stops_when_it_is_half_full_and_says_where(size: int) -> None:
    slots = np.zeros(size, dtype=np.uint64)
    assert add_distinct(slots, 0, np.arange(1, 100, dtype=np.uint64), 0) == (size // 2, size // 2)
