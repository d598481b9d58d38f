"""The compiled walk beside its Python form and beside one written from its sentence."""

from __future__ import annotations

import numpy as np
import pytest

from standout.kernels.moving_mean import next_above


def slowly(scores, start, before, limit):
    """The first score that lies more than `limit` above the mean of the scores before it, by their list."""
    before = list(before)
    for i in range(start, len(scores)):
        if scores[i] - sum(before) / len(before) > limit:
            return i, before
        before = [*before[1:], scores[i]]
    return len(scores), before


@pytest.mark.parametrize("walk", [next_above, next_above.py_func])
@pytest.mark.parametrize("depth", [1, 2, 9])
@pytest.mark.parametrize("limit", [-5.0, 0.0, 1.5, 1e9, np.inf])
def test_the_walk_is_that_of_a_list(walk, depth: int, limit: float, rng: np.random.Generator) -> None:
    scores, ring = rng.normal(size=60), rng.normal(size=depth)
    for start in (0, 13, 60):
        mine, at = ring.copy(), depth // 2
        before = np.roll(mine, -at)
        found, at, above = walk(scores, start, mine, at, limit)
        expected, left = slowly(scores, start, before, limit)
        assert found == expected
        np.testing.assert_allclose(np.roll(mine, -at), left)
        if found < 60:
            assert above == pytest.approx(scores[found] - np.mean(left))
