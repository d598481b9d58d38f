"""What detectors that keep learning promise beyond the contract: a batch is learned as its rows one by one, and they adapt."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_streams import check_random_cut_tree, expected_cut_score, half_space_bits

from standout.core.matrix import Matrix
from standout.core.part import State
from standout.detect.half_space_trees import HalfSpaceTrees
from standout.detect.loda import LODA
from standout.detect.random_cut_forest import TREE, RandomCutForest
from standout.detect.running_moments import RunningMoments
from standout.kernels.projections import bin_edges, bin_of, fill_histograms

LEARNERS = [
    HalfSpaceTrees(window=40),
    LODA(projections=20, half_life=3.0),
    LODA(projections=20),
    RandomCutForest(trees=5, rows_per_tree=32, half_life=50.0),
    RunningMoments(half_life=20.0),
]


def rows(n: int, seed: int = 0, d: int = 4) -> Matrix:
    return Matrix.of(np.random.default_rng(seed).normal(size=(n, d)))


def fit(detector, matrix: Matrix) -> State:
    return detector.fit(matrix, np.random.default_rng(0))


def same(a: State, b: State) -> bool:
    return all(np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("detector", LEARNERS, ids=lambda d: d.name)
@given(cuts=st.lists(st.integers(0, 150), max_size=6))
@settings(max_examples=10, deadline=None)
def test_a_batch_is_learned_as_its_rows_in_any_pieces(detector, cuts) -> None:
    start, new = rows(60), rows(150, seed=1)
    whole, pieces, single = (fit(detector, start) for _ in range(3))
    detector.update(whole, new)
    edges = [0, *sorted(cuts), 150]
    for a, b in itertools.pairwise(edges):
        detector.update(pieces, new.take(np.arange(a, b)))
    for i in range(150):
        detector.update(single, new.take(np.array([i])))
    assert same(whole, pieces)
    assert same(whole, single)


@pytest.mark.parametrize("detector", LEARNERS, ids=lambda d: d.name)
def test_what_was_rare_becomes_usual(detector) -> None:
    state = fit(detector, rows(300))
    moved = Matrix.of(rows(1500, seed=3).values + 4)
    before = detector.score(state, moved).mean()
    detector.update(state, moved)
    assert detector.score(state, moved).mean() < 0.8 * before


def test_half_spaces_score_as_the_slow_ones(rng) -> None:
    detector = HalfSpaceTrees(trees=4, height=5, window=50)
    learned, test = rows(50), Matrix.of(3 * rng.normal(size=(20, 4)))
    state = fit(detector, learned)
    slow = [half_space_bits(state["feature"], state["threshold"], learned.values, r) for r in test.values]
    np.testing.assert_allclose(detector.score(state, test), slow, atol=2e-4)


def test_half_spaces_halve_the_range_left_by_the_cuts_above() -> None:
    state = fit(HalfSpaceTrees(trees=1, height=3), rows(100, d=1))
    cut = state["threshold"][0].astype(np.float64)
    assert cut[4] < cut[2] < cut[5] < cut[1] < cut[6] < cut[3] < cut[7]
    np.testing.assert_allclose(np.diff(cut[[4, 2, 5, 1, 6, 3, 7]]), cut[2] - cut[4], rtol=1e-5)


def test_the_reference_changes_only_when_a_window_is_full() -> None:
    detector = HalfSpaceTrees(window=100)
    state = fit(detector, rows(100))
    before = detector.score(state, rows(30, seed=5))
    detector.update(state, rows(99, seed=1))
    assert np.array_equal(detector.score(state, rows(30, seed=5)), before)
    detector.update(state, rows(1, seed=2))
    assert not np.array_equal(detector.score(state, rows(30, seed=5)), before)


def test_a_part_of_the_reference_outlives_a_renewal() -> None:
    for kept in (0.0, 0.25):
        detector = HalfSpaceTrees(window=100, kept=kept)
        state = fit(detector, rows(300))
        total = 100 * (1 + kept + kept**2)
        np.testing.assert_allclose(state["reference"].sum(axis=1), total)


@pytest.mark.parametrize("kind", ["normal", "copies", "constant", "few values"])
def test_a_random_cut_tree_stays_a_tree_of_the_rows_it_holds(rng, kind: str) -> None:
    values = {
        "normal": rng.normal(size=(200, 3)),
        "copies": np.repeat(rng.normal(size=(20, 3)), 10, axis=0),
        "constant": np.ones((200, 3)),
        "few values": rng.integers(0, 2, (200, 3)),
    }[kind]
    detector = RandomCutForest(trees=3, rows_per_tree=16, half_life=30.0)
    state = fit(detector, Matrix.of(values[:1]))
    for i in range(1, 200):
        detector.update(state, Matrix.of(values[i : i + 1]))
        for t in range(3):
            held = list(range(min(i + 1, 16)))
            check_random_cut_tree([state[k][t] for k in TREE], int(state["root"][t]), held)
            assert {tuple(p) for p in state["point"][t][held]} <= {tuple(v) for v in values[: i + 1].astype(np.float32)}


def test_random_cut_scores_are_the_slow_ones_and_the_columns_share_them(rng) -> None:
    learned, test = rng.normal(size=(80, 3)), 2 * rng.normal(size=(20, 3))
    detector = RandomCutForest(trees=4, rows_per_tree=32)
    state = fit(detector, Matrix.of(learned))
    probe = Matrix.of(np.concatenate([test, learned[-10:]]))
    trees = [[state[k][t] for k in TREE] for t in range(4)]
    slow = [
        np.mean([expected_cut_score(tree, int(root), r, np.log2(33)) for tree, root in zip(trees, state["root"], strict=True)])
        for r in probe.values
    ]
    np.testing.assert_allclose(detector.score(state, probe), slow, rtol=1e-9)
    np.testing.assert_allclose(detector.attribute(state, probe).sum(axis=1)[:20], slow[:20], rtol=1e-9)


def test_a_random_cut_forest_holds_recent_rows_and_without_a_half_life_all_alike() -> None:
    values = np.arange(4000.0)
    recent, even = (
        fit(RandomCutForest(trees=20, rows_per_tree=64, half_life=h), Matrix.of(values))["point"].mean() for h in (400.0, 0.0)
    )
    assert 3300 < recent < 3550  # the mean age is half_life / log(2), 577
    assert 1900 < even < 2100


def test_a_value_lies_between_the_edges_of_its_bin(rng) -> None:
    shift = rng.random(50)
    edges = bin_edges(shift, 40)
    for u in np.concatenate([rng.normal(size=20), rng.standard_cauchy(20) * 20]):
        for p in range(50):
            k = bin_of(5.0 + 2.0 * u, 5.0, 2.0, shift[p], 40)
            assert edges[p, k] - 1e-6 * abs(u) <= u <= edges[p, k + 1] + 1e-6 * abs(u)


def test_histograms_fade_and_are_rescaled_without_rounding() -> None:
    values = rows(400, d=1).values
    args = (np.zeros((1, 1), dtype=np.int32), np.ones((1, 1)), np.zeros(1), np.ones(1), np.zeros(1))
    counts, coarse, gain = np.zeros((1, 32)), np.zeros((1, 2)), np.ones(1)
    fill_histograms(values, *args, 2.0, counts, coarse, gain)  # each row counts twice as much: rescaled ten times
    slow = np.zeros(32)
    for i, v in enumerate(values[:, 0]):
        slow[bin_of(float(v), 0.0, 1.0, 0.0, 32)] += 2.0 ** (i - 399)
    np.testing.assert_allclose(counts[0] / gain, slow, rtol=1e-12)
    np.testing.assert_allclose(coarse[0] / gain, slow.reshape(2, 16).sum(axis=1), rtol=1e-12)


def test_running_moments_are_the_mean_and_variance() -> None:
    learned = rows(500)
    state = fit(RunningMoments(), learned)
    np.testing.assert_allclose(state["mean"], learned.values.mean(axis=0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(state["variance"], learned.values.var(axis=0), rtol=1e-5)
