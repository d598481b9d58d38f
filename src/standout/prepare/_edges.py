"""Where each column's part of an array begins and ends, and the check of such numbers from a model file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.layout import HINT


def edges(lengths: Sequence[int]) -> NDArray[np.int64]:
    """The beginning of each of some parts laid end to end, and the end of the last.

    >>> edges([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    return np.cumsum([0, *lengths], dtype=np.int64)


def check_edges(who: str, key: str, found: NDArray[np.int64], columns: int, total: int) -> None:
    """Raise ModelFileError unless the edges are of so many columns and lay out an array of this length."""
    if len(found) != columns + 1 or found[0] != 0 or found[-1] != total or (np.diff(found) < 0).any():
        raise ModelFileError(f"{who}: {key} does not divide {total} entries among {columns} columns.", HINT)
