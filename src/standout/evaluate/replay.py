"""What a budget would have raised over a history, and when: scored once, decided as often as there are budgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Policy, Streams
from standout.core.detector import Labels
from standout.core.errors import ParameterError
from standout.core.events import Line, decide
from standout.core.finding import Finding, FindingKind
from standout.core.scores import Scores, strangest_first
from standout.evaluate.metrics import confusion
from standout.evaluate.ranking import share
from standout.evaluate.results import Estimate

LADDER = (0.2, 0.4, 1.0, 2.0, 4.0, 10.0)
"""The budgets of the table, as multiples of the one asked for."""

DAY = np.timedelta64(86_400_000_000, "us")
SCALED = ("alerts", "rate", "share", "level", "miss")

NOT_IN_ORDER = FindingKind(
    "history-not-in-order",
    "info",
    "The history is not in order of time, so it was put in order before it was replayed.",
    "Nothing to do.",
)
LOOKS_AHEAD = FindingKind(
    "replay-looks-ahead",
    "info",
    "This budget ({promise}) is kept by looking at all rows at once: a stream could not have decided so.",
    "Replay a budget that decides row by row, such as --alerts-per-day.",
)


@dataclass(frozen=True)
class Replayed:
    """What one policy would have raised.

    alarms: shape (n,), in the order of the history. days: that the history covers, None without a clock. dates, counts: days
    (UTC) with alerts, and how many on each. precision: None without alerts or labels; recall: None without anomalies.
    """

    policy: Policy
    alarms: NDArray[np.bool_]
    days: float | None
    dates: NDArray[Any]
    counts: NDArray[np.int64]
    precision: Estimate | None = None
    recall: Estimate | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def alerts(self) -> int:
        """How many rows would have been raised."""
        return int(self.alarms.sum())

    @property
    def a_day(self) -> float | None:
        """Alerts a day on average; None without a clock."""
        return None if self.days is None else self.alerts / self.days

    def strongest(self, scores: Scores, most: int) -> NDArray[np.intp]:
        """The rows that would have been raised, strangest first, at most so many."""
        order = strangest_first(scores)
        return order[self.alarms[order]][:most]

    def in_words(self) -> str:
        """One sentence: how many, how often, and the worst day.

        >>> one = Replayed(None, np.array([True, False]), 2.0, np.array(["2026-01-02"], "datetime64[D]"), np.array([1]))
        >>> one.in_words()
        '1 alert over the 2 days of the history, 0.5 a day; the most on one day were 1, on 2026-01-02.'
        """
        n = f"{self.alerts:,} alert{'s' if self.alerts != 1 else ''}"
        if self.days is None:
            return f"{n} in {len(self.alarms):,} rows."
        whole = max(1, round(self.days))
        span = f"{whole:,} days" if whole != 1 else "1 day"
        if not len(self.counts):
            return f"{n} over the {span} of the history."
        worst = int(self.counts.argmax())
        return (
            f"{n} over the {span} of the history, {self.a_day:.2g} a day; the most on one day were "
            f"{int(self.counts[worst])}, on {self.dates[worst]}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "policy": self.policy.as_dict(),
            "promise": self.policy.in_words(),
            "alerts": self.alerts,
            "days": self.days,
            "a_day": self.a_day,
            "by_day": {str(d): int(c) for d, c in zip(self.dates, self.counts, strict=True)},
            "precision": None if self.precision is None else self.precision.value,
            "recall": None if self.recall is None else self.recall.value,
            "findings": [f.as_dict() for f in self.findings],
        }


def replay(
    policy: Policy, scores: Scores, times: NDArray[Any] | None, labels: Labels | None = None, line: Line | None = None
) -> Replayed:
    """What a policy would have raised; in order of time and without looking ahead where the policy can decide so.

    scores, times, labels: one entry a row, in any order; rows without a time come last. labels: 1, 0, or -1 for unknown.
    line: of a series, how its rows lie along time: each event is then raised once. Labels judge all rows of an event.
    """
    order = np.arange(len(scores)) if times is None else np.argsort(times, kind="stable")
    ahead: tuple[Finding, ...] = ()
    if times is not None and len(order) and (np.diff(order) < 0).any():
        ahead = (NOT_IN_ORDER.found(),)
    alarms, inside = np.zeros((2, len(scores)), dtype=np.bool_)
    if line is not None:
        line = replace(line, order=np.argsort(order)[line.order])
    raised = decide(policy, scores.take(order), None if times is None else times[order], line, streamed=True)
    alarms[order], inside[order] = raised.alarms, raised.inside
    ahead += raised.findings if isinstance(policy, Streams) else (LOOKS_AHEAD.found(promise=policy.in_words()),)
    known = np.empty(0, dtype="datetime64[us]") if times is None else times[~np.isnat(times)]
    at = known[:0] if times is None else times[alarms & ~np.isnat(times)]
    dates, counts = np.unique(at.astype("datetime64[D]"), return_counts=True)
    found = Replayed(policy, alarms, _days(known), dates, counts, findings=ahead)
    if labels is None:
        return found
    told = labels >= 0
    c = confusion(labels[told] == 1, inside[told])
    return replace(
        found,
        precision=share(c.caught, c.alerts) if c.alerts else None,
        recall=share(c.caught, c.anomalies) if c.anomalies else None,
    )


def _days(known: NDArray[Any]) -> float | None:
    """How many days the rows cover, a day at least; each row stands for the usual step after it."""
    if len(known) < 2:
        return 1.0 if len(known) else None
    return max(1.0, float((known.max() - known.min()) / DAY) * len(known) / (len(known) - 1))


def around(policy: Policy) -> tuple[Policy, ...]:
    """The same kind of policy with smaller and larger budgets, from a fifth to ten times, this one among them.

    Those that its limits do not allow are left out.
    """
    key = next((k for k in SCALED if k in policy.specs()), None)
    if key is None or (getattr(policy, "levels", ()) == () and key == "miss"):
        return (policy,)
    value, found = getattr(policy, key), []
    for factor in LADDER:
        scaled = float(f"{value * factor:.3g}")
        try:
            other = policy if factor == 1 else replace(policy, **{key: round(scaled) if isinstance(value, int) else scaled})
        except ParameterError:
            continue
        if other not in found:
            found.append(other)
    return tuple(found)
