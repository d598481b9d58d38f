"""The type of a column of text: the narrowest of a ladder that holds every value, widened as more values are seen.

nothing -> whole numbers -> numbers -> text; nothing -> true/false, times -> text. Text that begins with a zero, as postal codes
do, stays text.

>>> widened(pa.array(["1", None, "2"]), pa.null())
DataType(int64)
>>> widened(pa.array(["1.5"]), pa.int64())
DataType(double)
>>> widened(pa.array(["01234", "99999"]), pa.null())
DataType(string)
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

TIME, TIME_UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")
_LADDER = {
    pa.null(): (pa.null(), pa.int64(), pa.float64(), pa.bool_(), TIME, TIME_UTC, pa.timestamp("ns")),
    pa.int64(): (pa.int64(), pa.float64()),
    pa.float64(): (pa.float64(),),
    pa.bool_(): (pa.bool_(),),
    TIME: (TIME, pa.timestamp("ns")),
    TIME_UTC: (TIME_UTC, pa.timestamp("ns", "UTC")),
}
_CODE = r"^0[0-9]+$"
_HEX = r"^-?0[xX]"
_FEW = 16


def widened(texts: pa.Array, known: pa.DataType) -> pa.DataType:
    """The type at or above `known` that holds these texts (missing ones are null already)."""
    if texts.null_count == len(texts):
        return known
    steps = _LADDER.get(known, (known,))
    trimmed = pc.utf8_trim_whitespace(texts)
    if pa.types.is_null(known) and _coded(trimmed):
        return pa.string()
    return next((t for t in steps if _holds(trimmed, t)), pa.string())


def _holds(texts: pa.Array, type_: pa.DataType) -> bool:
    if pa.types.is_null(type_) or pa.types.is_string(type_):
        return pa.types.is_string(type_)
    try:
        # Arrow words an error for each value that does not fit, so a few are asked before all
        texts.slice(0, _FEW).cast(type_)
        texts.slice(_FEW).cast(type_)
    except pa.ArrowInvalid:
        return False
    return True


def _coded(texts: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, f"{_CODE}|{_HEX}")).as_py())
