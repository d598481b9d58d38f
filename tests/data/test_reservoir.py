from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from standout.data.reservoir import Reservoir


def drawn(rows: int, size: int, cuts: int, seed: int = 0) -> tuple[list[int], list[int]]:
    kept = Reservoir(size, np.random.default_rng(seed))
    for part in np.array_split(np.arange(rows), cuts):
        kept.add(pa.record_batch({"row": part}))
    sample, numbers = kept.take()
    return sample["row"].to_pylist(), numbers.tolist()


@pytest.mark.parametrize("cuts", [1, 2, 7, 40])
def test_the_sample_does_not_depend_on_the_cut(cuts: int) -> None:
    assert drawn(1000, 50, cuts) == drawn(1000, 50, 3)


def test_rows_are_numbered_by_their_place_and_stand_in_order() -> None:
    values, numbers = drawn(1000, 50, 5)
    assert values == numbers == sorted(set(numbers))
    assert len(numbers) == 50


def test_all_rows_are_kept_where_there_are_no_more_than_asked_for() -> None:
    assert drawn(50, 50, 4)[1] == list(range(50))


def test_another_seed_draws_other_rows() -> None:
    assert drawn(1000, 50, 2, seed=1) != drawn(1000, 50, 2, seed=2)


def test_every_row_is_equally_likely() -> None:
    counts = np.zeros(40)
    for seed in range(400):
        counts[drawn(40, 10, 3, seed)[1]] += 1
    assert counts.min() > 60
    assert counts.max() < 140  # 100 expected, standard deviation 8.7
