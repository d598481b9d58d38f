"""Tail probabilities and bins against counting one by one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.tails import bin_penalties, bins_kernel, count_below, count_up_to, tail_terms, tails_kernel

few = st.lists(st.sampled_from([-1e15, -2.0, -0.0, 0.0, 1e-30, 1.0, 1.5, 9e14]), min_size=1, max_size=12)


def tails_one_by_one(value, column, mine):
    """Left and right terms of one value, by counting; a row of the column itself is judged by the others."""
    others = list(column)
    if mine:
        others.remove(value)
    n = len(others)
    left = (1 + sum(o <= value for o in others)) / (n + 1)
    right = (1 + sum(o >= value for o in others)) / (n + 1)
    return -math.log(left), -math.log(right)


@given(few, st.sampled_from([-1e15, -3.0, 0.0, 1.0, 1.2, 1e15]))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_counting(values, value):
    ordered = np.sort(np.array(values, dtype=np.float32))
    assert count_below(ordered, np.float32(value)) == int(np.sum(ordered < np.float32(value)))
    assert count_up_to(ordered, np.float32(value)) == int(np.sum(ordered <= np.float32(value)))
    assert count_below.py_func(ordered, np.float32(value)) == int(np.sum(ordered < np.float32(value)))


def test_tail_terms_are_those_of_counting(rng):
    train = rng.integers(-3, 4, size=(30, 3)).astype(np.float32)
    ordered = np.ascontiguousarray(np.sort(train, axis=0).T)
    fresh = rng.integers(-5, 6, size=(20, 3)).astype(np.float32)
    leftward = np.array([[True, False, True]])
    for rows, mine in ((train, True), (fresh, False)):
        score, terms = tail_terms(rows, ordered, leftward, np.full(len(rows), mine), True)
        for i, row in enumerate(rows):
            pairs = [tails_one_by_one(v, train[:, j], mine) for j, v in enumerate(row)]
            left, right = [p[0] for p in pairs], [p[1] for p in pairs]
            chosen = [p[0] if to_left else p[1] for p, to_left in zip(pairs, leftward[0], strict=True)]
            winner = max((chosen, left, right), key=sum)
            np.testing.assert_allclose(score[i], sum(winner), atol=1e-12)
            np.testing.assert_allclose(terms[i].sum(), score[i], atol=1e-12)


def test_bin_penalties_are_looked_up_one_by_one(rng):
    edges = rng.normal(size=(3, 6))
    edges[0, 2] = 0.125
    edges = np.sort(edges, axis=1)
    edges[1, 4:] = np.finfo(np.float64).max
    penalty = rng.uniform(size=(3, 7))
    rows = rng.normal(size=(40, 3)).astype(np.float32)
    rows[0, 0] = 0.125  # a value on an edge belongs to the bin above it
    expected = [sum(penalty[j, sum(e <= v for e in edges[j])] for j, v in enumerate(row.astype(float))) for row in rows]
    np.testing.assert_allclose(bin_penalties(rows, edges, penalty), expected)
    plain = np.empty(40)
    bins_kernel.py_func(rows, edges, penalty, plain)
    np.testing.assert_array_equal(bin_penalties(rows, edges, penalty), plain)


def test_the_compiled_tails_equal_their_python_form(rng):
    train = rng.normal(size=(30, 3)).astype(np.float32)
    given = (np.ascontiguousarray(np.sort(train, axis=0).T), rng.random((30, 3)) < 0.5, rng.random(30) < 0.5)
    outs = [(np.empty(30), np.empty((30, 3))) for _ in range(2)]
    tails_kernel(train, *given, *outs[0])
    tails_kernel.py_func(train, *given, *outs[1])
    np.testing.assert_allclose(outs[0][0], outs[1][0], rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(outs[0][1], outs[1][1], rtol=1e-13, atol=1e-13)


def test_no_place_is_read_beyond_the_penalties_whatever_the_edges_say():
    for edges in (np.zeros((1, 3)), np.array([[3.0, 1, 2]]), np.full((1, 3), np.nan), np.full((1, 3), -np.inf)):
        got = bin_penalties(np.array([[-1e15], [0], [1e15]], dtype=np.float32), edges, np.arange(4.0)[None])
        assert set(got.tolist()) <= {0.0, 1.0, 2.0, 3.0}
