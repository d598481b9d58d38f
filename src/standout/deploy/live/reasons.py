"""What alerts of one reason have in common, and how an incident is called: by `Reason.key`, the columns told and in what way.

>>> parts("flow above; heat below")
('flow above', 'heat below')
"""

from __future__ import annotations

from standout.deploy.store.records import Alert, Kind

SIDES = {
    "above": "is high",
    "below": "is low",
    "value": "is unusual",
    "combination": "does not fit the rest",
    "missing": "is missing",
}


def parts(because: str) -> tuple[str, ...]:
    """The columns of a reason's key, each with the way in which it stands out."""
    return tuple(because.split("; "))


def alike(one: str, other: str) -> bool:
    """Whether two keys are of one reason: they share a column that stands out in the same way, or neither names any.

    >>> alike("flow above; heat below", "heat below"), alike("flow above", "flow below"), alike("", "")
    (True, False, True)
    """
    return one == other or bool(set(parts(one)) & set(parts(other)))


def headline(alert: Alert) -> str:
    """An incident in words, from its first or strongest alert."""
    if alert.kind is not Kind.ROW:
        return alert.sentence
    whose = f" for {alert.entity}" if alert.entity else ""
    if not alert.because:
        return f"A row stands out{whose}"
    found = [part.rpartition(" ") for part in parts(alert.because)]
    said = [f"{column or side} {SIDES.get(side, 'stands out')}" for column, _, side in found]
    return (said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}") + whose
