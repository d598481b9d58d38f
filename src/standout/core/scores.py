"""What a model says of rows: raw score, p-value, severity and alarm; and, where asked, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.part import Floats
from standout.core.shown import as_html
from standout.core.table import Table


@dataclass(frozen=True)
class Scores:
    """One entry a row, in the order of the table.

    raw: the detector's score, higher is stranger, in units of its own.
    p_value: the share of normal rows that would score as high, in (0, 1].
    findings: what had to be done to the table before it could be scored.
    """

    raw: Floats
    p_value: Floats
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def severity(self) -> Floats:
        """The percentile among normal rows, 0 to 100."""
        return 100.0 * (1.0 - self.p_value)

    def take(self, rows: NDArray[Any]) -> Scores:
        """The chosen rows."""
        return Scores(self.raw[rows], self.p_value[rows], self.findings)


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one event in a series: the first and the last of them, how many there are, and when it began and ended.

    first, last: positions in the table that was scored. began, ended: datetime64[us], None without a clock.
    """

    first: int
    last: int
    rows: int
    began: Any = None
    ended: Any = None


@dataclass(frozen=True)
class Alerts:
    """The rows that a policy raises, strangest first; of a series one row an event, and the `spans` of these in the same order."""

    table: Table
    scores: Scores
    spans: tuple[Span, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"Alerts({len(self):,} {'events' if self.spans else 'rows'}, strangest first)"

    _repr_html_ = as_html


def strangest_first(scores: Scores, among: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """Positions, all or some, in order of p-value, then raw score, then row: the same on every machine."""
    at = np.arange(len(scores)) if among is None else among
    return at[np.lexsort((at, -scores.raw[at], scores.p_value[at]))]
