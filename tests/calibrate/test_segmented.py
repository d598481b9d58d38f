"""Segments that differ in level and spread are judged each by its own, thin ones with the help of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from standout.calibrate.segmented import Segmented
from standout.core.errors import ParameterError, StandoutError
from standout.core.table import Column, Field, Kind, Role, Schema, Table

SCHEMA = Schema((Field("site", Kind.CATEGORY, Role.ENTITY), Field("load", Kind.NUMBER)))
LEVEL = {"a": 0.0, "b": 30.0, "c": 5.0, "d": 80.0}
SPREAD = {"a": 1.0, "b": 6.0, "c": 0.3, "d": 12.0}
SIZES = {"a": 1200, "b": 800, "c": 60, "d": 25}


def rows(sites: list[str | None]) -> Table:
    return Table.of(SCHEMA, [Column.coded(sites), Column(Kind.NUMBER, np.zeros(len(sites)))])


def drawn(rng: np.random.Generator, sizes: dict[str, int]) -> tuple[Table, np.ndarray]:
    sites = [s for s, n in sizes.items() for _ in range(n)]
    scores = np.array([LEVEL[s] + SPREAD[s] * rng.exponential() for s in sites])
    return rows(list(sites)), scores


def p_values(part: Segmented, state: dict, scores: np.ndarray, table: Table) -> np.ndarray:
    return part.p_values(state, part.leveled(state, scores, table))


def test_the_level_is_kept_in_each_segment_with_caution_in_thin_quiet_and_nearly_in_thin_noisy_ones(
    rng: np.random.Generator,
) -> None:
    part, rates, by_whole = Segmented(), [], []
    for _ in range(30):
        table, scores = drawn(rng, SIZES)
        state = part.fit_rows(scores, table, rng)
        fresh, new = drawn(rng, dict.fromkeys(SIZES, 200))
        rates.append((p_values(part, state, new, fresh) <= 0.05).reshape(4, 200).mean(axis=1))
        by_whole.append((part.p_values(part.fit(scores, rng), new) <= 0.05).reshape(4, 200).mean(axis=1))
    large_a, large_b, thin_quiet, thin_noisy = np.mean(rates, axis=0)
    assert 0.035 < large_a < 0.065
    assert 0.035 < large_b < 0.065
    assert thin_quiet < 0.05
    assert thin_noisy < 0.12
    assert np.mean(by_whole, axis=0)[3] > 0.9


def test_one_null_for_all_would_raise_from_the_noisiest_alone(rng: np.random.Generator) -> None:
    table, scores = drawn(rng, {"a": 1200, "b": 800})
    part = Segmented()
    assert (part.p_values(part.fit(scores, rng), scores) <= 0.02)[:1200].sum() == 0
    leveled = p_values(part, part.fit_rows(scores, table, rng), scores, table) <= 0.02
    assert leveled[:1200].sum() > 10
    assert leveled[1200:].sum() > 5


def test_a_segment_never_seen_or_missing_is_judged_as_the_whole(rng: np.random.Generator) -> None:
    table, scores = drawn(rng, SIZES)
    state = Segmented().fit_rows(scores, table, rng)
    new = np.array([3.0, 25.0, 60.0])
    np.testing.assert_allclose(Segmented().leveled(state, new, rows(["z", None, "z"])), new)


def test_a_segment_that_never_moved_does_not_make_alarms_of_next_to_nothing(rng: np.random.Generator) -> None:
    table = rows(["still"] * 500 + ["lively"] * 500)
    scores = np.concatenate([np.full(500, 2.0), rng.exponential(size=500)])
    state = Segmented().fit_rows(scores, table, rng)
    assert p_values(Segmented(), state, np.array([2.0001]), rows(["still"]))[0] > 0.2
    assert p_values(Segmented(), state, np.array([12.0]), rows(["still"]))[0] < 0.01


def test_the_order_of_rows_and_of_categories_does_not_matter(rng: np.random.Generator) -> None:
    table, scores = drawn(rng, SIZES)
    turned = rng.permutation(len(scores))
    one = Segmented().fit_rows(scores, table, np.random.default_rng(0))
    sites = table["site"].texts()
    two = Segmented().fit_rows(scores[turned], rows([sites[i] for i in turned]), np.random.default_rng(0))
    new, fresh = np.array([1.0, 40.0, 6.0]), rows(["a", "b", "c"])
    assert np.allclose(p_values(Segmented(), one, new, fresh), p_values(Segmented(), two, new, fresh))


def test_a_column_without_segments_or_that_does_not_exist_is_refused_by_name(rng: np.random.Generator) -> None:
    table, scores = drawn(rng, {"a": 40})
    with pytest.raises(ParameterError, match="column 'load' is a number"):
        Segmented(column="load").fit_rows(scores, table, rng)
    with pytest.raises(StandoutError, match="'town'"):
        Segmented(column="town").fit_rows(scores, table, rng)
