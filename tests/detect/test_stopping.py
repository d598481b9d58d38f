"""Which rows say when boosted trees stop growing: never ones that resemble those learned from more than rows to come will."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import standout
from standout.core.matrix import Matrix
from standout.core.part import State
from standout.core.registry import find
from standout.detect import _boosting
from standout.detect._boosting import held_out


def matrix_with(n: int, when: Any = None, whose: Any = None) -> Matrix:
    plain = Matrix.of(np.zeros((n, 1)))
    told = (None if v is None else np.asarray(v, dtype=np.int64) for v in (when, whose))
    return Matrix(plain.values, plain.features, plain.starts, *told)


def random_labels(n: int, seed: int, share: float = 0.3) -> np.ndarray[Any, Any]:
    return (np.random.default_rng(seed).random(n) < share).astype(np.int8)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 200), st.integers(10, 300))
def test_with_a_clock_the_latest_rows_are_held_out(seed: int, n: int, moments: int) -> None:
    when = np.random.default_rng(seed).integers(0, moments, n)
    labels = random_labels(n, seed)
    out = held_out(matrix_with(n, when=when), labels, np.random.default_rng(0))
    if out.any():
        assert when[out].min() > when[~out].max()  # rows of one moment are on one side
        assert 0.2 * n <= out.sum() <= 0.5 * n
        assert min(np.bincount(labels[out], minlength=2)) >= 2


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.integers(5, 15), st.booleans())
def test_with_entities_none_is_on_both_sides(seed: int, n: int, entities: int, clock: bool) -> None:
    rng = np.random.default_rng(seed)
    whose = rng.integers(0, entities, n)
    if len(np.unique(whose)) < 5:
        return
    when = rng.permutation(n) if clock else None
    out = held_out(matrix_with(n, when, whose), random_labels(n, seed), rng)
    assert not set(whose[out]) & set(whose[~out])
    if out.any() and when is not None:  # those seen last
        first = {w: when[whose == w].min() for w in np.unique(whose)}
        assert min(first[w] for w in whose[out]) > max(first[w] for w in whose[~out])


def test_most_draws_do_hold_rows_out() -> None:
    rng = np.random.default_rng(0)
    for whose in (None, np.arange(200) // 10):
        for when in (None, np.arange(200)):
            assert 39 <= held_out(matrix_with(200, when, whose), random_labels(200, 1), rng).sum() <= 60


def test_the_time_held_out_is_longer_where_late_rows_hold_no_anomalies() -> None:
    labels = np.zeros(100, dtype=np.int8)
    labels[[5, 20, 30, 55, 62]] = 1
    assert np.flatnonzero(held_out(matrix_with(100, np.arange(100)), labels, np.random.default_rng(0))).tolist() == [
        *range(55, 100)
    ]
    labels[[55, 62]] = 0  # only long ago: then nothing is held out, rather than what would say nothing
    assert not held_out(matrix_with(100, np.arange(100)), labels, np.random.default_rng(0)).any()


def test_rows_without_a_time_are_never_the_latest() -> None:
    when = np.arange(100)
    when[::10] = -1
    out = held_out(matrix_with(100, when), random_labels(100, 0), np.random.default_rng(0))
    assert out.any()
    assert not out[::10].any()


def test_a_run_tells_the_booster_when_rows_were_and_whose(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xgboost", reason="pip install 'standout[boost]'")
    seen: list[tuple[Matrix, State]] = []
    hold = _boosting.held_out

    def spy(matrix: Matrix, labels: Any, rng: np.random.Generator) -> Any:
        seen.append((matrix, hold(matrix, labels, rng)))
        return seen[-1][1]

    monkeypatch.setattr(_boosting, "held_out", spy)
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.permutation(n), unit="h"),
            "card": [f"card {i % 30}" for i in range(n)],
            "amount": rng.normal(size=n),
            "fraud": (rng.random(n) < 0.2).astype(int),
        }
    )
    detector: Any = find("detector", "xgboost").make({"trees": 5})
    goal = standout.Goal(label="fraud", time="at", entity="card")
    standout.run(frame, goal, detector=detector)
    matrix, out = seen[0]
    assert matrix.when is not None
    assert matrix.whose is not None
    assert len(np.unique(matrix.whose)) == 30
    assert sorted(matrix.when) == [*range(n)]
    assert out.any()
    assert not set(matrix.whose[out]) & set(matrix.whose[~out])
