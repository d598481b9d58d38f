"""Squared lengths of rows after a linear map, each row's sums in one fixed order, and what each column adds to them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread

F64 = NDArray[np.float64]
FAINT = 1e-9
"""A column whose standard deviation is below this share of its size is taken as constant."""


def centre_and_scale(values: NDArray[np.float32]) -> tuple[F64, F64, NDArray[np.bool_]]:
    """Mean, standard deviation and constancy of each column, shape (d,) each; a constant is measured by its own size, at least 1.

    So a constant that moves by as much as it is counts as one standard deviation, and a tiny change counts as tiny.

    >>> centre_and_scale(np.array([[1, 5], [3, 5]], dtype=np.float32))
    (array([2., 5.]), array([1., 5.]), array([False,  True]))
    """
    centre = values.mean(axis=0, dtype=np.float64)
    scale = values.std(axis=0, dtype=np.float64)
    constant = scale <= FAINT * np.abs(centre)
    return centre, np.where(constant, np.maximum(np.abs(centre), 1.0), scale), constant


def lengths(values: NDArray[np.float32], centre: F64, scale: F64, whitener: F64) -> F64:
    """Squared length of ((x - centre) / scale) @ whitener for each row; whitener: (d, k); result: (n,)."""
    out = np.empty(len(values))
    spread(lambda a, b: lengths_kernel(values[a:b], centre, scale, whitener, out[a:b]), len(values))
    return out


@kernel
def lengths_kernel(values: Any, centre: Any, scale: Any, whitener: Any, out: Any) -> None:
    """Fill `out`: one row after the other, column by column; the inner loop runs over outputs, so it never reorders a sum."""
    d, k = whitener.shape
    y = np.empty(k)
    for i in range(len(values)):
        y[:] = 0.0
        for j in range(d):
            z = (values[i, j] - centre[j]) / scale[j]
            for c in range(k):
                y[c] += z * whitener[j, c]
        total = 0.0
        for c in range(k):
            total += y[c] * y[c]
        out[i] = total


def within_and_beyond(values: NDArray[np.float32], centre: F64, scale: F64, basis: F64, inverse: F64, noise: float) -> F64:
    """Mahalanobis distance within a subspace plus squared distance from it over `noise`, shape (n,).

    basis: (d, k), orthonormal columns; inverse: (k,), one over the variance along each. The residual is taken vector by
    vector: the difference of two squared lengths would lose all digits for rows far out along the subspace.
    """
    out, turned = np.empty(len(values)), np.ascontiguousarray(basis.T)
    spread(lambda a, b: beyond_kernel(values[a:b], centre, scale, basis, turned, inverse, noise, out[a:b]), len(values))
    return out


@kernel
def beyond_kernel(values: Any, centre: Any, scale: Any, basis: Any, turned: Any, inverse: Any, noise: Any, out: Any) -> None:
    """Fill `out`, one row after the other, in a fixed order; `turned` is `basis` transposed, so that inner loops run along it."""
    d, k = basis.shape
    y, z = np.empty(k), np.empty(d)
    for i in range(len(values)):
        y[:] = 0.0
        for j in range(d):
            z[j] = (values[i, j] - centre[j]) / scale[j]
            for c in range(k):
                y[c] += z[j] * basis[j, c]
        total = 0.0
        for c in range(k):
            total += y[c] * y[c] * inverse[c]
            for j in range(d):
                z[j] -= turned[c, j] * y[c]
        for j in range(d):
            total += z[j] * z[j] / noise
        out[i] = total


def shares(score: Floats, slope: Floats, curvature: Floats) -> Floats:
    """A quadratic form's value split over its columns, shape (n, d), each row summing to its score.

    For z'Pz, slope is Pz, shape (n, d), and curvature the diagonal of P, shape (d,). slope^2 / curvature is by how much the
    form falls when that one value becomes what the others make likely; by the Cauchy-Schwarz inequality no other column gets
    more than the one that was moved. Those falls, never negative, share out the score.
    """
    falls = slope**2 / curvature
    whole = falls.sum(axis=1, keepdims=True)
    return falls / np.where(whole > 0, whole, 1.0) * score[:, None]


def mixture_surprise(
    values: NDArray[np.float32], centre: F64, scale: F64, mean: F64, precision: F64, whitener: F64, height: F64
) -> tuple[F64, F64]:
    """Minus the log of a sum of exp(height_k - half a quadratic form), shape (n,), and each cloud's share of the sum, (n, k).

    mean, precision: (k, d); whitener: (k, d, r); height: (k,). The form of cloud k is the sum of precision * z^2 and of the
    squared length of z @ whitener, z being the standardised row less the cloud's mean.
    """
    out, belongs = np.empty(len(values)), np.empty((len(values), len(mean)))

    def work(a: int, b: int) -> None:
        mixture_kernel(values[a:b], centre, scale, mean, precision, whitener, height, out[a:b], belongs[a:b])

    spread(work, len(values))
    return out, belongs


@kernel
def mixture_kernel(
    values: Any, centre: Any, scale: Any, mean: Any, precision: Any, whitener: Any, height: Any, out: Any, belongs: Any
) -> None:
    """Fill `out` and `belongs`, one row after the other, in a fixed order."""
    k, d, r = whitener.shape
    y = np.empty(r)
    for i in range(len(values)):
        top = -np.inf
        for c in range(k):
            y[:] = 0.0
            form = 0.0
            for j in range(d):
                z = (values[i, j] - centre[j]) / scale[j] - mean[c, j]
                form += precision[c, j] * z * z
                for a in range(r):
                    y[a] += z * whitener[c, j, a]
            for a in range(r):
                form += y[a] * y[a]
            belongs[i, c] = height[c] - 0.5 * form
            top = max(top, belongs[i, c])
        total = 0.0
        for c in range(k):
            belongs[i, c] = math.exp(belongs[i, c] - top)
            total += belongs[i, c]
        for c in range(k):
            belongs[i, c] /= total
        out[i] = -(top + math.log(total))
