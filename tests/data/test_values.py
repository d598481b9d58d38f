"""Python values as Arrow arrays."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pyarrow as pa
import pytest

from standout.data.values import array_of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 3], [1, None, 3]),
        ([1, 2.5, float("nan")], [1.0, 2.5, None]),
        ([2**70, 1], [float(2**70), 1.0]),
        ([True, None], [True, None]),
        ([True, 2], [1.0, 2.0]),
        (["a", None, ""], ["a", None, ""]),
        ([1, "a", None, 2.0], ["1", "a", None, "2"]),
        ([decimal.Decimal("1.50"), decimal.Decimal(2)], [1.5, 2.0]),
        ([decimal.Decimal(3), None], [3, None]),
        ([datetime.date(2024, 1, 2), None], [datetime.datetime(2024, 1, 2), None]),
        ([uuid.UUID(int=5)], ["00000000-0000-0000-0000-000000000005"]),
        ([{"b": 1, "a": [2]}, None], ['{"a": [2], "b": 1}', None]),
        ([b"caf\xc3\xa9", b"\xff"], ["café", "\\xff"]),
        ([None, None], [None, None]),
        ([], []),
    ],
)
def test_no_value_is_lost(values: list[Any], expected: list[Any]) -> None:
    assert array_of(values).to_pylist() == expected


def test_times_with_zones_come_in_utc() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    array = array_of([datetime.datetime(2024, 1, 1, 12, tzinfo=zone)])
    assert array.type == pa.timestamp("us")
    assert array.to_pylist() == [datetime.datetime(2024, 1, 1, 10)]
