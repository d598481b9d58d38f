"""What a run must own up to when its budget raised nothing."""

from __future__ import annotations

from standout.core.finding import Finding, FindingKind
from standout.goal.goal import Goal

FEW = 100

TOO_FEW_TO_CALL = FindingKind(
    "few-rows-to-call",
    "problem",
    "With {rows} rows even the strangest is only one in {rows}: too few to call any of them strange within the budget.",
    "Give it more rows (100 or more), or ask for a looser budget, such as --share 0.05.",
)
RATE_NEEDS_CLEAN_ROWS = FindingKind(
    "rate-needs-clean-rows",
    "problem",
    "No alert can be raised with at most {rate:.0%} of the alerts false: the rows are judged by each other, anomalies among them.",
    "Fit on rows known to be clean (--clean) and raise alerts in others with standout detect, or use --alerts.",
)


def unkept(goal: Goal, *, rows: int, alerts: int) -> tuple[Finding, ...]:
    """Why nothing was raised, where the budget itself is the reason; empty where something was.

    >>> [f.code for f in unkept(Goal(fdr=0.1), rows=5000, alerts=0)]
    ['rate-needs-clean-rows']
    """
    if alerts:
        return ()
    if goal.fdr is not None and not goal.clean:
        return (RATE_NEEDS_CLEAN_ROWS.found(rate=goal.fdr),)
    return (TOO_FEW_TO_CALL.found(rows=rows),) if rows < FEW else ()
