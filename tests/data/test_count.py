from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.table import Field, Kind, Role
from standout.data.convert import to_column
from standout.data.count import ColumnCounter, Moments

compiles = settings(deadline=None)  # the first call compiles
NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([math.nan, math.inf, 3.0])), max_size=60)


def counted(array: pa.Array, kind: Kind, *cuts: int, role: Role = Role.FEATURE) -> ColumnCounter:
    counter = ColumnCounter(Field("x", kind, role), lambda piece, field: to_column(piece, field)[0])
    edges = [0, *sorted(min(c, len(array)) for c in cuts), len(array)]
    for start, stop in pairwise(edges):
        counter.add(array.slice(start, stop - start), start)
    return counter


@compiles
@given(NUMBERS, st.integers(0, 60), st.integers(0, 60))
def test_counters_of_numbers_equal_numpy_on_the_whole_for_any_cut(values: list[float | None], one: int, other: int) -> None:
    counter = counted(pa.array(values, pa.float64()), Kind.NUMBER, one, other)
    array = np.array([math.nan if v is None else v for v in values])
    finite = array[np.isfinite(array)]
    assert counter.rows == len(values)
    assert counter.missing == np.isnan(array).sum()
    assert counter.moments.infinite == np.isinf(array).sum()
    assert counter.distinct == len(set(array[~np.isnan(array)].tolist()))
    if len(finite):
        reach = float(np.abs(finite).max())
        assert (counter.moments.least, counter.moments.greatest) == (finite.min(), finite.max())
        assert counter.moments.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-12 * reach)
        assert counter.moments.deviation == pytest.approx(finite.std(), rel=1e-6, abs=1e-9 * reach)
        order = np.argsort(-array[np.isfinite(array)], kind="stable")[:8]
        rows = np.flatnonzero(np.isfinite(array))[order]
        assert counter.high.found == [(array[r], r) for r in rows]
    else:
        assert counter.moments.deviation is None


@compiles
@given(st.lists(st.one_of(st.none(), st.sampled_from(["red", "Red", "größer", ""])), max_size=40), st.integers(0, 40))
def test_counters_of_categories_are_exact_for_any_cut(values: list[str | None], cut: int) -> None:
    counter = counted(pa.array(values, pa.string()), Kind.CATEGORY, cut)
    present = [v for v in values if v is not None]
    assert counter.missing == len(values) - len(present)
    assert counter.distinct == len(set(present))
    assert counter.tally == {v: present.count(v) for v in set(present)}


@compiles
@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=30), st.integers(0, 30))
def test_the_fingerprint_tells_equal_columns_from_others_for_any_cut(values: list[int], cut: int) -> None:
    array = pa.array(values, pa.int64())
    assert counted(array, Kind.NUMBER, cut).fingerprint == counted(array, Kind.NUMBER).fingerprint
    other = pa.array([values[0] ^ 1, *values[1:]], pa.int64())
    assert counted(other, Kind.NUMBER).fingerprint != counted(array, Kind.NUMBER).fingerprint


@pytest.mark.parametrize("type_", [pa.int8(), pa.int64(), pa.uint64(), pa.float32(), pa.decimal128(10, 2), pa.bool_()])
def test_a_number_counts_the_same_whatever_it_is_stored_as(type_: pa.DataType) -> None:
    counter = counted(pa.array([1, 0, None, 1], pa.int8()).cast(type_), Kind.NUMBER, 2)
    wanted = counted(pa.array([1.0, 0.0, None, 1.0]), Kind.NUMBER)
    assert (counter.missing, counter.distinct, counter.moments.mean) == (1, 2, pytest.approx(2 / 3))
    assert counter.fingerprint == wanted.fingerprint


def test_a_dictionary_counts_as_its_values_do() -> None:
    array = pa.array(["a", "b", None, "a"])
    counter = counted(array.dictionary_encode(), Kind.CATEGORY, 3)
    assert counter.tally == {"a": 2, "b": 1}
    assert counter.fingerprint == counted(array, Kind.CATEGORY).fingerprint


def test_text_that_holds_numbers_or_times_is_counted_as_such() -> None:
    numbers = counted(pa.array(["1200", " 7", None, "many"]), Kind.NUMBER)
    assert (numbers.moments.greatest, numbers.missing) == (1200.0, 2)
    times = counted(pa.array(["2026-01-02 00:00:00", None, "2026-01-01 00:00:00"]), Kind.TIME, 1)
    assert times.form == "time"
    assert times.missing == 1
    assert times.moments.greatest - times.moments.least == 86400e6


def test_values_that_are_no_text_and_no_number_are_counted_by_how_they_are_written() -> None:
    counter = counted(pa.array([[1, 2], [1, 2], None, [3]]), Kind.TEXT)
    assert (counter.missing, counter.distinct) == (1, 2)


def test_flags_and_labels_of_numbers_keep_their_values_as_a_person_writes_them() -> None:
    assert counted(pa.array([True, False, True]), Kind.FLAG).tally == {"true": 2, "false": 1}
    assert counted(pa.array([1.0, 0.0, 1.0]), Kind.FLAG).tally == {"1": 2, "0": 1}
    assert counted(pa.array([3, 4, 3]), Kind.NUMBER, role=Role.LABEL).tally == {"3": 2, "4": 1}


def test_numbers_that_only_rise_are_all_different_however_many_there_are() -> None:
    assert counted(pa.array(np.arange(200_000)), Kind.NUMBER, 65_536, 131_072).distinct == 200_000


@pytest.mark.parametrize("size", [1e300, 1e308])
def test_huge_numbers_have_a_mean_and_no_deviation(size: float) -> None:
    seen = Moments()
    seen.add(np.array([size, -size]))
    seen.add(np.array([size, -size]))
    assert seen.mean == 0.0
    assert seen.deviation is None
