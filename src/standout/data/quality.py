"""What checks of a data set look at, and how they speak.

A check is a function from `Evidence` to findings; `standout.data.survey` lists them. Each kind of finding is told once, with all
columns it holds for: a person reads one sentence, not thirty.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.core.table import CODED, Field, Kind, Schema, Table
from standout.data.clock import ClockFacts
from standout.data.count import ColumnCounter
from standout.data.stuck import Run

_SHOWN = 4


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen of a data set.

    counters: by column, of all rows. sample: rows of the schema. runs: the longest run of one value by column, where there is a
    clock. labels: of the sample, 1 anomaly, 0 normal, -1 unknown, None without a label. repeats: how many rows equal an earlier
    one, compared: the share of rows that this was counted from.
    """

    schema: Schema
    rows: int
    counters: Mapping[str, ColumnCounter]
    sample: Table
    clock: ClockFacts | None
    runs: Mapping[str, Run]
    labels: NDArray[np.int8] | None
    repeats: int
    compared: float
    example_repeat: tuple[int, int] | None
    now: datetime

    @cached_property
    def usable(self) -> tuple[Field, ...]:
        """Fields that a detector may learn from and that hold something."""
        return tuple(f for f in self.schema.features if self.counters[f.name].missing < self.rows)

    @cached_property
    def numbers(self) -> tuple[Field, ...]:
        """The number columns among them."""
        return tuple(f for f in self.usable if f.kind is Kind.NUMBER)

    @cached_property
    def categories(self) -> tuple[Field, ...]:
        """The category columns among them."""
        return tuple(f for f in self.usable if f.kind is Kind.CATEGORY)

    def finite(self, name: str) -> Floats:
        """The finite values of a number column in the sample, sorted."""
        return self._sorted(name)

    def _sorted(self, name: str) -> Floats:
        if name not in self._cache:
            values = self.sample[name].values
            self._cache[name] = np.sort(values[np.isfinite(values)])
        return self._cache[name]

    @cached_property
    def _cache(self) -> dict[str, Floats]:
        return {}

    def counted(self, field: Field) -> bool:
        """Whether the counter read the column as the schema does, so that its numbers are of all rows."""
        counter = self.counters[field.name]
        return counter.field.form == field.form and counter.form in _FORMS[field.kind]

    def tally(self, field: Field) -> dict[str, int]:
        """The values of a category, flag or text column with their counts, scaled up from the sample where too many."""
        counter = self.counters[field.name]
        if counter.tally is not None and self.counted(field):
            return counter.tally
        names, counts = self._sampled_counts(field)
        scale = self.rows / max(1, len(self.sample))
        return {names[c]: round(int(counts[c]) * scale) for c in np.flatnonzero(counts)}

    def commonest(self, field: Field, most: int) -> list[tuple[str, int]]:
        """The first `most` of `tally`, commonest first and of equal ones by name."""
        counter = self.counters[field.name]
        if counter.tally is not None and self.counted(field):
            return heapq.nsmallest(most, counter.tally.items(), key=lambda item: (-item[1], item[0]))
        names, counts = self._sampled_counts(field)
        # of identifiers all are equally common, and there are as many as rows: those as common as the last one shown are enough
        least = max(1, int(np.partition(counts, -most)[-most])) if len(counts) > most else 1
        among = [(-int(counts[c]), names[c]) for c in np.flatnonzero(counts >= least).tolist()]
        scale = self.rows / max(1, len(self.sample))
        return [(name, round(-count * scale)) for count, name in heapq.nsmallest(most, among)]

    def _sampled_counts(self, field: Field) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        column = self.sample[field.name]
        codes = column.values[~column.missing].astype(np.int64)
        return column.categories if column.kind in CODED else ("0", "1"), np.bincount(codes, minlength=1)

    @property
    def whole(self) -> bool:
        """Whether the sample is every row."""
        return len(self.sample) == self.rows


_FORMS: Mapping[Kind, frozenset[str]] = {
    Kind.NUMBER: frozenset({"number"}),
    Kind.FLAG: frozenset({"number", "text"}),
    Kind.CATEGORY: frozenset({"number", "text"}),
    Kind.TEXT: frozenset({"number", "text"}),
    Kind.TIME: frozenset({"time"}),
}


def ranked(values: Floats, *levels: float) -> list[float]:
    """The values that stand at the given shares of sorted values; none is made up between two, and none overflows.

    >>> ranked(np.array([1.0, 2.0, 10.0]), 0.0, 0.5, 1.0)
    [1.0, 2.0, 10.0]
    """
    return [float(values[round(level * (len(values) - 1))]) for level in levels]


def told(kind: FindingKind, found: Mapping[str, tuple[str, Mapping[str, Any]]], **numbers: Any) -> list[Finding]:
    """One finding for all columns it holds for, none where there are none; found: column -> (words in brackets, numbers)."""
    if not found:
        return []
    listing = listed([f"{name} ({words})" if words else name for name, (words, _) in found.items()])
    only = next(iter(found)) if len(found) == 1 else None
    columns = {name: dict(n) for name, (_, n) in found.items()}
    return [kind.found(column=only, listing=listing, columns=columns, **numbers)]


def listed(items: Sequence[str], shown: int = _SHOWN) -> str:
    """Items as a person lists them.

    >>> listed(["a", "b", "c", "d", "e", "f"])
    'a, b, c, d and 2 more'
    """
    if len(items) > shown + 1:
        return f"{', '.join(items[:shown])} and {len(items) - shown} more"
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else items[0]


def say(number: float) -> str:
    """A number as a person says it.

    >>> say(1234567), say(0.123456), say(2.0), say(3.2e12), say(12345.678)
    ('1,234,567', '0.123', '2', '3.2e+12', '12,346')
    """
    if number == round(number) and abs(number) < 1e9:
        return f"{int(number):,}"
    return f"{number:,.0f}" if 1e4 <= abs(number) < 1e9 else f"{number:.3g}" if abs(number) < 1e3 else f"{number:.4g}"


def percent(share: float) -> str:
    """A share as a person says it.

    >>> percent(0.5), percent(0.123), percent(0.00321), percent(0.00001), percent(0.9999)
    ('50%', '12%', '0.32%', 'under 0.01%', '99.99%')
    """
    if 0 < share < 0.0001:
        return "under 0.01%"
    if 0.995 < share < 1:
        return f"{min(99.99, 100 * share):.4g}%"
    return f"{100 * share:.2g}%" if share < 0.995 else "100%"


def count_of(number: int, thing: str) -> str:
    """A number of things.

    >>> count_of(1, "row"), count_of(2300, "row")
    ('1 row', '2,300 rows')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """A length of time as a person says it.

    >>> duration(90), duration(7200), duration(86400 * 3), duration(0.002)
    ('1.5 minutes', '2 hours', '3 days', '0.002 seconds')
    """
    for size, name in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}{'' if seconds == size else 's'}"
    return f"{seconds:.3g} second{'' if seconds == 1 else 's'}"


def moment(micros: float) -> str:
    """A moment, to the second, from microseconds since 1970.

    >>> moment(0)
    '1970-01-01 00:00:00'
    """
    whole = str(np.datetime64(int(micros), "us").astype("datetime64[s]")).replace("T", " ")
    return whole.removesuffix(" 00:00:00") if micros else whole


def today() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
