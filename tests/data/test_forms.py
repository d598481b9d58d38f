"""Numbers and times as people write them."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.data.forms import TIME_FORMS, epoch, number_form, numbers_of, time_form, times_of


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["1", "2.5", "-3e4", ".5", "inf"], ""),
        (["1,000", "20", "3,000.5"], "thousands-comma"),
        (["1,5", "2,25", "1.000,5"], "decimal-comma"),
        (["1 000,5", "2", "10 000"], "thousands-blank"),
        (["5%", "12.5 %"], "percent"),
        (["$5", "$1,200.50"], "currency"),
    ],
)
def test_the_form_of_numbers_is_found(texts: list[str], form: str) -> None:
    assert number_form(pa.array(texts)) == (form, 1.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=10))
def test_plain_numbers_read_as_python_reads_them(values: list[float]) -> None:
    assert numbers_of(pa.array([repr(v) for v in values]))[0].to_pylist() == values


@pytest.mark.parametrize("form", TIME_FORMS)
def test_every_time_form_reads_what_it_writes(form: str) -> None:
    moments = [datetime.datetime(2024, 12, 31, 23, 0), datetime.datetime(2023, 4, 25, 1, 0)]
    texts = pa.array([m.strftime(form.replace("%z", "+0000")) for m in moments])
    whole = [m if "H" in form or "I" in form else datetime.datetime(m.year, m.month, m.day) for m in moments]
    assert times_of(texts, form).to_pylist() == whole
    found = time_form(texts)
    assert found is not None
    assert times_of(texts, found[0]).to_pylist() == whole


def test_words_are_no_times() -> None:
    assert time_form(pa.array(["red", "blue"])) is None
    assert time_form(pa.array(["room 5", "room 6"])) is None


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_each_number_tells_its_unit(unit: int) -> None:
    times = epoch(np.array([1_700_000_000.0 * unit, np.nan, np.inf, 1e30]))
    assert times[0] == np.datetime64("2023-11-14T22:13:20")
    assert np.isnat(times[1:]).all()
