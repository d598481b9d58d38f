"""Lines above the header of a delimited text file that are no part of its table: who exported it, and when.

>>> preamble(["# made by the till", "day,shop,amount", "1,A,2.5", "2,B,7.0"], ",")
1
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence

from standout.core.finding import FindingKind

PASSED_OVER = FindingKind(
    "preamble-lines", "warning", "The first {count} lines are no part of the table and are passed over: {example!r}.",
    "If they are rows, say --header or --no-header: then every line is read.",
)  # fmt: skip

_LOOKED_AT = 200
_MOST = 50
_FEWEST_FIELDS = 3


def preamble(lines: Sequence[str], delimiter: str) -> int:
    """How many lines lead up to the table: comments (#) of another width than its rows, and lone words above three columns or more.

    A header that begins with # has as many fields as its rows, and stays; so does one that lacks the name of its rows.
    """
    widths = [_width(line, delimiter) for line in lines[:_LOOKED_AT]]
    usual, count = Counter(w for w in widths if w).most_common(1)[0]
    if usual < 2 or count < 0.5 * len(widths):
        return 0
    for at, (line, width) in enumerate(zip(lines[:_MOST], widths, strict=False)):
        comment = line.lstrip().startswith("#") and width != usual
        if not (comment or width == 0 or (width == 1 and usual >= _FEWEST_FIELDS)):
            return at if any(line.strip() for line in lines[:at]) else 0
    return 0


def _width(line: str, delimiter: str) -> int:
    """Fields of a line; 0 where it is blank."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter), ())) if line.strip() else 0
    except csv.Error:
        return 1
