from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.data.clock import NAT, ClockFacts, MomentKeeper, clock_facts

SECOND = 1_000_000


def ticks(*seconds: float) -> np.ndarray:
    return (np.array(seconds) * SECOND).astype(np.int64)


def facts(times: np.ndarray, owners: list[int] | None = None) -> ClockFacts:
    found = clock_facts(times, None if owners is None else np.array(owners, dtype=np.uint64))
    assert found is not None
    return found


def test_a_steady_clock_has_a_step_and_nothing_else_to_tell() -> None:
    seen = facts(ticks(*range(0, 600, 60)))
    assert (seen.step, seen.regular, seen.steady) == (60.0, True, 1.0)
    assert (seen.gaps, seen.missed, seen.back, seen.doubled) == ((), 0, 0, 0)


def test_a_gap_in_a_steady_clock_is_found_with_its_row_and_what_it_misses() -> None:
    seen = facts(np.delete(ticks(*range(100)), [40, 41, 42]))
    (gap,) = seen.gaps
    assert (gap.row, gap.after, gap.seconds, seen.missed) == (40, 39 * SECOND, 4.0, 3)


def test_nights_without_events_are_no_gap_but_a_lost_week_is(rng: np.random.Generator) -> None:
    day = 86400
    days = [d for d in range(60) if not 30 <= d < 37]
    times = np.sort(np.concatenate([d * day + 8 * 3600 + rng.uniform(0, 10 * 3600, 40) for d in days]))
    seen = facts(ticks(*times))
    assert len(seen.gaps) == 1
    assert 7 * day < seen.gaps[0].seconds < 8.5 * day
    assert not seen.regular


def test_a_jump_back_is_found_at_its_row() -> None:
    seen = facts(ticks(0, 1, 2, 3, 1.5, 4, 5))
    assert (seen.back, seen.first_back) == (1, 4)


def test_a_doubled_moment_is_found_at_its_row() -> None:
    seen = facts(ticks(0, 1, 2, 2, 3))
    assert (seen.doubled, seen.first_doubled) == (1, 3)


def test_entities_each_have_a_clock_of_their_own() -> None:
    times, owners = ticks(0, 0, 1, 1, 2, 2, 3, 3), [7, 9] * 4
    assert facts(times, owners).doubled == 0
    assert facts(times, owners).back == 0
    assert facts(times).doubled == 4
    assert facts(times).a_moment == 2.0


def test_a_jump_back_of_one_entity_is_found_among_others() -> None:
    seen = facts(ticks(0, 5, 1, 4, 2, 6, 3, 7), [1, 2, 1, 2, 1, 2, 1, 2])
    assert (seen.back, seen.first_back) == (1, 3)


@pytest.mark.parametrize("times", [ticks(), ticks(3), np.array([NAT, NAT, 5])])
def test_fewer_than_two_moments_tell_nothing(times: np.ndarray) -> None:
    assert clock_facts(times, None) is None


def test_missing_moments_are_passed_over_and_rows_keep_their_numbers() -> None:
    times = ticks(0, 1, 2, 3, 3)
    seen = facts(np.insert(times, 1, NAT))
    assert (seen.rows, seen.first_doubled) == (5, 5)


def test_one_moment_in_all_rows_has_no_step() -> None:
    seen = facts(ticks(4, 4, 4))
    assert (seen.step, seen.doubled, seen.largest_gap) == (0.0, 2, 0.0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2)), min_size=2, max_size=40))
def test_jumps_back_and_doubled_moments_are_those_of_the_slow_way(rows: list[tuple[int, int]]) -> None:
    seen = facts(ticks(*(t for t, _ in rows)), [o for _, o in rows])
    back, last = 0, dict[int, int]()
    for time, owner in rows:
        back += time < last.get(owner, -1)
        last[owner] = time
    assert seen.back == back
    assert seen.doubled == len(rows) - len(set(rows))


@given(st.integers(0, 30))
def test_moments_come_together_for_any_cut(cut: int) -> None:
    values = np.array([*ticks(*range(20)).astype(float), np.nan, 5e6])
    kept = MomentKeeper()
    kept.add(values[:cut], None)
    kept.add(values[cut:], None)
    assert kept.facts() == facts(np.where(np.isnan(values), NAT, np.nan_to_num(values)).astype(np.int64))
