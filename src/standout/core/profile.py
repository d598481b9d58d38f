"""What was seen of the data before anything was learned: one entry a column, the clock, and what is noteworthy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standout.core.finding import Finding
from standout.core.shown import as_html
from standout.core.table import Field

LEVELS = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""The quantile levels of `ColumnProfile.quantiles`."""


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column in numbers. Counts are of all rows; quantiles and the histogram come from the sample when `exact` is False.

    quantiles: values at `LEVELS`; numbers in the column's unit, times in microseconds since 1970; empty for categories.
    edges, counts: a histogram, one edge more than counts, for numbers and times.
    top: the commonest values with their counts, for categories, flags and text.
    estimated: whether `distinct` is an estimate, within 1% or so, since there are too many to count.
    """

    field: Field
    rows: int
    missing: int
    distinct: int
    exact: bool = True
    infinite: int = 0
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    estimated: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **self.field.as_dict(),
            "rows": self.rows,
            "missing": self.missing,
            "infinite": self.infinite,
            "distinct": self.distinct,
            "distinct_estimated": self.estimated,
            "exact": self.exact,
            "mean": self.mean,
            "deviation": self.deviation,
            "quantiles": dict(zip(map(str, LEVELS), self.quantiles, strict=False)),
            "histogram": {"edges": list(self.edges), "counts": list(self.counts)},
            "top": [list(t) for t in self.top],
        }


@dataclass(frozen=True, slots=True)
class Clock:
    """The time column: first and last moment (ISO 8601, UTC), the usual step and the largest gap, in seconds."""

    column: str
    first: str
    last: str
    step: float
    largest_gap: float


@dataclass(frozen=True)
class Profile:
    """A whole data set in numbers.

    correlations: Spearman's rank correlation of pairs of number columns, strongest first: (one, other, rho).
    sampled: how many rows quantiles, histograms and correlations were taken from.
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    duplicates: int = 0
    sampled: int = 0
    clock: Clock | None = None
    correlations: tuple[tuple[str, str, float], ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Profile({self.name}: {self.rows:,} rows, {len(self.columns)} columns, {len(self.findings)} findings)"

    _repr_html_ = as_html

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        clock = self.clock
        return {
            "name": self.name,
            "rows": self.rows,
            "sampled": self.sampled,
            "duplicates": self.duplicates,
            "clock": None if clock is None else {s: getattr(clock, s) for s in clock.__slots__},
            "columns": [c.as_dict() for c in self.columns],
            "correlations": [list(c) for c in self.correlations],
            "findings": [f.as_dict() for f in self.findings],
            **self.facts,
        }
