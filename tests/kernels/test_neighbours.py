"""k nearest reference rows against slow and obvious ones, on awkward rows."""

from __future__ import annotations

import numpy as np
import pytest
import slow_distances
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.distances import FEW, LANES
from standout.kernels.neighbours import GROUP, _k_nearest, k_nearest, own_places


def rows(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@given(seed=st.integers(0, 99), m=st.integers(1, 3 * GROUP), width=st.integers(1, 9), data=st.data())
@settings(max_examples=30, deadline=None)
def test_neighbours_are_those_of_the_oracle_also_among_equals(metric: str, seed: int, m: int, width: int, data) -> None:
    # whole numbers, so that many reference rows are equally near and distances are exact
    references = np.round(rows(seed, m, width))
    values, k = np.round(rows(seed + 1, 7, width)), data.draw(st.integers(1, m))
    distances, places = k_nearest(values, references, k, manhattan=metric == "manhattan")
    assert distances.shape == places.shape == (7, k)
    for i in range(7):
        far = sorted(slow_distances.distance(values[i], r, metric) for r in references)[:k]
        np.testing.assert_allclose(distances[i], far, rtol=1e-6)
        assert places[i].tolist() == slow_distances.neighbours(values[i], references, k, metric=metric)[1]


def test_a_row_is_not_its_own_neighbour_and_its_duplicate_is() -> None:
    references = np.array([[0.0], [0], [5]], dtype=np.float32)
    distances, places = k_nearest(references, references, 2, own=np.arange(3))
    assert distances.tolist() == [[0, 5], [0, 5], [5, 5]]
    assert places.tolist() == [[1, 2], [0, 2], [0, 1]]


def test_a_row_gets_the_same_bits_at_any_place_of_any_batch() -> None:
    values, references = rows(0, 2 * LANES + 9, 11), rows(1, 100, 11)
    distances, places = k_nearest(values, references, 7)
    for start, stop in [(0, 1), (LANES - 1, LANES + 2), (200, len(values))]:
        some = k_nearest(values[start:stop], references, 7)
        assert np.array_equal(some[0], distances[start:stop])
        assert np.array_equal(some[1], places[start:stop])


def test_the_compiled_kernel_does_as_its_python_form() -> None:
    values, references, own = rows(0, 3, 5), rows(1, 20, 5), np.array([-1, 4, 19])
    made = []
    for form in (_k_nearest, _k_nearest.py_func):
        distances, places = np.full((3, 4), np.inf, np.float32), np.zeros((3, 4), np.int64)
        form(values, references, own, False, 0, 3, distances, places)
        made.append((distances, places))
    assert np.array_equal(made[0][0], made[1][0])
    assert np.array_equal(made[0][1], made[1][1])


def test_neighbours_are_those_of_scikit_learn() -> None:
    from sklearn.neighbors import NearestNeighbors

    values, references = rows(0, 50, 6), rows(1, 300, 6)
    expected, who = NearestNeighbors(n_neighbors=8).fit(references.astype(np.float64)).kneighbors(values.astype(np.float64))
    distances, places = k_nearest(values, references, 8)
    np.testing.assert_allclose(distances, expected, rtol=1e-5)
    assert np.array_equal(places, who)


def test_rows_that_were_not_sampled_have_no_place() -> None:
    assert own_places(np.array([0, 2]), 4).tolist() == [0, -1, 1, -1]


@pytest.mark.parametrize("manhattan", [False, True])
@pytest.mark.parametrize("k", [1, 4])
def test_few_rows_have_the_neighbours_that_they_have_among_many(manhattan: bool, k: int) -> None:
    references = np.round(rows(3, 50, 3), 1)
    own = np.arange(50)
    far, near = k_nearest(references, references, k, own, manhattan)
    for start, stop in [(0, 1), (20, 20 + FEW), (49, 50)]:
        some = slice(start, stop)
        distances, places = k_nearest(references[some], references, k, own[some], manhattan)
        assert np.array_equal(distances, far[some])
        assert np.array_equal(places, near[some])
