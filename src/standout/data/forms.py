"""Text as numbers and times: the forms in which people write them, found on a sample and kept in the schema.

>>> values, found = numbers_of(pa.array(["1.234,5", "7"]), "decimal-comma")
>>> values.to_pylist()
[1234.5, 7.0]
>>> time_form(pa.array(["24/12/2023", "01/02/2024"]))
('%d/%m/%Y', False)
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_PLAIN = r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$|^[-+]?([iI][nN][fF]([iI][nN][iI][tT][yY])?|[nN][aA][nN])$"
_BLANK = r" \x{a0}\x{202f}'"
NUMBER_FORMS: dict[str, tuple[str, str, str]] = {
    "": (_PLAIN, ".", ""),
    "thousands-comma": (r"^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$|^[-+]?[0-9]*\.?[0-9]+$", ".", "[,]"),
    "decimal-comma": (r"^[-+]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?$", ",", "[.]"),
    "thousands-blank": (
        rf"^[-+]?[0-9]{{1,3}}([{_BLANK}][0-9]{{3}})+([.,][0-9]+)?$|^[-+]?[0-9]+([.,][0-9]+)?$", ",", f"[{_BLANK}]"
    ),
    "percent": (r"^[-+]?[0-9]*[.,]?[0-9]+ ?%$", ",", "[ %]"),
    "currency": (
        r"^[-+]?[$€£¥] ?-?[0-9][0-9,]*(\.[0-9]+)?$|^[-+]?[0-9][0-9,]*(\.[0-9]+)? ?[$€£¥]$", ".", "[$€£¥, ]"
    ),
}  # fmt: skip
"""How numbers are written in text: what they look like, their decimal mark, and what is taken out."""

# years of two digits first: %Y takes 24 for the year 24
_DAYS = ("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d-%b-%Y",
         "%d %b %Y", "%b %d, %Y", "%Y.%m.%d")  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
TIME_FORMS = (*(day + clock for day, clock in product(_DAYS, _CLOCKS)), "%Y%m%d", "%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Y")
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
US = pa.timestamp("us")


def numbers_of(texts: pa.Array, form: str = "") -> tuple[pa.Array, pa.Array]:
    """Numbers from text of a form, missing where it does not fit, and which of them were found."""
    pattern, mark, taken_out = NUMBER_FORMS[form]
    trimmed = pc.utf8_trim_whitespace(texts)
    found = pc.fill_null(pc.match_substring_regex(trimmed, pattern), False)
    cleaned = pc.replace_substring_regex(trimmed, taken_out, "") if taken_out else trimmed
    cleaned = pc.replace_substring(cleaned, ",", ".") if mark == "," else cleaned
    numbers = pc.if_else(found, cleaned, pa.scalar(None, pa.string())).cast(pa.float64())
    return (pc.divide(numbers, 100.0) if form == "percent" else numbers), found


def number_form(texts: pa.Array) -> tuple[str, float]:
    """The form that fits most of the texts, the plain one first, and its share of them."""
    best, best_share = "", -1.0
    for form in NUMBER_FORMS:
        share = pc.mean(numbers_of(texts, form)[1].cast(pa.float64())).as_py() or 0.0
        if share > best_share + 1e-9:
            best, best_share = form, share
    return best, best_share


def times_of(texts: pa.Array, form: str = "") -> pa.Array:
    """UTC times (microseconds) from text, missing where it does not fit: ISO 8601, or a strptime form."""
    trimmed = pc.utf8_trim_whitespace(texts)
    if form:
        parsed = pc.strptime(trimmed, format=form, unit="us", error_is_null=True)
        return parsed.cast(US)
    zoned = pc.match_substring_regex(trimmed, _ISO + _ZONE)
    plain = pc.match_substring_regex(trimmed, _ISO + "$")
    none = pa.scalar(None, pa.string())
    with_zone = _iso(pc.if_else(zoned, trimmed, none), pa.timestamp("ns", "UTC"))
    return pc.coalesce(
        _iso(pc.if_else(plain, trimmed, none), pa.timestamp("ns")).cast(US, safe=False), with_zone.cast(US, safe=False)
    )


def _iso(texts: pa.Array, type_: pa.DataType) -> pa.Array:
    try:
        return texts.cast(type_)
    except pa.ArrowInvalid:
        pass
    # such as the 30th of February, or a year that nanoseconds do not reach: each value by itself
    return pa.array([_one(t, type_) for t in texts.to_pylist()], type_)


def _one(text: str | None, type_: pa.DataType) -> object:
    try:
        return None if text is None else pa.scalar(text).cast(type_).as_py()
    except pa.ArrowInvalid:
        return None


GLANCED = 200
"""Texts that a form is tried on before it is tried on all: most columns of text hold no times, and there are many forms."""


def time_form(texts: pa.Array) -> tuple[str, bool] | None:
    """The form that fits at least 99% of the texts ("" for ISO), and whether day and month could change places, or None."""
    count = len(texts) - texts.null_count
    if not count or not pc.any(pc.match_substring_regex(texts, "[0-9]")).as_py():
        return None
    few = texts.drop_null().slice(0, GLANCED)
    worth_trying = [f for f in ("", *TIME_FORMS) if times_of(few, f).null_count <= len(few) / 2]
    fitting = [f for f in worth_trying if count - _nulls(texts, times_of(texts, f)) >= 0.99 * count]
    if "" in fitting:
        return "", False
    if not fitting:
        return None
    first = fitting[0]
    twins = [f for f in fitting[1:] if f == _exchanged(first)]
    if not twins:
        return first, False
    return (_sorted_one(texts, first, twins[0]), True)


def _nulls(texts: pa.Array, parsed: pa.Array) -> int:
    return int(parsed.null_count - texts.null_count)


def _exchanged(form: str) -> str:
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def _sorted_one(texts: pa.Array, one: str, other: str) -> str:
    # files are mostly in order of time: the reading that goes back less often is the likelier
    def steps_back(form: str) -> int:
        values = times_of(texts, form).drop_null().to_numpy(zero_copy_only=False)
        return int((np.diff(values.astype(np.int64)) < 0).sum())

    return other if steps_back(other) < steps_back(one) else one


def epoch(values: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Times from numbers since 1970: seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, else nanoseconds.

    Each number tells its own unit, so that a row alone reads as it does among others; seconds from the year 5138 and milliseconds
    before 1973 are read wrongly.
    """
    size = np.abs(values)
    scale = np.select([size < 1e11, size < 1e14, size < 1e17], [1e6, 1e3, 1.0], 1e-3)
    with np.errstate(invalid="ignore", over="ignore"):
        micros = values * scale
    known = np.isfinite(micros) & (np.abs(micros) < 9e18)
    whole = np.where(known, np.rint(np.where(known, micros, 0.0)), 0.0).astype(np.int64)
    times = whole.astype("datetime64[us]")
    times[~known] = np.datetime64("NaT")
    return times
