"""What every policy refuses: p-values that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import NotFiniteError, ParameterError
from standout.core.part import Floats


def checked(who: str, p_values: Floats, scores: Floats, times: NDArray[Any] | None) -> tuple[Floats, Floats]:
    """p-values and scores as float64, shape (n,) each.

    Raises NotFiniteError, naming the row, where either is NaN; ParameterError where a p-value is no share or lengths differ.
    """
    p, s = np.ascontiguousarray(p_values, dtype=np.float64), np.ascontiguousarray(scores, dtype=np.float64)
    lengths = {len(p), len(s)} | (set() if times is None else {len(times)})
    if len(lengths) > 1:
        raise ParameterError(f"{who}: p-values, scores and times have {sorted(lengths)} rows.", "Give one of each a row.")
    for what, values in (("p-value", p), ("score", s)):
        if len(values) and np.isnan(values.min()):
            row = int(np.isnan(values).argmax())
            raise NotFiniteError(f"{who}: the {what} of row {row} is NaN.", "Mend the detector or calibrator that made it.")
    if len(p) and (p.min() < 0 or p.max() > 1):
        row = int(((p < 0) | (p > 1)).argmax())
        raise ParameterError(f"{who}: the p-value of row {row} is {p[row]:g}.", "A p-value lies between 0 and 1.")
    return p, s
