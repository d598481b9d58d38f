"""What a stream leaves behind: as much as was asked for, in order, and the same after it was written down."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.core.matrix import Feature
from standout.core.recent import Contexts, Latest

FEATURES = (Feature("x", "x"),)
steps = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", "ü", None])), max_size=20)


def numbered(lengths):
    """Rows of one feature that count up, in stretches."""
    at = 0
    for n in lengths:
        yield np.arange(at, at + n, dtype=np.float32)[:, None]
        at += n


@settings(deadline=None)
@given(steps, st.integers(1, 12))
def test_the_latest_rows_are_the_last_that_came_grouped_by_entity_in_order(told, most):
    latest, came = Latest(most), []
    for rows, (_, entity) in zip(numbered([n for n, _ in told]), told, strict=True):
        latest.add(rows, entity)
        came += [(float(v), entity) for v in rows[:, 0]]
    assert len(latest) == min(most, len(came))
    kept = came[-most:] if came else []
    matrix = latest.matrix(FEATURES)
    assert sorted(matrix.values[:, 0].tolist()) == [v for v, _ in kept]
    owner = dict(kept)
    for run in matrix.runs:
        values = matrix.values[run, 0].tolist()
        assert len({owner[v] for v in values}) <= 1
        assert values == sorted(values)
    if kept:
        assert len(matrix.runs) == len(set(owner.values()))


@settings(deadline=None)
@given(steps, steps, st.integers(1, 12))
def test_the_latest_rows_go_on_the_same_after_they_were_written_down(before, after, most):
    one = Latest(most)
    for rows, (_, entity) in zip(numbered([n for n, _ in before]), before, strict=True):
        one.add(rows, entity)
    two = Latest.restored(one.state(1), most, 1)
    for rows, (_, entity) in zip(numbered([n for n, _ in after]), after, strict=True):
        one.add(rows, entity)
        two.add(rows, entity)
    first, second = one.state(1), two.state(1)
    assert all(np.array_equal(first[k], second[k]) for k in first)
    assert np.array_equal(one.matrix(FEATURES).values, two.matrix(FEATURES).values)


@settings(deadline=None)
@given(steps, st.integers(1, 3))
def test_contexts_keep_the_most_recently_seen_and_go_on_the_same(told, most):
    one, seen = Contexts(most), []
    for rows, (_, entity) in zip(numbered([n for n, _ in told]), told, strict=True):
        one.keep(entity, rows)
        one.trim()
        seen = [e for e in seen if e != entity] + [entity]
    assert len(one) == min(most, len(seen))
    two = Contexts.restored(one.state(1), most, 9, 1)
    for entity in ("a", "b", "ü", None):
        assert np.array_equal(one.of(entity, 1), two.of(entity, 1))
    one.keep("new", np.zeros((1, 1), np.float32))
    two.keep("new", np.zeros((1, 1), np.float32))
    one.trim()
    two.trim()
    assert all(np.array_equal(one.state(1)[k], two.state(1)[k]) for k in one.state(1))
