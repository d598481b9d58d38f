"""Numbers as a person would say them: rounded, with a unit where the column's name ends in one, and fine enough for their column."""

from __future__ import annotations

import math
import re

from standout.core.table import Kind
from standout.explain.usual import Usual

LARGE = ((1e15, 1.0, ""), (1e12, 1e12, " trillion"), (1e9, 1e9, " billion"), (1e7, 1e6, " million"))
UNIT = re.compile(r"(.*\S)\s*[\[(]([^\])\s]{1,8})[\])]")
"""A name that ends in a unit: `Torque [Nm]`, `temperature (°C)`."""

YEARS = (1800.0, 2200.0)


def number(value: float) -> str:
    """A number rounded as a person would say it.

    >>> [number(x) for x in (9310.4, 0.0123456, 17, 12_345_678, -3.14159, 120, 2e20)]
    ['9,310', '0.0123', '17', '12.3 million', '-3.14', '120', '2e+20']
    """
    if not math.isfinite(value):
        return "infinite" if value > 0 else "minus infinity"
    size = abs(float(f"{value:.3g}"))
    for least, unit, name in LARGE:
        if size >= least:
            return f"{value / unit:.3g}{name}"
    if size < 1000:
        return f"{value + 0.0:.3g}"  # adding 0 makes minus zero plain
    digits = 0 if value == round(value) and size < 1e4 else len(str(int(size))) - 3
    return f"{round(value, -digits):,.0f}"


def amount(value: float, usual: Usual) -> str:
    """A number of a column: so fine that a hundredth of the usual range shows where the number lies near to it, else as `number` has it.

    >>> kelvin = Usual("air [K]", Kind.NUMBER, (295.8, 296.7, 300.1, 303.5, 304.3), False, 0.0, (), (), True)
    >>> amount(303.42, kelvin), amount(2829.0, kelvin)
    ('303.4', '2,830')
    >>> amount(1994.0, Usual("Year", Kind.NUMBER, (1994, 1994, 1995, 1996, 1996), True, 0.0, (), (), True))
    '1994'
    """
    low, high = usual.quantiles[0], usual.quantiles[4]
    if usual.whole and "year" in usual.name.lower() and YEARS[0] <= min(low, value) and max(high, value) <= YEARS[1]:
        return str(round(value))
    if not math.isfinite(value) or value == 0 or abs(value) >= 1e7:
        return number(value)
    span = high - low
    if math.isfinite(span) and span > 0 and low - span <= value <= high + span:
        places, said = 1 - math.floor(math.log10(span)), 2 - math.floor(math.log10(abs(value)))
        if places > max(said, 0):
            return f"{round(value, places) + 0.0:,.{places}f}"
    return number(value if usual.whole or abs(value) < 1000 else float(f"{value:.3g}"))


def parted(usual: Usual) -> tuple[str, str]:
    """The name of a column of numbers and its unit, with a space before it; no unit where the name ends in none.

    >>> parted(Usual("Torque [Nm]", Kind.NUMBER, (0, 1, 2, 3, 4), False, 0.0, (), (), True))
    ('Torque', ' Nm')
    """
    found = UNIT.fullmatch(usual.name) if usual.kind is Kind.NUMBER else None
    return (usual.name, "") if found is None else (found[1], f" {found[2]}")
