"""The logarithm of a sum of Gaussian bumps at reference rows, also where each of them is too small for a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread

F64 = NDArray[np.float64]

NOTHING = 40.0
"""A bump smaller than the largest by this many nats adds less than rounding does."""


@kernel
def _log_bumps(values: Any, references: Any, inverse: F64, own: Any, out: F64, parts: F64) -> None:
    half = np.empty(len(references))
    for i in range(len(values)):
        least = np.inf
        for r in range(len(references)):
            total = 0.0
            for j in range(len(inverse)):
                gap = (np.float64(values[i, j]) - np.float64(references[r, j])) * inverse[j]
                total += gap * gap
            half[r] = np.inf if len(own) and own[i] == r else 0.5 * total
            least = min(least, half[r])
        total = 0.0
        for r in range(len(references)):
            if half[r] - least < NOTHING:
                weight = math.exp(least - half[r])
                total += weight
                if len(parts):
                    for j in range(len(inverse)):
                        gap = (np.float64(values[i, j]) - np.float64(references[r, j])) * inverse[j]
                        parts[i, j] += 0.5 * weight * gap * gap
        out[i] = math.log(total) - least
        if len(parts):
            for j in range(len(inverse)):
                parts[i, j] /= total


def log_bumps(
    values: NDArray[np.float32],
    references: NDArray[np.float32],
    inverse: F64,
    own: NDArray[np.int64] | None = None,
    each: bool = False,
) -> tuple[F64, F64]:
    """log sum over reference rows r of exp(-|(x - r) * inverse|² / 2) for each row x, (n,), and what each column adds to minus it.

    values: (n, d); references: (m, d), m >= 1, or m >= 2 with `own`; inverse: (d,), one over each bandwidth. own: for each row its
    own position among the references, which is left out, or -1. The parts, (n, d), are the columns' half squared gaps, weighted
    as the bumps are; (0, d) unless `each`.

    >>> line = np.array([[0.0], [100]], dtype=np.float32)
    >>> log_bumps(line, line[:1], np.ones(1))[0].tolist()
    [0.0, -5000.0]
    """
    out, parts = np.empty(len(values)), np.zeros((len(values) if each else 0, values.shape[1]))
    own = np.empty(0, dtype=np.int64) if own is None else own
    spread(
        lambda a, b: _log_bumps(values[a:b], references, inverse, own[a:b], out[a:b], parts[a:b]),
        len(values),
        least=256,
    )
    return out, parts
