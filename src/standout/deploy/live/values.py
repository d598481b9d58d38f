"""Python values of one column as a column of the model's kind: each reads the same alone as among a million others.

>>> from standout.core.table import Field, Kind
>>> column, unread = column_of([1, "2", None, [3]], Field("x", Kind.NUMBER))
>>> column.values.tolist(), unread
([1.0, 2.0, nan, nan], [3])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from standout.core.table import CODED, Column, Field
from standout.data.convert import MARKS, to_column
from standout.data.values import array_of, as_text, kind_of
from standout.deploy.live.plain_values import plain_column

PLAIN = (frozenset((float, int)), frozenset((str,)), frozenset((bool,)))
TEXTS = (frozenset((str,)),)


def column_of(values: Sequence[Any], field: Field) -> tuple[Column, list[int]]:
    """The column, and the positions of values that are there and could not be read; these are missing in it."""
    types = set(map(type, values))
    types.discard(type(None))
    alike = TEXTS if field.kind in CODED else PLAIN
    if not types:
        return Column.absent(field.kind, len(values)), []
    column = plain_column(values, types, field)
    if column is None:
        column = to_column(array_of(values), field)[0] if any(types <= one for one in alike) else _of_groups(values, field)
    missing = column.missing
    if not missing.any():
        return column, []
    return column, [i for i in np.flatnonzero(missing).tolist() if not _says_missing(values[i])]


def _of_groups(values: Sequence[Any], field: Field) -> Column:
    """Values of several types: those of one type are read together, as if no others were there."""
    if field.kind in CODED:  # whatever a value is, its text is taken
        return to_column(array_of([_text(v) for v in values]), field)[0]
    groups: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        groups.setdefault(kind_of(value), []).append(i)
    whole = Column.absent(field.kind, len(values))
    for kind in ("flag", "number", "text", "time"):
        at = groups.get(kind, [])
        if at:
            whole.values[at] = to_column(array_of([values[i] for i in at]), field)[0].values
    return whole


def _text(value: Any) -> str | None:
    try:
        return as_text(value)
    except (RecursionError, ValueError, TypeError):  # structures without end, keys that cannot be sorted
        return None


def _says_missing(value: Any) -> bool:
    """Whether a value itself says that it is missing, so that nothing was lost in reading it."""
    return kind_of(value) == "" or (isinstance(value, str) and value.strip().lower() in MARKS)
