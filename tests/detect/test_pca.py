"""What the principal component classifier promises beyond the contract."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.matrix import Matrix
from standout.detect.pca import PCA


def test_with_all_components_the_score_is_the_mahalanobis_distance(rng):
    values = (rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))).astype(np.float32).astype(np.float64)
    state = PCA(share=1.0).fit(Matrix.of(values), rng)
    off = values - values.mean(axis=0)
    expected = np.einsum("ni,ij,nj->n", off, np.linalg.inv(off.T @ off / 300), off)
    np.testing.assert_allclose(PCA(share=1.0).score(state, Matrix.of(values)), expected, rtol=1e-6)


@pytest.mark.parametrize(("n", "d"), [(60, 5), (20, 60)])
def test_both_decompositions_give_the_distance_under_probabilistic_components(rng, n, d):
    values = (rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)) + 0.3 * rng.normal(size=(n, d))).astype(np.float32)
    state = PCA().fit(Matrix.of(values), rng)
    z = (values - values.mean(axis=0, dtype=np.float64)) / values.std(axis=0, dtype=np.float64)
    variance, axes = np.linalg.eigh(z.T @ z / n)
    variance, axes = variance[::-1], axes[:, ::-1]
    k = int(np.argmax(np.cumsum(variance) >= 0.9 * d)) + 1
    noise = variance[k:].mean()
    covariance = axes[:, :k] @ np.diag(variance[:k] - noise) @ axes[:, :k].T + noise * np.eye(d)
    expected = np.einsum("ni,ij,nj->n", z, np.linalg.inv(covariance), z)
    np.testing.assert_allclose(PCA().score(state, Matrix.of(values)), expected, rtol=1e-6)


def test_a_broken_relation_stands_out_where_no_value_does(rng):
    base = rng.normal(size=500)
    rows = Matrix.of(np.column_stack([base, base + 0.05 * rng.normal(size=500), rng.normal(size=500)]))
    state = PCA().fit(rows, rng)
    broken = Matrix.of([[1.0, -1.0, 0.0]])
    assert PCA().score(state, broken)[0] > np.quantile(PCA().score(state, rows), 0.999)
    assert PCA().attribute(state, broken)[0, :2].sum() > 0.9 * PCA().score(state, broken)[0]


def test_the_parts_of_the_columns_sum_to_the_score(rng):
    rows = Matrix.of(rng.normal(size=(50, 6)))
    state = PCA().fit(rows, rng)
    np.testing.assert_allclose(PCA().attribute(state, rows).sum(axis=1), PCA().score(state, rows), rtol=1e-9)


def test_a_constant_that_moves_a_little_is_not_an_alarm(rng):
    rows = Matrix.of(np.column_stack([rng.normal(size=(300, 3)), np.full(300, 1000.0)]))
    state = PCA().fit(rows, rng)
    still, moved = PCA().score(state, Matrix.of([[1.0, 1, 1, 1000], [1, 1, 1, 1001]]))
    assert moved == pytest.approx(still, abs=0.01)


def test_columns_that_are_copies_do_not_break_it(rng):
    base = rng.normal(size=(100, 2))
    rows = Matrix.of(base[:, [0, 0, 1, 1]])
    state = PCA().fit(rows, rng)
    assert PCA().score(state, Matrix.of([[1.0, -1, 0, 0]]))[0] > 1e4
    assert np.quantile(PCA().score(state, rows), 0.9) < 20
