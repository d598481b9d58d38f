"""Many alerts told at once: those that stand out for the same reason, and the columns that drive all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from standout.core.overview import Driver, ReasonGroup
from standout.core.reason import Contribution, Reason
from standout.explain.amounts import number
from standout.explain.sentences import percent, spoken


def groups(reasons: Sequence[Reason]) -> tuple[ReasonGroup, ...]:
    """Reasons with the same key together, the largest group first; rows without a column to tell are a group of their own.

    >>> from standout.core.reason import Contribution
    >>> high = [Contribution("amount", 0.9, x, 20.0, (4.0, 320.0), "value") for x in (500.0, 900.0)]
    >>> reasons = [Reason(i, (c,), "", told=1) for i, c in enumerate(high)]
    >>> groups(reasons)[0].sentence
    'amount is above the usual 4 to 320 (500 to 900).'
    """
    together: dict[str, list[Reason]] = {}
    for reason in reasons:
        together.setdefault(reason.key, []).append(reason)
    made = [ReasonGroup(key, tuple(r.row for r in mine), _sentence(mine)) for key, mine in together.items()]
    return tuple(sorted(made, key=lambda g: -len(g.rows)))


def drivers(reasons: Sequence[Reason]) -> tuple[Driver, ...]:
    """Columns by their share of the excess of all these rows together, largest first, and how many rows each is the first of."""
    amounts: dict[str, float] = {}
    first: dict[str, int] = {}
    for reason in reasons:
        for place, part in enumerate(reason.contributions):
            amounts[part.column] = amounts.get(part.column, 0.0) + part.share * reason.excess
            first[part.column] = first.get(part.column, 0) + (place == 0)
    whole = sum(r.excess for r in reasons)
    if not whole > 0:
        return ()
    made = [Driver(column, amount / whole, first[column]) for column, amount in amounts.items() if amount > 0]
    return tuple(sorted(made, key=lambda d: -d.share))


def _sentence(reasons: Sequence[Reason]) -> str:
    """One sentence for all: a single row's own, else each column told with the range or the commonest of what was seen."""
    if len(reasons) == 1 or not reasons[0].told:
        return reasons[0].sentence
    parts: dict[str, list[Contribution]] = {}
    for reason in reasons:
        for part in reason.contributions[: reason.told]:
            parts.setdefault(part.key, []).append(part)
    first, *others = [_clause(mine) for mine in parts.values()]
    return "; ".join([first, *(f"{'with it' if i == 0 else 'and'} {c}" for i, c in enumerate(others))]) + "."


def _clause(parts: Sequence[Contribution]) -> str:
    name, how, usual = parts[0].column, parts[0].how, parts[0].usual
    seen = _seen(parts)
    if how == "missing":
        return f"{name} is missing"
    if how == "course":
        return f"{name} takes an unusual course"
    if how == "combination":
        return f"{name} is unusual given the rest ({seen})"
    side = parts[0].key.removeprefix(f"{name} ")
    if side in ("above", "below"):
        low, high = number(float(usual[0])), number(float(usual[1]))
        return f"{name} is {side} the usual {low if low == high else f'{low} to {high}'} ({seen})"
    return f"{name} is unusual ({seen})"


def _seen(parts: Sequence[Contribution]) -> str:
    values = [p.seen for p in parts if p.seen is not None]
    if values and all(isinstance(v, float | int | np.number) and not isinstance(v, bool) for v in values):
        rounded = [
            float(v) if all(float(u).is_integer() for u in values) else float(f"{float(v):.3g}")
            for v in (min(values), max(values))
        ]
        low, high = (number(v) for v in rounded)
        return low if low == high else f"{low} to {high}"
    said = [spoken(v) for v in values]
    common = sorted(set(said), key=lambda s: (-said.count(s), s))
    told = ", ".join(common[:3])
    return told if len(common) <= 3 else f"{told} and others, {percent(1 - sum(said.count(c) for c in common[:3]) / len(said))}"
