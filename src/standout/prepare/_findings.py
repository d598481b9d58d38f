"""What preparers tell of columns that they make nothing of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind

CONSTANT = FindingKind(
    "prepare-constant",
    "info",
    "{column} holds one value in all training rows; no feature is made of it.",
    "Leave the column out, or fit on rows in which it varies.",
)
EMPTY = FindingKind(
    "prepare-empty",
    "warning",
    "{column} holds no value in the training rows; no feature is made of it.",
    "Leave the column out, or fit on rows in which it is filled.",
)


def left_out(names: Sequence[str], made: Iterable[bool], present: NDArray[np.int64]) -> tuple[Finding, ...]:
    """A finding for each column of which nothing was made; `present` counts its training rows with a value."""
    told = zip(names, made, present.tolist(), strict=True)
    return tuple((CONSTANT if held else EMPTY).found(column=name) for name, some, held in told if not some)
