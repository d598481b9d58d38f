"""One sentence for each alert, as a person would read it aloud. It tells what is unusual, never what caused it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.reason import Contribution
from standout.core.table import Kind
from standout.explain.amounts import amount, number, parted
from standout.explain.usual import RARE, Usual, as_level

ORDINARY = "This row is no stranger than a typical one."
NOTHING = "No single column stands out; the row is unusual as a whole."
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST = 40  # characters of a text that are quoted
COMMON = 0.2  # the share of rows that hold a category, from which it is what a column "usually" is
FEW = 9  # whole numbers


def percent(share: float) -> str:
    """A share in percent, whole unless it is below one.

    >>> percent(0.314), percent(0.0314), percent(0.00314)
    ('31%', '3%', '0.3%')
    """
    return f"{100 * share:.0f}%" if share >= 0.01 else f"{100 * share:.1g}%"


def moment(value: np.datetime64) -> str:
    """A time as a date, with the hour unless it is midnight.

    >>> moment(np.datetime64("2026-11-21T03:12")), moment(np.datetime64("2026-11-21"))
    ('21 Nov 2026 03:12', '21 Nov 2026')
    """
    day, rest = np.datetime_as_string(value.astype("datetime64[s]")).split("T")
    year, month, date = day.rsplit("-", 2)
    clock = "" if rest == "00:00:00" else f" {rest[:5]}" if rest.endswith("00") else f" {rest}"
    return f"{int(date)} {MONTHS[int(month) - 1]} {year}{clock}"


def spoken(value: Any) -> str:
    """Any value of a table as it stands in a sentence; strings in quotation marks, long ones cut."""
    if value is None:
        return "missing"
    if isinstance(value, bool | np.bool_):
        return as_level(value)
    if isinstance(value, np.datetime64):
        return moment(value)
    if isinstance(value, str):
        return f"'{value if len(value) <= LONGEST else value[: LONGEST - 3] + '...'}'"
    return number(float(value))


def told(value: Any, usual: Usual) -> str:
    """A value of a column as it stands in a sentence: a number with its unit, anything else as `spoken`."""
    if usual.kind is Kind.NUMBER and value is not None:
        return amount(float(value), usual) + parted(usual)[1]
    return spoken(value)


def clause(part: Contribution, usual: Usual, given: tuple[Usual, Any] | None, aspect: str) -> str:
    """What is unusual in one column; `given` is the column that speaks most against it, `aspect` what of a text or time."""
    name, seen = parted(usual)[0], told(part.seen, usual)
    if part.how == "missing":
        return f"{name} is missing, {_how_often(usual.missing)}"
    if usual.kind is Kind.NUMBER and part.how == "value":
        return f"{name} is {seen}, {_where(float(part.seen), usual)}"
    if usual.kind in (Kind.TEXT, Kind.TIME):
        return f"{name} is {seen}, unusual in its {aspect}"
    if part.how == "value":
        often = (
            ""
            if part.expected is None or usual.share(as_level(part.expected)) < COMMON
            else f" (usually {spoken(part.expected)})"
        )
        return f"{name} is {seen}, {_how_rare(part.seen, usual)}{often}"
    rest = f"{parted(given[0])[0]} {told(given[1], given[0])}" if given else "the rest of the row"
    if usual.kind is Kind.NUMBER and part.expected is not None and told(part.expected, usual) != seen:
        return f"{name} is {seen} where about {told(part.expected, usual)} is usual given {rest}"
    often = "" if part.expected is None or usual.kind is Kind.NUMBER else f" (usually {spoken(part.expected)})"
    return f"{name} {seen} is unusual given {rest}{often}"


@dataclass(frozen=True, slots=True)
class Then:
    """A column at the moment of a series at which it was oddest: its value, None where not known, and whether beyond all seen before.

    beyond: 1 where it lay above, -1 below, else 0.
    """

    value: Any
    beyond: int = 0


def course_clause(part: Contribution, usual: Usual, then: Then) -> str:
    """How a column of a series got where it is; `part.expected` is what it was before.

    >>> from standout.explain.usual import Usual
    >>> usual = Usual("load", Kind.NUMBER, (0.0, 0.1, 0.3, 0.6, 0.7), False, 0.0, (), (), True)
    >>> course_clause(Contribution("load", 0.9, 0.5, 0.2, (0.1, 0.6), "course", 0), usual, Then(0.5))
    'load rose from about 0.2 to 0.5'
    >>> course_clause(Contribution("load", 0.9, 0.2, 0.6, (0.1, 0.6), "course", 3), usual, Then(0.1))
    'load fell from about 0.6 to 0.1, 3 rows earlier'
    >>> course_clause(Contribution("load", 0.9, 0.2, 0.2, (0.1, 0.6), "course", 1), usual, Then(None, 1))
    'load rose above all that is usual, one row earlier'
    """
    name, when = parted(usual)[0], _when(part.back)
    if then.beyond:
        return f"{name} {'rose above' if then.beyond > 0 else 'fell below'} all that is usual{when}"
    if usual.kind is Kind.NUMBER and part.expected is not None and then.value is not None:
        before, value = told(part.expected, usual), told(then.value, usual)
        if before != value:
            return f"{name} {'rose' if then.value > part.expected else 'fell'} from about {before} to {value}{when}"
    return f"{name} moved unusually{when}" if when else f"{name} took an unusual course to {told(part.seen, usual)}"


def _when(back: int | None) -> str:
    if not back:
        return ""
    rows = "one row" if abs(back) == 1 else f"{abs(back)} rows"
    return f", {rows} {'earlier' if back > 0 else 'later'}"


def _how_often(share: float) -> str:
    if share == 0:
        return "which it never was before"
    return f"as in {percent(share)} of rows" if share < 0.5 else "as it mostly is"


def _how_rare(seen: Any, usual: Usual) -> str:
    level = as_level(seen)
    if level not in usual.levels:
        return "which was never seen before" if usual.complete else "which is rare"
    share = usual.share(level)
    return "which is rare" if share < RARE else f"as in {percent(share)} of rows"


def _where(value: float, usual: Usual) -> str:
    low, high = usual.quantiles[1], usual.quantiles[3]
    beyond = value - high if value > high else low - value
    side = "above" if value > high else "below"
    if low == high:
        # of a column that hardly ever leaves its value the next whole numbers are not far off
        least = max(abs(high), usual.quantiles[4] - usual.quantiles[0], FEW if usual.whole else 0.0)
        return f"{'far ' if beyond > least else ''}{side} the usual {amount(low, usual)}"
    far = "far " if beyond > high - low else ""
    return f"{far}{side} the usual {amount(low, usual)} to {amount(high, usual)}"


def sentence(clauses: list[str]) -> str:
    """The clauses as one sentence.

    >>> sentence(["amount is 9,310, far above the usual 4 to 320", "merchant 'fuel' is unusual given country 'NZ'"])
    "amount is 9,310, far above the usual 4 to 320; with it merchant 'fuel' is unusual given country 'NZ'."
    """
    if not clauses:
        return NOTHING
    first, *others = clauses
    return "; ".join([first, *(f"{'with it' if i == 0 else 'and'} {c}" for i, c in enumerate(others))]) + "."
