"""Numbers, moments and values as a person would write them, and texts from data made safe to look at."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np

LONGEST = 160
"""Characters of a text from data that are shown; the rest is counted."""


def number(value: float, digits: int = 3) -> str:
    """A number rounded to so many significant digits, grouped, with words for millions and powers of ten beyond.

    >>> [number(v) for v in (0, 0.000123456, 3.14159, 12345.6, 45_300_000, 1e15, -0.5)]
    ['0', '0.000123', '3.14', '12,346', '45.3 million', '1e15', '−0.5']
    """
    if math.isnan(value):
        return "missing"
    if math.isinf(value):
        return "infinite" if value > 0 else "−infinite"
    size = abs(value)
    if size == 0:
        text = "0"
    elif size >= 1e12 or size < 1e-6:
        text = _power(size, digits)
    elif size >= 1e6:
        unit, name = (1e9, "billion") if round(size, -6) >= 1e9 else (1e6, "million")
        text = f"{_plain(size / unit, digits)} {name}"
    else:
        text = _plain(size, digits)
    return f"−{text}" if value < 0 else text


def _plain(size: float, digits: int) -> str:
    places = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{size:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(size: float, digits: int) -> str:
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def count(value: int) -> str:
    """An exact count, grouped.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{value:,}"


def many(value: int, one: str, more: str = "") -> str:
    """A count with its noun.

    >>> many(1, "alert"), many(2000, "alert"), many(0, "category", "categories")
    ('1 alert', '2,000 alerts', 'no categories')
    """
    noun = one if value == 1 else more or f"{one}s"
    return f"{count(value) if value else 'no'} {noun}"


def whole_percent(share: float) -> str:
    """A share of few cases, in whole percents: of 80 none is a tenth.

    >>> whole_percent(0.9875)
    '99%'
    """
    return f"{share:.0%}"


def percent(share: float) -> str:
    """A share as a percentage that does not pretend: 0% and 100% only where it is exactly so.

    >>> [percent(s) for s in (0, 0.00004, 0.0123, 0.5, 0.9996, 1)]
    ['0%', '<0.01%', '1.2%', '50%', '>99.9%', '100%']
    """
    if share in (0, 1):
        return f"{share:.0%}"
    if share < 0.0001:
        return "<0.01%"
    if share > 0.999:
        return ">99.9%"
    value = 100 * share
    digits = 2 if value < 1 else 1 if value < 10 or value > 90 else 0
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") + "%" if digits else f"{value:.0f}%"


def severity(p_value: float) -> str:
    """The percentile among normal rows, cut and not rounded, so that nothing short of certain reads 100.

    >>> [severity(p) for p in (0.5, 0.0123, 0.0004, 0.00001)]
    ['50', '98.7', '99.96', '99.999']
    """
    places = 0 if p_value >= 0.1 else min(4, max(1, math.floor(-math.log10(max(p_value, 1e-9)) - 1e-9) - 1))
    scale = 10**places
    return f"{math.floor(100 * (1 - p_value) * scale + 1e-6) / scale:.{places}f}"


def one_in(p_value: float) -> str:
    """How rare, in words.

    >>> one_in(0.5), one_in(0.00013)
    ('1 in 2', '1 in 7,700')
    """
    rows = 1 / max(p_value, 1e-12)
    return f"1 in {number(float(f'{rows:.2g}'))}"


def duration(seconds: float) -> str:
    """A length of time in one unit, or two.

    >>> [duration(s) for s in (0.0004, 0.25, 3.2, 125, 7300, 200000)]
    ['0.4 ms', '250 ms', '3.2 s', '2 min 5 s', '2 h 1 min', '2 days 7 h']
    """
    if seconds < 1:
        return f"{number(1000 * seconds, 2)} ms"
    if seconds < 60:
        return f"{number(seconds, 2)} s"
    for unit, name, smaller, small in ((86400, "day", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= unit:
            whole, rest = divmod(seconds, unit)
            tail = f" {int(rest // smaller)} {small}" if rest >= smaller else ""
            return f"{int(whole)} {name}{'s' if name == 'day' and whole > 1 else ''}{tail}"
    return ""


def moment(value: Any) -> str:
    """A time without what is nought: the day alone at midnight, no seconds where there are none.

    >>> moment(np.datetime64("2026-03-01T00:00")), moment(np.datetime64("2026-03-01T14:05:00"))
    ('2026-03-01', '2026-03-01 14:05')
    """
    time = np.datetime64(value, "us")
    if np.isnat(time):
        return "missing"
    day, _, clock = str(time).partition("T")
    if clock.startswith("00:00:00.000000"):
        return day
    clock = clock.removesuffix(".000000") if clock.endswith(".000000") else clock.rstrip("0")
    return f"{day} {clock.removesuffix(':00') if clock.count(':') == 2 else clock}"


def value(given: Any) -> str:
    """A value of any column."""
    if given is None:
        return "missing"
    if isinstance(given, bool | np.bool_):
        return "yes" if given else "no"
    if isinstance(given, np.datetime64):
        return moment(given)
    if isinstance(given, int | float | np.number):
        return number(float(given), 5)
    return text(str(given))


def text(given: str, longest: int = LONGEST) -> str:
    """A text from data, cut to a length, with characters that cannot be seen or that turn the line around written out.

    >>> text("pay\\u202eexe.doc"), text("a" * 500, 5)
    ('pay\\\\u202eexe.doc', 'aaaaa… (500 characters)')
    """
    cut = given[:longest]
    shown = cut if cut.isprintable() else "".join(c if c == " " or _visible(c) else _named(c) for c in cut)
    if not shown.strip():
        return "(empty)" if not given else f"({many(len(given), 'space')})"
    return shown if len(given) <= longest else f"{shown}… ({count(len(given))} characters)"


def short(given: str, longest: int = 12) -> str:
    """A text for a place of so many characters.

    >>> short("extraordinarily"), short("plain")
    ('extraordina…', 'plain')
    """
    shown = text(given, longest + 1)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _visible(character: str) -> bool:
    # Cc control, Cf format (bidirectional marks, zero width), Co private, Cs surrogate, Cn unassigned, Zl and Zp line ends
    return unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def _named(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "⏎", "\r": "␍", "\t": "⇥"}[character]
    return f"\\u{ord(character):04x}"


def listed(items: Iterable[str], most: int = 5) -> str:
    """Words in a row, the last with "and"; beyond `most` the rest is counted.

    >>> listed(["a", "b", "c"]), listed("abcdefgh", 3)
    ('a, b and c', 'a, b, c and 5 more')
    """
    items = list(items)
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
