"""What the values of one column are, judged by its name and a sample of values.

>>> judge("paid", pa.array(["yes", "no", None])).kind
<Kind.FLAG: 'flag'>
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.table import Kind
from standout.data.convert import FALSE, MARKS, TRUE, encoded, is_text
from standout.data.forms import number_form, numbers_of, time_form

NUMBERS_IN_TEXT = FindingKind(
    "numbers-in-text", "info", "{column} holds numbers written as text ({form}), such as {example!r}; it is read as numbers.",
    "Say its kind if it is a code.",
)  # fmt: skip
NOT_ALL_NUMBERS = FindingKind(
    "not-all-numbers", "warning", "{column} holds numbers and {share:.2%} other values, such as {example!r}, read as missing.",
    "Clean them, or say that its kind is category.",
)  # fmt: skip
DAY_OR_MONTH = FindingKind(
    "day-or-month", "warning", "Dates of {column} such as {example!r} can be read in two ways; {first} is taken to come first.",
    "Say the order, or write dates as 2024-12-31.",
)  # fmt: skip
EPOCH_TIME = FindingKind("epoch-time", "info", "{column} holds times as {unit} since 1970.", "Say its kind if it holds numbers.")
CLOCK_TIME = FindingKind("clock-time", "info", "{column} holds times of day, read as seconds since midnight.")

_TIME_WORDS = {"time", "timestamp", "date", "datetime", "ts", "epoch", "created", "updated", "at", "when", "day"}
_CODE_WORDS = {"code", "zip", "zipcode", "postcode", "postal", "mcc", "sku", "phone", "iban", "plz", "icd", "naics"}
ID_WORDS = {"id", "uid", "uuid", "guid", "udi", "key", "no", "nr", "number", "index", "row", "rowid", "serial", "record", "hash"}
MOSTLY = 0.99
_TEXT_LENGTH, _TEXT_WORDS = 40.0, 4.0


@dataclass(frozen=True)
class Judged:
    """A column's kind, how its text is read, why, and what was noticed; `values` holds its numbers, nan where missing."""

    kind: Kind | None
    why: str
    form: str = ""
    findings: tuple[Finding, ...] = ()
    values: NDArray[np.float64] | None = None


def words(name: str) -> list[str]:
    """The words of a column's name, in small letters.

    >>> words("FraudFound_P"), words("Air temperature [K]"), words("userID")
    (['fraud', 'found', 'p'], ['air', 'temperature', 'k'], ['user', 'id'])
    """
    parts = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)(?=[A-Z][a-z])", r"\1\3 \2", name)
    return [w for w in re.split(r"[^a-z0-9]+", parts.lower()) if w]


def judge(name: str, sample: pa.Array, *, day_first: bool | None = None) -> Judged:
    """The kind of a column from a sample; kind None where values cannot be used at all."""
    type_ = sample.type
    if sample.null_count == len(sample):
        return Judged(Kind.CATEGORY if is_text(type_) or pa.types.is_dictionary(type_) else Kind.NUMBER, "all missing")
    if pa.types.is_boolean(type_):
        return Judged(Kind.FLAG, "true and false")
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return Judged(Kind.TIME, "times")
    if pa.types.is_time(type_):
        return Judged(Kind.NUMBER, "times of day", "", (CLOCK_TIME.found(column=name),))
    if pa.types.is_duration(type_):
        return Judged(Kind.NUMBER, "durations in seconds")
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return of_numbers(name, sample.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    if pa.types.is_nested(type_) and not pa.types.is_dictionary(type_):
        return Judged(None, f"nested values ({type_})")
    return _of_text(name, sample, day_first)


def of_numbers(name: str, values: NDArray[np.float64], form: str = "", findings: tuple[Finding, ...] = ()) -> Judged:
    """Numbers are flags where all are 0 or 1, times or codes where the name says so, else numbers."""
    seen = values[~np.isnan(values)]
    if not len(seen):
        return Judged(Kind.NUMBER, "all missing", form, findings)
    if only_zero_or_one(seen) and seen.min() < seen.max():
        return Judged(Kind.FLAG, "only 0 and 1", "", findings, values)
    whole = bool(np.isfinite(seen).all() and (seen == np.rint(seen)).all())
    name_words = set(words(name))
    if name_words & _TIME_WORDS:
        unit = _epoch_unit(seen)
        if unit:
            return Judged(Kind.TIME, f"{unit} since 1970", "", (*findings, EPOCH_TIME.found(column=name, unit=unit)), values)
        if whole and _are_dates(seen):
            return Judged(Kind.TIME, "dates as 20241231", "%Y%m%d", findings, values)
    if whole and name_words & _CODE_WORDS:
        return Judged(Kind.CATEGORY, "the name says that it is a code", "", findings, values)
    return Judged(Kind.NUMBER, "numbers", form, findings, values)


def only_zero_or_one(seen: NDArray[np.float64]) -> bool:
    """Whether numbers without missing ones are all 0 or 1."""
    return bool(((seen == 0.0) | (seen == 1.0)).all())


def _epoch_unit(seen: NDArray[np.float64]) -> str:
    low, high = float(seen.min()), float(seen.max())
    # 1990 to 2100
    for unit, scale in (("seconds", 1.0), ("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)):
        if low >= 631152000 * scale and high <= 4102444800 * scale:
            return unit
    return ""


def _are_dates(seen: NDArray[np.float64]) -> bool:
    year, month, day = seen // 10000, seen // 100 % 100, seen % 100
    return bool(((year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())


def _of_text(name: str, sample: pa.Array, day_first: bool | None) -> Judged:
    codes, texts = encoded(sample)
    used = np.bincount(codes[codes >= 0], minlength=len(texts))
    marks = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), value_set=pa.array(sorted(MARKS), pa.string()))
    keep = pc.and_(pc.and_(pc.is_valid(texts), pc.invert(marks)), pa.array(used > 0))
    distinct, weights = texts.filter(keep), used[keep.to_numpy(zero_copy_only=False)]
    if not len(distinct):
        return _categories(texts, used)
    if {t.strip().lower() for t in distinct.to_pylist()[:8]} <= TRUE | FALSE and _is_flag(distinct):
        return Judged(Kind.FLAG, "yes and no in words")
    as_time = _as_time(name, distinct, day_first)
    return as_time or _as_number(name, distinct, weights, codes, texts) or _categories(distinct, weights)


def _is_flag(distinct: pa.Array) -> bool:
    names = {t.strip().lower() for t in distinct.to_pylist()}
    return len(distinct) == 2 and bool(names & TRUE) and bool(names & FALSE) and len(names) == 2


def _as_time(name: str, distinct: pa.Array, day_first: bool | None) -> Judged | None:
    found = time_form(distinct)
    if found is None or (found[0] == "%Y%m%d" and not set(words(name)) & _TIME_WORDS):
        return None
    form, open_ = found
    if not open_:
        return Judged(Kind.TIME, "dates or times in words", form)
    if day_first is not None and (form.index("%d") < form.index("%m")) != day_first:
        form = form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    first = "the day" if form.index("%d") < form.index("%m") else "the month"
    told = () if day_first is not None else (DAY_OR_MONTH.found(column=name, example=distinct[0].as_py(), first=first),)
    return Judged(Kind.TIME, "dates or times in words", form, told)


def _as_number(
    name: str, distinct: pa.Array, weights: NDArray[np.intp], codes: NDArray[np.int32], texts: pa.Array
) -> Judged | None:
    form, _ = number_form(distinct)
    found = pc.or_(numbers_of(distinct, form)[1], numbers_of(distinct)[1]).to_numpy(zero_copy_only=False)
    share = float(weights[found].sum() / weights.sum())
    # text of digits that begin with a zero is a code, whatever Arrow could make of it
    if share < MOSTLY or (not form and pc.any(pc.match_substring_regex(distinct, r"^0[0-9]+$")).as_py()):
        return None
    example = distinct[int(np.argmax(found))].as_py()
    findings = [NUMBERS_IN_TEXT.found(column=name, form=form or "plain", example=example)] if form or share == 1.0 else []
    if share < 1.0:
        other = distinct[int(np.argmin(found))].as_py()
        findings.append(NOT_ALL_NUMBERS.found(column=name, share=1.0 - share, example=str(other)[:40]))
    values = np.append(numbers_of(texts, form)[0].to_numpy(zero_copy_only=False), np.nan)[codes]
    return of_numbers(name, values, form, tuple(findings))


def _categories(distinct: pa.Array, weights: NDArray[np.intp]) -> Judged:
    total = max(1, int(weights.sum()))
    lengths = pc.utf8_length(distinct).to_numpy(zero_copy_only=False).astype(float)
    blanks = pc.count_substring(distinct, " ").to_numpy(zero_copy_only=False).astype(float)
    length, word_count = float((lengths * weights).sum() / total), float(((blanks + 1) * weights).sum() / total)
    if len(distinct) > max(20, 0.2 * total) and (length > _TEXT_LENGTH or word_count >= _TEXT_WORDS):
        return Judged(Kind.TEXT, f"sentences of about {word_count:.0f} words")
    return Judged(Kind.CATEGORY, f"{len(distinct):,} names")
