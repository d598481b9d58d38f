"""Which columns of new rows are no longer as they were: tests column by column, and only what is both sure and material."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, kolmogorov

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats

FALSE_SHARE = 0.01  # of the columns called moved, the share that may not have
MATERIAL = 0.1  # distance between two distributions, 0 to 1, from which a column counts as moved
MISSING_MATERIAL = 0.05
LEAST = 5.0  # expected count below which levels are taken together

COLUMN_STOPPED = FindingKind(
    "column-stopped",
    "problem",
    "{column} is {now} in all {rows:,} rows that have it; it varied where the model learned.",
    "Its sensor or feed may have stopped: look at the source before trusting any score.",
)
NUMBER_MOVED = FindingKind(
    "number-moved",
    "warning",
    "{column} moved: its middle value is {now} where it was {was} (distance {distance:.2f} of 1).",
    "Look whether the unit or the source changed; if this is the new normal, fit again on recent rows: standout train FILE.",
)
MIX_MOVED = FindingKind(
    "categories-moved",
    "warning",
    "{column} moved: {level} makes up {now:.0%} where it was {was:.0%} (distance {distance:.2f} of 1).",
    "Look whether names or the source changed; if this is the new normal, fit again on recent rows: standout train FILE.",
)
MISSING_MOVED = FindingKind(
    "missing-moved",
    "warning",
    "{column} is missing in {now:.0%} of the rows where it was in {was:.0%}.",
    "Look at the source of {column}: a feed may have stopped or begun.",
)
NO_REFERENCE = FindingKind(
    "drift-no-reference",
    "info",
    "The model was fitted without an explainer, which keeps the training rows that columns are compared with.",
    "Only the scores are looked at; fit again with explanations on to compare columns.",
)


@dataclass(frozen=True)
class Reference:
    """A column as it was where the model learned, and as it is now.

    was, now: numbers, NaN where missing; of categories and flags the place of each value in `levels`, other numbers for any other;
    None for kinds of which only missing values are compared. shares: of the levels among the rows learned from that had a value.
    missing: the share of the `rows` learned from that had none. absent: True for each new row that has none.
    """

    name: str
    rows: int
    missing: float
    absent: np.ndarray[tuple[int], np.dtype[np.bool_]]
    was: Floats | None = None
    now: Floats | None = None
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class ColumnDrift:
    """One test of one column: how far it moved, 0 to 1, how likely chance alone moves it so far, and what to say of it."""

    column: str
    what: str
    distance: float
    p_value: float
    moved: bool
    finding: Finding | None


def column_drift(references: Sequence[Reference]) -> tuple[ColumnDrift, ...]:
    """Every test of every column, the surest first.

    Numbers by Kolmogorov and Smirnov's distance, categories by chi-square and the total variation distance, missing values by
    chi-square; Benjamini and Hochberg over all of them. A column counts as moved where that is sure and the distance is at least
    0.1 (0.05 for missing values): of many rows, every difference is sure. The tests take rows as independent; rows close in time
    are not, which makes them too sure and the distance the better guide.
    """
    tests: list[tuple[str, str, float, float, float, Finding]] = []
    for ref in references:
        if len(ref.absent):
            tests.append(_missing(ref))
        if ref.was is not None and ref.now is not None:
            tests += _mix(ref) if ref.levels else _number(ref)
    order = sorted(range(len(tests)), key=lambda i: (tests[i][3], -tests[i][2], i))
    sure = [k for k, i in enumerate(order) if tests[i][3] <= FALSE_SHARE * (k + 1) / len(tests)]
    most = sure[-1] if sure else -1
    found = []
    for k, i in enumerate(order):
        column, what, distance, p, material, finding = tests[i]
        moved = k <= most and distance >= material
        found.append(ColumnDrift(column, what, distance, p, moved, finding if moved else None))
    return tuple(found)


_Test = tuple[str, str, float, float, float, Finding]


def _missing(ref: Reference) -> _Test:
    n, gone = len(ref.absent), float(ref.absent.sum())
    counts = np.array([[ref.missing * ref.rows, (1 - ref.missing) * ref.rows], [gone, n - gone]])
    p, _ = _chi_square(counts)
    finding = MISSING_MOVED.found(column=ref.name, now=gone / n, was=ref.missing)
    return ref.name, "missing", abs(gone / n - ref.missing), p, MISSING_MATERIAL, finding


def _number(ref: Reference) -> list[_Test]:
    assert ref.was is not None  # the caller looked
    assert ref.now is not None
    was, now = np.sort(ref.was[~np.isnan(ref.was)]), np.sort(ref.now[~np.isnan(ref.now)])
    if not len(was) or not len(now):
        return []
    both = np.concatenate([was, now])
    gap = np.searchsorted(was, both, side="right") / len(was) - np.searchsorted(now, both, side="right") / len(now)
    distance = float(np.abs(gap).max())
    p = float(kolmogorov(distance * np.sqrt(len(was) * len(now) / (len(was) + len(now)))))
    if len(now) > 1 and now[0] == now[-1] and was[0] != was[-1]:
        stopped = COLUMN_STOPPED.found(column=ref.name, now=f"{now[0]:g}", rows=len(now))
        return [(ref.name, "values", distance, p, MATERIAL, stopped)]
    middle, before = (f"{np.median(v):.4g}" for v in (now, was))
    finding = NUMBER_MOVED.found(column=ref.name, now=middle, was=before, distance=distance)
    return [(ref.name, "values", distance, p, MATERIAL, finding)]


def _mix(ref: Reference) -> list[_Test]:
    assert ref.now is not None  # the caller looked
    here = ref.now[~ref.absent]
    if not len(here):
        return []
    known = (here >= 0) & (here < len(ref.levels))
    counts = np.bincount(here[known].astype(np.intp), minlength=len(ref.levels)).astype(np.float64)
    now = np.r_[counts, float(np.sum(~known))] / len(here)
    was = np.r_[ref.shares, max(0.0, 1.0 - sum(ref.shares))]
    distance = float(0.5 * np.abs(now - was).sum())
    rows = ref.rows * (1 - ref.missing)
    p, _ = _chi_square(np.array([was * rows, now * len(here)]))
    at = int(np.abs(now - was).argmax())
    level = repr(ref.levels[at]) if at < len(ref.levels) else "what was rare or unknown"
    finding = MIX_MOVED.found(column=ref.name, level=level, now=float(now[at]), was=float(was[at]), distance=distance)
    return [(ref.name, "values", distance, p, MATERIAL, finding)]


def _chi_square(counts: Floats) -> tuple[float, int]:
    """Pearson's test that two rows of counts have the same shares; levels with few expected are taken together."""
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / max(counts.sum(), 1.0)
    few = expected.min(axis=0) < LEAST
    counts = np.column_stack([counts[:, ~few], counts[:, few].sum(axis=1)])
    expected = np.column_stack([expected[:, ~few], expected[:, few].sum(axis=1)])
    there = expected.min(axis=0) > 0
    freedom = int(there.sum()) - 1
    if freedom < 1:
        return 1.0, 0
    statistic = float((np.square(counts - expected)[:, there] / expected[:, there]).sum())
    return float(chdtrc(freedom, statistic)), freedom
