"""What tells a series from a table of events, and that the doubtful is taken for events."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.table import Column, Field, Kind, Role, Schema, Table
from standout.data.rhythm import rhythm

N = 600


def times(steps) -> np.ndarray:
    return np.datetime64("2026-01-01", "us") + np.cumsum(np.asarray(steps) * 1e6).astype("timedelta64[us]")


def table(at=None, entity=None, **columns) -> Table:
    """Number columns unless they are lists of texts; a clock and an entity where given."""
    fields, made = [], []
    if at is not None:
        fields.append(Field("at", Kind.TIME, Role.TIME))
        made.append(Column(Kind.TIME, at))
    if entity is not None:
        fields.append(Field("who", Kind.CATEGORY, Role.ENTITY))
        made.append(Column.coded(list(entity)))
    for name, values in columns.items():
        text = isinstance(values, list)
        fields.append(Field(name, Kind.CATEGORY if text else Kind.NUMBER))
        made.append(Column.coded(values) if text else Column(Kind.NUMBER, np.asarray(values, dtype=float)))
    return Table.of(Schema(tuple(fields)), made)


def smooth(n: int = N, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=n))


def test_numbers_that_go_on_at_a_steady_step_are_a_series() -> None:
    found = rhythm(table(times(np.full(N, 300.0)), load=smooth()))
    assert (found.series, found.columns) == (1, 1)
    assert "every 5 minutes" in found.why


def test_numbers_that_come_round_are_a_series_though_the_next_row_is_unlike_and_noise_is_none() -> None:
    rng = np.random.default_rng(1)
    round_and_round = np.tile(rng.normal(size=40), 15) + rng.normal(0, 0.3, N)
    assert abs(np.corrcoef(round_and_round[1:], round_and_round[:-1])[0, 1]) < 0.2
    assert rhythm(table(times(np.full(N, 300.0)), load=round_and_round)).series == 1
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=(3, N))
        assert rhythm(table(times(np.full(N, 300.0)), **{f"x{i}": x for i, x in enumerate(noise)})).series == 0


def test_what_rests_and_lifts_off_for_a_while_goes_on_and_single_far_values_do_not() -> None:
    rng = np.random.default_rng(0)
    rests = np.where(rng.random(N) < 0.1, rng.normal(0, 1e-3, N), 0.0)
    rests[200:212] += np.linspace(1, 3, 12)
    assert rhythm(table(times(np.full(N, 300.0)), load=rests)).series == 1
    for seed in range(20):
        far = np.random.default_rng(seed).standard_t(1, size=N) ** 3
        far[np.random.default_rng(seed).random(N) < 0.5] = 0.0
        assert rhythm(table(times(np.full(N, 300.0)), load=far)).series == 0


def test_a_step_that_jitters_or_skips_now_and_then_is_steady() -> None:
    rng = np.random.default_rng(0)
    steps = 60 * rng.uniform(0.7, 1.3, N) * np.where(rng.random(N) < 0.05, 7, 1)
    assert rhythm(table(times(steps), load=smooth())).series == 1


def test_each_of_several_machines_is_a_series() -> None:
    at = np.concatenate([times(np.full(N, 60.0))] * 3)
    mixed = np.random.default_rng(0).permutation(3 * N)
    loads = np.concatenate([smooth(seed=i) for i in range(3)])
    who = np.repeat(["a", "b", "c"], N)
    found = rhythm(table(at[mixed], who[mixed].tolist(), load=loads[mixed]))
    assert found.series == 3
    assert "each of 3 series" in found.why
    assert not rhythm(table(at[mixed], load=loads[mixed])).series  # nobody said which row is whose


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (table(load=smooth()), "no clock"),
        (table(times(np.random.default_rng(0).exponential(60, N)), load=smooth()), "steady step"),
        (table(times(np.full(N, 60.0)), load=np.random.default_rng(0).normal(size=N)), "nothing of those of the next"),
        (table(times(np.full(N, 60.0)), load=np.ones(N)), "nothing of those of the next"),
        (table(times(np.full(N, 60.0)), load=np.full(N, np.nan)), "nothing of those of the next"),
        (table(times(np.full(60, 60.0)), load=smooth(60)), "too few rows"),
        (table(times(np.full(N, 60.0)), [f"m{i % 20}" for i in range(N)], load=smooth()), "too few rows of each entity"),
        (table(times(np.full(N, 60.0)), load=smooth(), shop=["a", "b"] * 300, card=["x", "y", "z"] * 200), "only 1 of 3"),
        (table(times(np.full(N, 60.0)), shop=["a", "b"] * 300), "none of the columns"),
        (table(np.full(N, times([0.0])[0]), load=smooth()), "steady step"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_doubtful_is_no_series_and_says_why(rows: Table, why: str) -> None:
    found = rhythm(rows)
    assert not found.series
    assert why in found.why


def test_a_few_noisy_columns_beside_smooth_ones_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    noise = {f"noise{i}": rng.normal(size=N) for i in range(2)}
    assert rhythm(table(times(np.full(N, 1.0)), a=smooth(seed=1), b=smooth(seed=2), **noise)).series == 1


def test_one_entity_of_one_row_among_long_ones_does_no_harm() -> None:
    at = np.concatenate([times(np.full(N, 60.0)), times([30.0])])
    assert rhythm(table(at, ["a"] * N + ["b"], load=np.r_[smooth(), 0.0])).series == 1


def test_missing_moments_and_values_are_looked_over() -> None:
    at, load = times(np.full(N, 60.0)), smooth()
    at[::50], load[::9] = np.datetime64("NaT"), np.nan
    assert rhythm(table(at, load=load)).series == 1
