"""What is told with the rank of an alert though no row is strange: data that stopped, and a model that the world has left behind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.table import Column
from standout.evaluate.drift import NULL_TOO_FEW, NULL_TOO_MANY, ScoreDrift
from standout.kernels.silences import mark_silences

FEWEST, FEWEST_OF_ENTITY = 10, 30
"""Gaps that must have been seen before one can be long: of the whole, of one entity."""

TIMES, TIMES_OF_ENTITY = 2.0, 3.0
"""From how many times the longest gap so far data have stopped."""

REGULAR, WEEK = 0.5, 7 * 86_400.0
"""What is usual is known where gaps so far spread by less than this share of their mean; of others only after a week, since nights and
weekends are silent, too. An entity that does not send regularly is never told."""

DATA_STOPPED = FindingKind(
    "data-stopped",
    "problem",
    "Data of {who} stopped at {since} for {quiet}{still}; at most {usual} without any were usual until then.",
    "Look at the source: a sensor, a feed or a queue may have stood still.",
)


@dataclass(frozen=True)
class Notice:
    """Something told with the rank of an alert.

    since: when it began, or None where there is no clock. entity: whose data stopped, None for all. finding: what to say of it.
    """

    kind: Literal["stopped-data", "stale-model"]
    since: np.datetime64 | None
    entity: str | None
    finding: Finding

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        since = None if self.since is None else str(self.since)
        return {"kind": self.kind, "since": since, "entity": self.entity, "finding": self.finding.as_dict()}


def stopped(times: NDArray[Any], owners: Column | None = None, until: np.datetime64 | None = None) -> tuple[Notice, ...]:
    """Each time that data stopped, in order; decided as it would have been then, by the gaps before.

    times: datetime64[us] of rows in any order, NaT left out. owners: a category column, each row's entity; then those that send
    regularly are looked at one by one, too, where not all stopped. until: when the data were asked for, so that a silence at the end
    is told as well.

    >>> times = np.datetime64("2026-01-01", "us") + np.arange(40) * np.timedelta64(60_000_000, "us")
    >>> times[30:] += np.timedelta64(3_600_000_000, "us")
    >>> [n.finding.message for n in stopped(times)]
    ['Data of the whole stopped at 2026-01-01T00:29 for 61 minutes; at most 60 s without any were usual until then.']
    """
    known = ~np.isnat(times)
    found = _silences(np.unique(times[known]), None, until)
    if owners is not None:
        spans = [(n.since, n.finding.numbers["seconds"]) for n in found]
        named = known & (owners.values >= 0)
        order = np.lexsort((times[named], owners.values[named]))
        ordered, code = times[named][order], owners.values[named][order]
        edges = np.searchsorted(code, np.arange(len(owners.categories) + 1)).tolist()
        for name, (start, end) in zip(owners.categories, pairwise(edges), strict=True):
            own = _silences(np.unique(ordered[start:end]), name, until)
            found += [n for n in own if not any(_within(n, since, seconds) for since, seconds in spans)]
    return tuple(sorted(found, key=lambda n: (n.since, n.entity or "")))


def stale(drift: ScoreDrift, since: np.datetime64 | None = None, when: str = "") -> tuple[Notice, ...]:
    """That a model no longer fits: its null is lost and rates of alarms are not as promised. since, when: where the change began."""
    lost = {NULL_TOO_MANY.code, NULL_TOO_FEW.code}
    return tuple(Notice("stale-model", since, None, f) for f in drift.findings(when) if f.code in lost)


def _silences(times: NDArray[Any], entity: str | None, until: np.datetime64 | None) -> list[Notice]:
    """The silences of ascending times."""
    ends = times if until is None or not len(times) or until <= times[-1] else np.append(times, until)
    gaps = np.diff(ends).astype(np.float64) / 1e6
    outage, usual = np.empty(len(gaps), dtype=np.bool_), np.empty(len(gaps))
    if entity is None:
        mark_silences(gaps, FEWEST, TIMES, REGULAR, WEEK, outage, usual)
    else:
        mark_silences(gaps, FEWEST_OF_ENTITY, TIMES_OF_ENTITY, REGULAR, np.inf, outage, usual)
    found = []
    for at in np.flatnonzero(outage).tolist():
        seconds = float(gaps[at])
        told = DATA_STOPPED.found(
            who=entity or "the whole",
            since=str(times[at])[:16],
            quiet=_told(seconds),
            usual=_told(float(usual[at])),
            still=" and had not come back" if at == len(times) - 1 else "",
            seconds=seconds,
        )
        found.append(Notice("stopped-data", times[at], entity, told))
    return found


def _within(notice: Notice, since: np.datetime64 | None, seconds: float) -> bool:
    """Whether an entity fell silent together with all others."""
    assert notice.since is not None  # a gap has a beginning
    assert since is not None
    apart = float((since - notice.since) / np.timedelta64(1, "s"))
    return -seconds < apart <= notice.finding.numbers["seconds"]


def _told(seconds: float) -> str:
    for unit, size in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds <= 60 else f"{seconds / 60:.3g} minutes"
