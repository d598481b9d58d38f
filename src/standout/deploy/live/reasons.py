"""What alerts of one reason have in common, and how an incident is called: small, and by the columns alone.

>>> because_of({"columns": [{"column": "amount", "share": 0.6}, {"column": "country", "share": 0.35}, {"column": "hour", "share": 0.05}]})
'amount+country'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standout.deploy.store.records import Alert, Kind

MOST = 3
OF_THE_FIRST = 0.5


def because_of(reason: Mapping[str, Any]) -> str:
    """The key of a reason (as `Reason.as_dict`): its main columns in order of their names; empty where there is none.

    A main column has at least half the share of the first one, and there are at most three.
    """
    columns = reason.get("columns") or []
    if not columns:
        return ""
    least = OF_THE_FIRST * float(columns[0]["share"])
    return "+".join(sorted(c["column"] for c in columns[:MOST] if float(c["share"]) >= least))


def alike(one: str, other: str) -> bool:
    """Whether two keys are of one reason: they share a column, or neither names any."""
    return one == other or bool(set(one.split("+")) & set(other.split("+")))


def headline(alert: Alert) -> str:
    """An incident in words, from its first or strongest alert."""
    if alert.kind is not Kind.ROW:
        return alert.sentence
    whose = f" for {alert.entity}" if alert.entity else ""
    columns = [c for c in alert.because.split("+") if c]
    if not columns:
        return f"A row stands out{whose}"
    listed = columns[0] if len(columns) == 1 else f"{', '.join(columns[:-1])} and {columns[-1]}"
    return f"{listed} {'stands' if len(columns) == 1 else 'stand'} out{whose}"
