"""Weighted sums of the radial basis function exp(-gamma |x - r|²) over reference rows."""

from __future__ import annotations

import numpy as np

from standout.core.part import Floats
from standout.kernels import kernel, spread
from standout.kernels.distances import LANES, Lanes, Rows, squared_distances, to_lanes

# The exponential is spelt out: a library's may differ in the last bit between its vector and its scalar form, and a row would
# then depend on its place in a block. exp(-t) = 2^-n exp(r), n whole, |r| <= ln(2) / 2; ln(2) in two parts, so that n times
# the first is exact (Cody and Waite 1980).
_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440e-4)
_FARTHEST = np.float32(87.0)  # exp(-87) is 1.6e-38, about the least normal float32; farther rows count as that
_HALF, _ONE = np.float32(0.5), np.float32(1.0)
_C2, _C3, _C4 = np.float32(1 / 2), np.float32(1 / 6), np.float32(1 / 24)
_C5, _C6, _C7 = np.float32(1 / 120), np.float32(1 / 720), np.float32(1 / 5040)


@kernel
def exponentials(count: int, gamma: np.float32, lanes: Lanes, powers: np.ndarray, scale: Lanes) -> None:
    """Put exp(-gamma t) in the place of each of the first `count` lanes t >= 0; relative error below 2e-7 and that of gamma t.

    powers: int32 view of the memory of `scale`, which receives the powers of two by their bits; both scratch, (LANES,).
    """
    for lane in range(count):
        t = gamma * lanes[lane]
        t = t if t < _FARTHEST else _FARTHEST
        n = np.int32(t * _LOG2_E + _HALF)
        whole = np.float32(n)
        r = (whole * _LN2_HIGH - t) + whole * _LN2_LOW
        lanes[lane] = _ONE + r * (_ONE + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * _C7))))))
        powers[lane] = np.int32(np.int32(127) - n) << np.int32(23)
    for lane in range(count):
        lanes[lane] *= scale[lane]


@kernel
def _radial_sums(values: Rows, references: Rows, weights: Floats, gamma: np.float32, start: int, stop: int, sums: Floats) -> None:
    lanes = np.empty((values.shape[1], LANES), dtype=np.float32)
    near = np.empty(LANES, dtype=np.float32)
    scale = np.empty(LANES, dtype=np.float32)
    powers = scale.view(np.int32)
    total = np.empty(LANES, dtype=np.float64)
    for first in range(start, stop, LANES):
        count = min(LANES, stop - first)
        to_lanes(values, first, count, lanes)
        total[:] = 0
        for at in range(len(references)):
            squared_distances(lanes, count, references, at, near)
            exponentials(count, gamma, near, powers, scale)
            for lane in range(count):
                total[lane] += weights[at] * near[lane]
        for lane in range(count):
            sums[first + lane] = total[lane]


def radial_sums(values: Rows, references: Rows, weights: Floats, gamma: float) -> Floats:
    """For each row x the sum over reference rows r of weight * exp(-gamma |x - r|²), shape (n,), float64.

    values: (n, d); references: (m, d); weights: (m,); gamma: above 0, at most 1e37.

    >>> line = np.array([[0.0], [2]], dtype=np.float32)
    >>> radial_sums(line, line, np.array([0.5, 0.5]), 0.25).round(4).tolist()
    [0.6839, 0.6839]
    """
    sums = np.empty(len(values), dtype=np.float64)
    references, weights = np.ascontiguousarray(references), np.ascontiguousarray(weights)
    spread(lambda a, b: _radial_sums(values, references, weights, np.float32(gamma), a, b, sums), len(values))
    return sums
