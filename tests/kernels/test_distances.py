"""Distances against slow and obvious ones, on awkward rows."""

from __future__ import annotations

import numpy as np
import pytest
import slow_distances
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.distances import (
    FEW,
    LANES,
    absolute_distances,
    nearest_in_draws,
    nearest_in_draws_by_feature,
    squared_distances,
)

METRICS = ["euclidean", "manhattan"]


def rows(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("metric", METRICS)
@given(
    n=st.integers(1, 20),
    draws=st.integers(1, 4),
    size=st.integers(1, 5),
    width=st.integers(1, 11),
    scale=st.sampled_from([1e-12, 1.0, 1e14]),
)
@settings(max_examples=25, deadline=None)
def test_the_nearest_in_draws_are_those_of_the_oracle(
    metric: str, n: int, draws: int, size: int, width: int, scale: float
) -> None:
    values, references = rows(n, n, width) * np.float32(scale), rows(n + 1, draws, size, width) * np.float32(scale)
    expected = slow_distances.nearest_in_draws(values, references, metric)
    np.testing.assert_allclose(nearest_in_draws(values, references, metric == "manhattan"), expected, rtol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_a_row_gets_the_same_bits_at_any_place_of_any_batch(metric: str) -> None:
    values, references, manhattan = rows(0, 3 * LANES + 7, 13), rows(1, 5, 6, 13), metric == "manhattan"
    whole = nearest_in_draws(values, references, manhattan)
    for start, stop in [(0, 1), (5, 22), (LANES - 1, LANES + 1), (100, len(values))]:
        assert np.array_equal(nearest_in_draws(values[start:stop], references, manhattan), whole[start:stop])


@pytest.mark.parametrize("metric", METRICS)
def test_the_parts_of_the_features_sum_to_the_score(metric: str) -> None:
    values, references = rows(0, 2 * LANES, 7), rows(1, 4, 5, 7)
    values[3] = references[1, 2]  # a distance of zero has no direction to be shared by
    parts = nearest_in_draws_by_feature(values, references, metric == "manhattan")
    assert (parts >= 0).all()
    np.testing.assert_allclose(parts.sum(axis=1), nearest_in_draws(values, references, metric == "manhattan"), rtol=1e-5)


def test_a_copy_of_a_reference_row_is_at_distance_zero_however_huge() -> None:
    references = rows(1, 1, 4, 6) * np.float32(1e15)
    assert nearest_in_draws(references[0], references).tolist() == [0.0] * 4


@pytest.mark.parametrize(("compiled", "width"), [(k, w) for k in (squared_distances, absolute_distances) for w in (1, 4, 6)])
def test_a_compiled_kernel_does_as_its_python_form(compiled, width: int) -> None:
    lanes, references = rows(0, width, LANES), rows(1, 3, width)
    fast, plain = np.full(LANES, -1, np.float32), np.full(LANES, -1, np.float32)
    compiled(lanes, 9, references, 2, fast)
    compiled.py_func(lanes, 9, references, 2, plain)
    assert np.array_equal(fast, plain)
    assert (fast[9:] == -1).all()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n", [1, FEW, FEW + 1])
@pytest.mark.parametrize("size", [1, 7, 8, 20])
def test_references_that_are_left_out_of_a_draw_do_not_count(metric: str, n: int, size: int) -> None:
    values, references = rows(0, n, 5), rows(1, 3, size + 2, 5)
    references[:, size:] = values[0]
    expected = nearest_in_draws(values, references[:, :size], metric == "manhattan")
    assert np.array_equal(nearest_in_draws(values, references, metric == "manhattan", left_out=2), expected)
