"""Quadratic forms against textbook algebra."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from standout.kernels.quadratic import (
    beyond_kernel,
    centre_and_scale,
    lengths,
    lengths_kernel,
    mixture_kernel,
    mixture_surprise,
    shares,
    within_and_beyond,
)


def mahalanobis(row, centre, scale, precision):
    z = (row.astype(np.float64) - centre) / scale
    return float(z @ precision @ z)


@pytest.fixture
def rows(rng):
    return rng.normal(size=(50, 4)).astype(np.float32)


def test_lengths_are_mahalanobis_distances(rows, rng):
    centre, scale, whitener = rng.normal(size=4), rng.uniform(0.5, 2, 4), rng.normal(size=(4, 3))
    expected = [mahalanobis(r, centre, scale, whitener @ whitener.T) for r in rows]
    np.testing.assert_allclose(lengths(rows, centre, scale, whitener), expected, rtol=1e-10)


def test_within_and_beyond_is_the_distance_under_probabilistic_components(rows, rng):
    centre, scale = rng.normal(size=4), rng.uniform(0.5, 2, 4)
    basis = np.linalg.qr(rng.normal(size=(4, 2)))[0]
    variance, noise = np.array([3.0, 1.0]), 0.2
    covariance = noise * (np.eye(4) - basis @ basis.T) + basis @ np.diag(variance) @ basis.T
    expected = [mahalanobis(r, centre, scale, np.linalg.inv(covariance)) for r in rows]
    np.testing.assert_allclose(within_and_beyond(rows, centre, scale, basis, 1 / variance, noise), expected, rtol=1e-10)


def test_a_row_far_along_the_plane_keeps_the_digits_of_its_residual():
    basis = np.array([[1.0], [0.0]])
    rows = np.array([[1e14, 2.0]], dtype=np.float32)
    got = within_and_beyond(rows, np.zeros(2), np.ones(2), basis, np.array([1e-40]), 1.0)
    np.testing.assert_allclose(got, 4.0)


@pytest.mark.parametrize("form", ["full", "diagonal"])
def test_a_mixture_s_surprise_is_minus_its_log_density(rows, rng, form):
    k, d = 3, 4
    centre, scale, mean, weight = rng.normal(size=d), rng.uniform(0.5, 2, d), rng.normal(size=(k, d)), np.array([0.5, 0.3, 0.2])
    factor = np.stack([np.tril(rng.normal(size=(d, d))) + 2 * np.eye(d) for _ in range(k)])
    diagonal = rng.uniform(0.5, 3, (k, d))
    if form == "full":
        precision, whitener, matrices = np.zeros((k, d)), factor, [w @ w.T for w in factor]
    else:
        precision, whitener, matrices = diagonal, np.zeros((k, d, 0)), [np.diag(p) for p in diagonal]
    height = np.log(weight) + np.array([0.5 * np.linalg.slogdet(m)[1] for m in matrices]) - 0.5 * d * np.log(2 * np.pi)
    got, belongs = mixture_surprise(rows, centre, scale, mean, precision, whitener, height)
    z = (rows - centre) / scale
    clouds = [multivariate_normal(m, np.linalg.inv(p)) for m, p in zip(mean, matrices, strict=True)]
    density = np.stack([w * cloud.pdf(z) for w, cloud in zip(weight, clouds, strict=True)])
    np.testing.assert_allclose(got, -np.log(density.sum(axis=0)), rtol=1e-9)
    np.testing.assert_allclose(belongs.T, density / density.sum(axis=0), rtol=1e-7, atol=1e-12)


def test_a_mixture_far_from_all_its_clouds_stays_finite():
    got, belongs = mixture_surprise(
        np.full((1, 2), 9e14, dtype=np.float32), np.zeros(2), np.ones(2), np.zeros((2, 2)), np.ones((2, 2)),
        np.zeros((2, 2, 0)), np.log([0.5, 0.5]),
    )  # fmt: skip  # one argument a line says no more
    assert np.isfinite(got).all()
    assert belongs.sum() == pytest.approx(1.0)


def test_compiled_kernels_equal_their_python_forms_to_the_last_bit(rows, rng):
    centre, scale, whitener = rng.normal(size=4), rng.uniform(0.5, 2, 4), rng.normal(size=(4, 3))
    basis = np.linalg.qr(rng.normal(size=(4, 2)))[0]
    mean, precision, factor = rng.normal(size=(2, 4)), rng.uniform(1, 2, (2, 4)), rng.normal(size=(2, 4, 4))
    for kernel, given in [
        (lengths_kernel, (centre, scale, whitener)),
        (beyond_kernel, (centre, scale, basis, np.ascontiguousarray(basis.T), np.array([0.5, 2.0]), 0.3)),
    ]:
        compiled, plain = np.empty(50), np.empty(50)
        kernel(rows, *given, compiled)
        kernel.py_func(rows.astype(np.float64), *given, plain)
        np.testing.assert_array_equal(compiled, plain)
    outs = [(np.empty(50), np.empty((50, 2))) for _ in range(2)]
    given = (centre, scale, mean, precision, factor, np.array([-1.0, -2.0]))
    mixture_kernel(rows, *given, *outs[0])
    mixture_kernel.py_func(rows.astype(np.float64), *given, *outs[1])
    # exp and log come from another library there
    np.testing.assert_allclose(outs[0][0], outs[1][0], rtol=1e-14)
    np.testing.assert_allclose(outs[0][1], outs[1][1], rtol=1e-12)


def test_a_share_is_the_fall_when_a_value_becomes_what_the_others_make_likely(rng):
    factor = rng.normal(size=(4, 4))
    precision = factor @ factor.T
    z = rng.normal(size=4)
    falls = []
    for j in range(4):
        rest = [i for i in range(4) if i != j]
        likely = z.copy()
        likely[j] = -precision[j, rest] @ z[rest] / precision[j, j]
        falls.append(z @ precision @ z - likely @ precision @ likely)
    score = np.array([z @ precision @ z])
    got = shares(score, (precision @ z)[None], np.diag(precision))[0]
    np.testing.assert_allclose(got, np.array(falls) / np.sum(falls) * score, rtol=1e-9)
    assert shares(np.zeros(1), np.zeros((1, 4)), np.ones(4)).tolist() == [[0.0] * 4]


def test_the_moved_column_gets_the_largest_share_however_the_columns_depend(rng):
    for _ in range(50):
        factor = rng.normal(size=(5, 5)) * rng.lognormal(0, 2, 5)
        precision = factor @ factor.T
        for j in range(5):
            slope = precision[:, j] * 7.0
            parts = shares(np.array([49 * precision[j, j]]), slope[None], np.diag(precision))[0]
            assert parts[j] >= parts.max() * (1 - 1e-12)


def test_a_constant_column_is_measured_by_its_own_size():
    values = np.array([[0, 5e6, 1e-3, 1], [0, 5e6, 1e-3, 3]], dtype=np.float32)
    assert centre_and_scale(values)[1].tolist() == [1.0, 5e6, 1.0, 1.0]
    assert centre_and_scale(values)[2].tolist() == [True, True, True, False]
