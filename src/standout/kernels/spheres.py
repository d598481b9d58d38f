"""Which of a draw's spheres hold a row, and how much smaller the smallest is than its neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread

F64 = NDArray[np.float64]


@kernel
def squared_gap(a: Any, b: Any) -> float:
    """The squared Euclidean distance of two rows; columns are summed in order."""
    total = 0.0
    for j in range(len(a)):
        gap = np.float64(a[j]) - np.float64(b[j])
        total += gap * gap
    return total


@kernel
def measure_spheres(centres: Any, radius: F64, isolation: F64) -> None:
    """For each centre (draws, size, d) the squared distance to the nearest other of its draw, and one less the ratio of the
    radius of that other to its own; into (draws, size). Centres that coincide have an isolation of 0."""
    draws, size = radius.shape
    nearest = np.zeros(size, dtype=np.int64)
    for draw in range(draws):
        for a in range(size):
            radius[draw, a] = np.inf
            for b in range(size):
                gap = squared_gap(centres[draw, a], centres[draw, b])
                if a != b and gap < radius[draw, a]:
                    radius[draw, a], nearest[a] = gap, b
        for a in range(size):
            own = radius[draw, a]
            isolation[draw, a] = 1.0 - np.sqrt(radius[draw, nearest[a]] / own) if own > 0 else 0.0


@kernel
def _isolations(values: Any, row: Any, centres: Any, bags: Any, radius: Any, isolation: Any, out: F64) -> None:
    draws, size = radius.shape
    for i in range(len(values)):
        total, whole, used = 0.0, 0.0, 0
        for draw in range(draws):
            least, found, inside = np.inf, -1.0, False
            near, reach = np.inf, 0.0
            for c in range(size):
                inside = inside or (len(row) > 0 and bags[draw, c] == row[i])
                gap = squared_gap(values[i], centres[draw, c])
                if gap <= radius[draw, c] and radius[draw, c] < least:
                    least, found = radius[draw, c], isolation[draw, c]
                if gap < near:
                    near, reach = gap, radius[draw, c]
            if found < 0.0:
                found = 2.0 - np.sqrt(reach / near)
            whole += found
            if not inside:
                total, used = total + found, used + 1
        out[i] = total / used if used else whole / draws


def isolations(values: Any, centres: Any, bags: Any, radius: F64, isolation: F64, row: NDArray[np.int64] | None = None) -> F64:
    """The mean over draws of the isolation of the smallest sphere that holds each row, (n,).

    Where none does it is 2 less the ratio of the radius about the nearest centre to the distance from it: 1 at the sphere's edge,
    2 far off.
    centres: (draws, size, d); bags: which training row each is, (draws, size); radius (squared), isolation: (draws, size).
    row: the training row that each row is: draws with it are left out, unless they all have it.
    """
    out, row = np.empty(len(values)), np.empty(0, dtype=np.int64) if row is None else row
    spread(
        lambda a, b: _isolations(values[a:b], row[a:b], centres, bags, radius, isolation, out[a:b]),
        len(values),
        least=512,
    )
    return out
