"""Grown trees are ones that the paper's algorithm could have grown."""

from __future__ import annotations

import numpy as np
import pytest
from naive_trees import checked, unflattened, usual_length

from standout.kernels.isolation import grow, usual_lengths

ROWS = {
    "normal": np.random.default_rng(0).normal(size=(200, 4)),
    "constant": np.ones((200, 3)),
    "one constant column": np.column_stack([np.ones(200), np.random.default_rng(0).normal(size=200)]),
    "few values": np.random.default_rng(0).integers(0, 3, (200, 2)),
    "huge": np.random.default_rng(0).normal(size=(200, 3)) * 1e14,
    "subnormal": np.random.default_rng(0).integers(0, 9, (200, 2)) * 1e-45,
    "neighbours": np.float32(1e7) + np.random.default_rng(0).integers(0, 4, (200, 2)),
    "both signs at the limit": np.random.default_rng(0).choice([-1e15, 1e15], (200, 2)),
}


def grown(values, sample, count=12, seed=0):
    rng = np.random.default_rng(seed)
    values = np.ascontiguousarray(values, dtype=np.float32)
    bags = np.array([rng.choice(len(values), sample, replace=False) for _ in range(count)], dtype=np.int32)
    leaves = 2 ** max(1, (sample - 1).bit_length())
    feature, threshold = np.zeros((count, leaves), dtype=np.int32), np.zeros((count, leaves), dtype=np.float32)
    length, expected = threshold.copy(), threshold.copy()
    seeds = rng.integers(0, 2**64, count, dtype=np.uint64)
    grow(values, bags, seeds, usual_lengths(sample), feature, threshold, length, expected)
    return values, bags, feature, threshold, length, expected


@pytest.mark.parametrize("sample", [1, 2, 3, 31, 32, 33, 128])
@pytest.mark.parametrize("what", ROWS)
def test_a_grown_tree_is_one_of_the_papers(what: str, sample: int) -> None:
    values, bags, feature, threshold, length, expected = grown(ROWS[what], sample)
    limit = max(1, (sample - 1).bit_length())
    for tree, bag in enumerate(bags):
        nested = unflattened(feature[tree], threshold[tree], length[tree])
        mean = checked(nested, values[bag], limit)
        assert np.isclose(expected[tree, 1], mean, rtol=1e-6)


def test_every_feature_that_varies_is_cut_as_often() -> None:
    rows = np.column_stack([ROWS["normal"], np.ones(200)])
    _, _, feature, threshold, _, _ = grown(rows, 128, count=400)
    roots = np.bincount(feature[:, 1], minlength=5)
    assert (threshold[:, 1] < np.inf).all()
    assert roots[4] == 0
    assert (np.abs(roots[:4] - 100) < 4 * np.sqrt(75)).all()


def test_the_first_threshold_is_uniform_between_the_extremes() -> None:
    _, _, _, threshold, _, _ = grown(np.linspace(0, 1, 200)[:, None], 200, count=1000)
    assert np.abs(np.sort(threshold[:, 1]) - np.linspace(0, 1, 1000)).max() < 0.06


def test_the_usual_length_is_that_of_the_paper() -> None:
    assert usual_lengths(300).tolist() == pytest.approx([usual_length(n) for n in range(301)], abs=1e-12)
    assert usual_lengths(256)[256] == pytest.approx(2 * (np.log(255) + 0.5772156649) - 2 * 255 / 256, abs=0.005)
