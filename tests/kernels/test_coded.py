"""Walks by codes end where walks by values do, or say that they may not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels import trees
from standout.kernels.coded import STEPS, code, coder, sum_by_codes
from standout.kernels.permutes import AVAILABLE, FEATURES
from standout.kernels.trees import MANY, Forest, path_sums, sum_one_by_one

walks = pytest.mark.skipif(not AVAILABLE, reason="this processor has no AVX-512BW; rows are walked by their values on it")


def random_forest(rng: np.random.Generator, count: int, width: int) -> Forest:
    feature = rng.integers(0, width, (count, 256)).astype(np.int32)
    threshold = rng.normal(size=(count, 256)).astype(np.float32)
    threshold[rng.random((count, 256)) < 0.1] = np.inf
    return feature, threshold, rng.uniform(1, 12, (count, 256)).astype(np.float32)


def plain(forest: Forest, rows: np.ndarray) -> np.ndarray:
    sums = np.empty(len(rows))
    sum_one_by_one(*forest, rows, sums)
    return sums


@given(
    st.lists(st.floats(-(2.0**49), 2.0**49, width=32), min_size=2, max_size=30),
    st.lists(st.floats(-1000, 1000, width=32), min_size=1),
)
@settings(max_examples=200, deadline=None)
def test_a_higher_value_never_has_a_lower_code(values: list[float], thresholds: list[float]) -> None:
    low, steps = coder(np.zeros((1, len(thresholds)), dtype=np.int32), np.array([thresholds], dtype=np.float32))
    ordered = np.sort(np.array([*values, *thresholds], dtype=np.float32))
    codes = [float(code.py_func(v, low[0], steps[0])) for v in ordered]
    assert codes == sorted(codes)
    assert min(codes) >= 0
    assert max(codes) <= STEPS + 2
    assert codes == [float(code(v, low[0], steps[0])) for v in ordered]


@walks
@pytest.mark.parametrize("width", [1, 4, 5, 20, FEATURES])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_sums_that_are_sure_are_those_of_the_plain_walk_to_the_bit(width: int, count: int, rng: np.random.Generator) -> None:
    forest = random_forest(rng, count, width)
    for n in (1, 15, 16, 47, 48, 241, 1000):
        rows = rng.normal(size=(n, width)).astype(np.float32)
        sums, unsure = sum_by_codes(*forest, rows)
        assert np.array_equal(sums[~unsure], plain(forest, rows)[~unsure])
        assert unsure.mean() < 0.2


@walks
def test_a_value_near_a_threshold_is_not_sure(rng: np.random.Generator) -> None:
    forest = random_forest(rng, 2, 3)
    rows = np.repeat(forest[1][0, 1:2], 3 * 40).reshape(40, 3)  # meets the first threshold of the first tree
    sums, unsure = sum_by_codes(*forest, rows)
    assert unsure.all() or np.array_equal(sums, plain(forest, rows))


@walks
@pytest.mark.parametrize("kind", ["normal", "binary", "heavy", "constant", "huge"])
def test_path_sums_are_exact_whatever_the_rows(kind: str, rng: np.random.Generator) -> None:
    rows = {
        "normal": rng.normal(size=(MANY + 5, 6)),
        "binary": rng.integers(0, 2, (MANY, 6)),
        "heavy": rng.lognormal(sigma=6, size=(MANY, 6)),
        "constant": np.ones((MANY, 6)),
        "huge": rng.normal(size=(MANY, 6)) * 1e15,
    }[kind].astype(np.float32)
    forest = random_forest(rng, 9, 6)
    forest[1][:, ::3] = rows[rng.integers(0, len(rows), (9, 86)), 0]  # thresholds that values meet
    assert np.array_equal(path_sums(forest, rows), plain(forest, rows))


@walks
def test_thresholds_of_a_stranger_lead_to_the_same_leaves(rng: np.random.Generator) -> None:
    forest = random_forest(rng, 3, 2)
    forest[1][:] = rng.choice(np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, 3e38, -3e38, 1e-40], dtype=np.float32), (3, 256))
    rows = rng.choice(np.array([0.0, 1.0, -1.0, 1e15, -1e15, 1e-40], dtype=np.float32), (MANY, 2))
    assert np.array_equal(path_sums(forest, rows), plain(forest, rows))


def test_without_such_registers_rows_are_walked_by_their_values(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest, rows = random_forest(rng, 4, 3), rng.normal(size=(MANY, 3)).astype(np.float32)
    monkeypatch.setattr(trees, "AVAILABLE", False)
    monkeypatch.setattr(trees, "sum_by_codes", None)
    assert np.array_equal(path_sums(forest, rows), plain(forest, rows))
