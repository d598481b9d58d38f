"""Every way down the trees against the slow and obvious one, at awkward input."""

from __future__ import annotations

import os
import subprocess
import sys
from math import exp2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_trees import path_sum, unflattened

from standout.kernels import trees
from standout.kernels.trees import (
    FEW,
    depth_savings,
    halved,
    leaf_of,
    levels,
    path_sums,
    sum_in_lanes,
    sum_one_by_one,
    take_out,
)


def random_forest(rng, count, leaves, width):
    """Arrays that no fit made: any feature, any threshold, branches that end anywhere."""
    feature = rng.integers(0, width, (count, leaves)).astype(np.int32)
    threshold = rng.normal(size=(count, leaves)).astype(np.float32)
    threshold[rng.random((count, leaves)) < 0.1] = np.inf
    return feature, threshold, rng.uniform(1, 12, (count, leaves)).astype(np.float32)


def sums_by(kernel, forest, rows):
    sums = np.full(len(rows), -1.0)
    kernel(*forest, rows, sums)
    return sums


def naive(forest, rows):
    nested = [unflattened(*tree) for tree in zip(*forest, strict=True)]
    return np.array([path_sum(nested, row) for row in rows])


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 8, 10])
@pytest.mark.parametrize("width", [1, 3, 40])
def test_both_kernels_equal_the_naive_walk_to_the_bit(height: int, width: int, rng: np.random.Generator) -> None:
    forest = random_forest(rng, 7, 2**height, width)
    for n in (0, 1, 15, 16, 17, 300):
        rows = rng.normal(size=(n, width)).astype(np.float32)
        expected = naive(forest, rows)
        assert np.array_equal(sums_by(sum_one_by_one, forest, rows), expected)
        assert np.array_equal(sums_by(sum_in_lanes, forest, rows), expected)


def test_a_value_that_meets_a_threshold_goes_right(rng: np.random.Generator) -> None:
    forest = random_forest(rng, 5, 32, 2)
    met = forest[1][np.isfinite(forest[1])]
    rows = np.concatenate([np.column_stack([met, met]), [[0.0, -0.0], [1e15, -1e15], [1e-40, -1e-40]]]).astype(np.float32)
    expected = naive(forest, rows)
    assert np.array_equal(sums_by(sum_one_by_one, forest, rows), expected)
    assert np.array_equal(sums_by(sum_in_lanes, forest, rows), expected)


def test_the_compiled_walk_is_the_written_one(rng: np.random.Generator) -> None:
    forest = random_forest(rng, 3, 16, 4)
    rows = rng.normal(size=(20, 4)).astype(np.float32)
    for tree in range(3):
        for row in rows:
            assert leaf_of(forest[0], forest[1], row, tree, 4) == leaf_of.py_func(forest[0], forest[1], row, tree, 4)


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_the_sums_do_not_depend_on_the_number_of_rows_or_threads(pieces: int, rng: np.random.Generator, monkeypatch) -> None:
    monkeypatch.setattr("standout.kernels.CORES", pieces)
    forest = random_forest(rng, 20, 256, 5)
    rows = rng.normal(size=(4000, 5)).astype(np.float32)
    whole = path_sums(forest, rows)
    for n in (1, FEW - 1, FEW, 100):
        assert np.array_equal(path_sums(forest, rows[:n].copy()), whole[:n])


def test_a_processor_without_wide_vectors_computes_the_same_bits(rng: np.random.Generator, tmp_path: Path) -> None:
    """The vectors compiled for a processor of no particular kind, in another process, since numba fixes its target once."""
    forest, rows = random_forest(rng, 9, 64, 6), rng.normal(size=(70, 6)).astype(np.float32)
    np.savez(tmp_path / "in.npz", *forest, rows)
    script = (
        "import sys, numpy as np\n"
        "from standout.kernels.trees import sum_in_lanes\n"
        "arrays = list(np.load(sys.argv[1]).values())\n"
        "sums = np.empty(len(arrays[-1]))\n"
        "sum_in_lanes(*arrays, sums)\n"
        "np.save(sys.argv[2], sums)\n"
    )
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    home = str(Path(trees.__file__).parents[2])
    arguments = [sys.executable, "-c", script, str(tmp_path / "in.npz"), str(tmp_path / "out.npy")]
    subprocess.run(arguments, env={**os.environ, **plain, "PYTHONPATH": home}, check=True)
    assert np.array_equal(np.load(tmp_path / "out.npy"), sums_by(sum_one_by_one, forest, rows))


@given(leaves=st.integers(1, 70), count=st.integers(1, 5), width=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_no_array_leads_a_walk_astray(leaves: int, count: int, width: int, seed: int) -> None:
    """Any number of leaves, NaN and infinities anywhere: every path ends at a leaf, the same in both kernels."""
    rng = np.random.default_rng(seed)
    wild = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 3e38], dtype=np.float32)
    feature = rng.integers(0, width, (count, leaves)).astype(np.int32)
    threshold, length = rng.choice(wild, (2, count, leaves))
    rows = rng.choice(wild, (40, width))
    height = levels(leaves)
    for tree in range(count):
        for row in rows:
            assert 0 <= leaf_of.py_func(feature, threshold, row, tree, height) < leaves
    one = sums_by(sum_one_by_one, (feature, threshold, length), rows)
    assert np.array_equal(one, sums_by(sum_in_lanes, (feature, threshold, length), rows), equal_nan=True)


def test_taking_out_a_tree_leaves_the_sum_of_the_others(rng: np.random.Generator) -> None:
    forest = random_forest(rng, 6, 16, 3)
    rows = rng.normal(size=(30, 3)).astype(np.float32)
    bags = np.array([rng.choice(30, 10, replace=False) for _ in range(6)], dtype=np.int32)
    sums, counts = path_sums(forest, rows), np.full(30, 6, dtype=np.int32)
    take_out(*forest, rows, bags, sums, counts)
    for row in range(30):
        unseen = [tree for tree in range(6) if row not in bags[tree]]
        assert counts[row] == len(unseen)
        assert sums[row] == naive(tuple(a[unseen] for a in forest), rows[[row]])[0]


@given(st.lists(st.floats(0, 900), min_size=1, max_size=50))
@settings(max_examples=50, deadline=None)
def test_halved_is_two_to_the_minus_ratio(ratios: list[float]) -> None:
    scores = np.empty(len(ratios))
    halved(np.array(ratios), np.ones(1), scores)
    np.testing.assert_allclose(scores, [exp2(-r) for r in ratios], rtol=1e-15)
    assert np.array_equal(scores[np.argsort(ratios, kind="stable")], np.sort(scores)[::-1])


def test_halved_answers_nonsense_with_zero() -> None:
    scores = np.empty(4)
    halved(np.array([np.nan, np.inf, -1.0, 1e300]), np.ones(1), scores)
    assert scores.tolist() == [0.0] * 4


def test_depth_savings_follow_the_path() -> None:
    """A tree of one level, by hand: the cut is along column 1, the row goes right, to a path of 2 where 3 was expected."""
    feature, threshold = np.array([[0, 1]], dtype=np.int32), np.array([[0, 5]], dtype=np.float32)
    length, expected = np.array([[4, 2]], dtype=np.float32), np.array([[0, 3]], dtype=np.float32)
    parts = np.zeros((2, 3))
    depth_savings(feature, threshold, length, expected, np.array([[9, 9, 9], [9, 0, 9]], dtype=np.float32), parts)
    assert parts.tolist() == [[0, 1 / 2, 0], [0, -1 / 4, 0]]
