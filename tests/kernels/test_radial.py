"""Sums of the radial basis function against numpy, at both ends of the exponential."""

from __future__ import annotations

import numpy as np
import pytest

from standout.kernels.distances import LANES
from standout.kernels.radial import exponentials, radial_sums


def rows(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("gamma", [1e-6, 0.1, 3.0])
def test_sums_are_those_of_numpy(gamma: float) -> None:
    values, references, weights = rows(0, 40, 5), rows(1, 30, 5), rows(2, 30).astype(np.float64)
    squared = ((values[:, None].astype(np.float64) - references) ** 2).sum(axis=2)
    expected = np.exp(-gamma * squared) @ weights
    np.testing.assert_allclose(radial_sums(values, references, weights, gamma), expected, rtol=1e-4, atol=1e-6)


def test_a_row_gets_the_same_bits_at_any_place_of_any_batch() -> None:
    values, references, weights = rows(0, 2 * LANES + 9, 6), rows(1, 50, 6), rows(2, 50).astype(np.float64)
    whole = radial_sums(values, references, weights, 0.2)
    for start, stop in [(0, 1), (LANES - 1, LANES + 2), (200, len(values))]:
        assert np.array_equal(radial_sums(values[start:stop], references, weights, 0.2), whole[start:stop])


def test_the_exponential_is_exact_to_two_units_in_ten_million() -> None:
    t = np.concatenate([[0.0], np.geomspace(1e-9, 86.9, LANES - 1)]).astype(np.float32)
    lanes, scale = t.copy(), np.empty(LANES, dtype=np.float32)
    exponentials(LANES, np.float32(1), lanes, scale.view(np.int32), scale)
    np.testing.assert_allclose(lanes, np.exp(-t.astype(np.float64)), rtol=2e-7)


@pytest.mark.parametrize(("squared", "gamma"), [(1e35, 1.0), (3e38, 1e37), (np.inf, 1.0)])
def test_however_far_the_exponential_stays_finite_and_about_zero(squared: float, gamma: float) -> None:
    lanes, scale = np.full(LANES, squared, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    exponentials(LANES, np.float32(gamma), lanes, scale.view(np.int32), scale)
    assert (lanes >= 0).all()
    assert lanes.max() < 2e-38
