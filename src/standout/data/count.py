"""What is counted of one column while its file streams by: every number here is of all rows, whatever pieces they come in."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from standout.core.part import Floats
from standout.core.table import CODED, Field, Kind, Role
from standout.data.distinct import MOST_EXACT, Distinct
from standout.data.pieces import Convert, Form, Piece, read
from standout.kernels.counting import furthest, moments
from standout.kernels.hashing import fingerprint

MOST_TALLIED = 10_000
"""Up to so many different values of a category are counted one by one; beyond, the commonest come from the sample."""

_REPEATING = 0.25
"""A category of at most so many different names a row is read through a dictionary of them."""

KEPT_FURTHEST = 8
"""So many of the greatest and of the least values are kept with their rows."""


class Moments:
    """Count, mean and sum of squared deviations, joined as Chan, Golub and LeVeque (1983, doi:10.1080/00031305.1983.10483115)."""

    def __init__(self) -> None:
        self.count = self.missing = self.infinite = 0
        self.least, self.greatest = math.inf, -math.inf
        self.mean = self.squares = 0.0
        self.rising = True

    def add(self, values: Floats) -> None:
        """Take in float64 values, shape (n,), NaN where missing."""
        missing, infinite, least, greatest, mean, squares, rising = moments(values)
        count = len(values) - missing - infinite
        self.rising &= rising and (self.count == 0 or least > self.greatest)
        self.missing += missing
        self.infinite += infinite
        if count == 0:
            return
        whole = self.count + count
        step = mean - self.mean
        self.mean += step * (count / whole)
        self.squares += squares + step * step * (self.count * (count / whole))
        self.count = whole
        self.least, self.greatest = min(self.least, least), max(self.greatest, greatest)

    @property
    def deviation(self) -> float | None:
        """The standard deviation (of the rows, not of a population), None where there is no value or it is beyond a float."""
        if self.count == 0 or not math.isfinite(self.squares):
            return None
        return math.sqrt(self.squares / self.count)


class Furthest:
    """The greatest values of a column, or the least, with their rows."""

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._kept = np.full(KEPT_FURTHEST, -np.inf)
        self._rows = np.full(KEPT_FURTHEST, -1, dtype=np.int64)

    def add(self, values: Floats, first_row: int) -> None:
        """Take in values, shape (n,), the first of which stands in `first_row`."""
        furthest(values, first_row, self._sign, self._kept, self._rows)

    @property
    def found(self) -> list[tuple[float, int]]:
        """(value, row), furthest first."""
        return [(self._sign * v, r) for v, r in zip(self._kept.tolist(), self._rows.tolist(), strict=True) if r >= 0]


class ColumnCounter:
    """Everything that is counted of one column.

    tally: each value and its count, for categories, flags and labels; None where there are too many or none is kept.
    """

    def __init__(self, field: Field, convert: Convert, most_exact: int = MOST_EXACT) -> None:
        self.field = field
        self.form: Form = "number"
        self.rows = 0
        self.moments = Moments()
        self.high, self.low = Furthest(1.0), Furthest(-1.0)
        self.distinct_hashes = Distinct(most_exact)
        self.fingerprint = 0
        self.tally: dict[str, int] | None = {} if field.kind in CODED | {Kind.FLAG} or field.role is Role.LABEL else None
        self._convert = convert
        self._missing_strings = 0
        self._repeats: bool | None = None

    def add(self, array: pa.Array, first_row: int) -> Piece:
        """Take in the next piece of the column and hand it back as it was read."""
        piece = read(self._coded(array), self.field, self._convert)
        self.form = piece.form
        self.rows += len(array)
        self.distinct_hashes.add(piece.hashes)
        self.fingerprint = (self.fingerprint + int(fingerprint(piece.hashes, first_row))) % (1 << 64)
        if piece.values is not None:
            self.moments.add(piece.values)
            self.high.add(piece.values, first_row)
            self.low.add(piece.values, first_row)
        if piece.strings is not None:
            self._missing_strings += piece.strings.null_count
        if self.tally is not None and piece.form != "time":
            self._count(piece.strings if piece.strings is not None else array)
        return piece

    def _coded(self, array: pa.Array) -> pa.Array:
        """A category whose names come back is looked at once a name and not once a row; its first piece decides."""
        if self._repeats is None:
            coded = self.field.kind is Kind.CATEGORY and pa.types.is_string(array.type)
            array = array.dictionary_encode() if coded else array
            self._repeats = coded and len(array.dictionary) <= _REPEATING * len(array)
            return array
        return array.dictionary_encode() if self._repeats and pa.types.is_string(array.type) else array

    def _count(self, values: pa.Array) -> None:
        assert self.tally is not None  # the caller has looked
        if pa.types.is_dictionary(values.type):
            codes = values.indices.drop_null().to_numpy()
            names, counts = values.dictionary.to_pylist(), np.bincount(codes, minlength=len(values.dictionary)).tolist()
        else:
            counted = pc.value_counts(values)
            names, counts = counted.field(0).to_pylist(), counted.field(1).to_pylist()
        for value, count in zip(names, counts, strict=True):
            if count and value is not None and value == value:
                name = value if isinstance(value, str) else as_text(value)
                self.tally[name] = self.tally.get(name, 0) + count
        if len(self.tally) > MOST_TALLIED:
            self.tally = None

    @property
    def missing(self) -> int:
        """How many values are missing, or did not convert."""
        return self._missing_strings if self.form == "text" else self.moments.missing

    @property
    def distinct(self) -> int:
        """How many distinct values: exact up to `distinct.MOST_EXACT` and for numbers that only rise, else an estimate."""
        present = self.rows - self.missing
        return present if self._rising else min(self.distinct_hashes.count, present)

    @property
    def estimated(self) -> bool:
        """Whether `distinct` is an estimate."""
        return not (self._rising or self.distinct_hashes.exact)

    @property
    def _rising(self) -> bool:
        return self.form != "text" and self.moments.rising


def as_text(value: object) -> str:
    """A value as a person would write it: 1 for 1.0, true for True."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)
