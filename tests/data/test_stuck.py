from __future__ import annotations

import numpy as np
import pytest

from standout.data.stuck import Owners, Run, Runs


def followed(values: np.ndarray, owners: np.ndarray | None = None, cuts: int = 1) -> Run | None:
    known, seen, first = Owners(), Runs(), 0
    owned = np.ones(len(values), dtype=np.uint64) if owners is None else owners.astype(np.uint64)
    for part, own in zip(np.array_split(values, cuts), np.array_split(owned, cuts), strict=True):
        numbers = known.number(own, len(part))
        seen.add(part, numbers, len(known), first)
        first += len(part)
    return seen.stuck()


@pytest.mark.parametrize("cuts", [1, 3, 11])
def test_a_sensor_that_stands_still_is_found_for_any_cut(rng: np.random.Generator, cuts: int) -> None:
    values = rng.normal(size=1000)
    values[300:360] = values[300]
    run = followed(values, cuts=cuts)
    assert run is not None
    assert (run.row, run.length, run.value) == (300, 60, values[300])


def test_a_sensor_that_is_still_dead_at_the_end_is_found(rng: np.random.Generator) -> None:
    values = rng.normal(size=400)
    values[350:] = 0.0
    run = followed(values)
    assert run is not None
    assert (run.row, run.length) == (350, 50)


def test_a_series_that_moves_all_the_time_is_not(rng: np.random.Generator) -> None:
    assert followed(rng.normal(size=1000)) is None


def test_coarse_values_that_repeat_by_chance_are_not(rng: np.random.Generator) -> None:
    assert followed(rng.integers(0, 3, 20_000).astype(float)) is None


def test_a_state_of_rest_that_comes_back_is_not(rng: np.random.Generator) -> None:
    values = rng.normal(size=2000)
    for start in (200, 600, 1000, 1400):
        values[start : start + 40] = 0.0
    assert followed(values) is None


def test_a_value_that_rarely_changes_is_not(rng: np.random.Generator) -> None:
    assert followed(np.repeat(rng.normal(size=40), 25)) is None


def test_each_entity_is_followed_by_itself(rng: np.random.Generator) -> None:
    values, owners = rng.normal(size=1200), np.tile([4, 8, 15], 400)
    at = np.flatnonzero(owners == 8)[100:150]
    values[at] = 7.0
    run = followed(values, owners, cuts=5)
    assert run is not None
    assert (run.row, run.length, run.value) == (at[0], 50, 7.0)


def test_missing_values_do_not_break_a_run_nor_make_one(rng: np.random.Generator) -> None:
    values = rng.normal(size=600)
    values[100:200] = np.nan
    assert followed(values) is None
