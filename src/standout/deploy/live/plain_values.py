"""A few values of one column, read as `data.convert` reads them, in a tenth of the time that it takes to set Arrow going.

Only what needs no thought is read here, such as numbers of a number column and times in ISO 8601; of all else nothing is said.

>>> plain_times(["2026-03-01T12:00:00+01:00", None]).tolist()
[datetime.datetime(2026, 3, 1, 11, 0), None]
>>> plain_times(["1.3.2026"]) is None, plain_texts(["a", None, " ", "a"])
(True, ([0, -1, -1, 0], ('a',)))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.table import CODED, Column, Field, Kind

MOST = 512
"""Values beyond which Arrow is quicker."""
EXACT = 2**53
# years that nanoseconds reach, through which Arrow reads a time
_ISO = re.compile(r"(?:1[7-9]|20|21)\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def plain_column(values: Sequence[Any], types: set[type], field: Field) -> Column | None:
    """The column; None where its values are too many, or not plain enough. types: of the values that are not None, at least one."""
    if len(values) > MOST:
        return None
    kind = field.kind
    if kind is Kind.NUMBER and types <= {float, int}:
        if int in types and any(type(v) is int and not -EXACT <= v <= EXACT for v in values):
            return None
        return Column(kind, np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    if kind is Kind.FLAG and types == {bool}:
        return Column(kind, np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    if kind in CODED and types == {str}:
        codes, texts = plain_texts(values)
        return Column(kind, np.array(codes, dtype=np.int32), texts)
    if kind is Kind.TIME and types == {str} and not field.form:
        times = plain_times(values)
        return None if times is None else Column(kind, times)
    return None


def plain_texts(values: Sequence[str | None]) -> tuple[list[int], tuple[str, ...]]:
    """Codes, -1 for missing and blank, and the texts in order of first appearance."""
    known: dict[str, int] = {}
    codes = [-1 if v is None or not v.strip() else known.setdefault(v, len(known)) for v in values]
    return codes, tuple(known)


def plain_times(values: Sequence[str | None]) -> NDArray[np.datetime64] | None:
    """Times in UTC, NaT for None; None where one is not in the form of ISO 8601, or is no day of a calendar."""
    times: list[datetime | None] = []
    for text in values:
        if text is None:
            times.append(None)
            continue
        found = _ISO.fullmatch(text)
        if found is None:
            return None
        try:
            time = datetime.fromisoformat(text)
            times.append(time.astimezone(UTC).replace(tzinfo=None) if found[1] else time)
        except ValueError:
            return None
    return np.array(times, dtype="datetime64[us]")
