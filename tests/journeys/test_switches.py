"""A series of one measurement and many switches: windows are compared by what is measured, and this is told."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from standout import Goal, flow
from standout.core.detector import AttributesInTime, Detector, heeded
from standout.core.live import Live
from standout.core.matrix import Feature, Matrix
from standout.core.registry import find
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.detect._series import measured

COMPARES = ["matrix-profile", "trailing-profile", "nearest-windows", "window-average"]
N, ODD = 900, slice(600, 620)


def load(seed: int = 0) -> np.ndarray:
    values = np.sin(np.arange(N) * 2 * np.pi / 30) + np.random.default_rng(seed).normal(0, 0.05, N)
    values[ODD] = 0.3
    return values


def switches(count: int = 6) -> np.ndarray:
    """Commands thrown by chance, for a few rows each."""
    rng = np.random.default_rng(1)
    on = np.zeros((N, count))
    for column in on.T:
        for begin in rng.integers(0, N - 9, 12).tolist():
            column[begin : begin + 9] = 1
    return on


def matrix(*, told: bool, seed: int = 0) -> Matrix:
    values = np.column_stack([load(seed), switches()]).astype(np.float32)
    names = ["load", *(f"s{i}" for i in range(6))]
    return Matrix(values, tuple(Feature(n, n, "flag" if told and n != "load" else "value") for n in names))


def frame(*, many: bool = False) -> pa.Table:
    at = np.datetime64("2026-03-01", "us") + np.arange(N) * np.timedelta64(60_000_000, "us")
    measured_too = {f"load{i}": np.roll(load(), 7 * i) for i in range(1, 3)} if many else {}
    return pa.table({"at": at, "load": load(), **measured_too, **{f"s{i}": s.astype(int) for i, s in enumerate(switches().T)}})


def made(name: str) -> Detector:
    return cast("Detector", find("detector", name)())


@pytest.mark.parametrize("name", COMPARES)
def test_scores_are_those_of_the_measurement_alone(name: str) -> None:
    detector, whole, alone = made(name), matrix(told=True), Matrix.of(load())
    state, own = detector.fit(whole, np.random.default_rng(0)), detector.fit(alone, np.random.default_rng(0))
    assert np.array_equal(detector.score(state, whole), detector.score(own, alone))
    assert heeded(detector, state, 7).tolist() == [True] + [False] * 6
    untold = detector.fit(matrix(told=False), np.random.default_rng(0))
    assert heeded(detector, untold, 7).all()
    assert not np.array_equal(detector.own_scores(untold, matrix(told=False)), detector.own_scores(own, alone))


@pytest.mark.parametrize("name", COMPARES)
def test_no_part_of_a_score_is_a_switch(name: str) -> None:
    detector, rows = made(name), matrix(told=True)
    state = detector.fit(matrix(told=True, seed=1), np.random.default_rng(0))
    parts = cast("AttributesInTime", detector).attribute_in_time(state, rows, np.array([605, 610])).parts
    assert parts.shape[2] == 7
    assert parts[:, :, 0].sum() > 0
    assert not parts[:, :, 1:].any()


def test_where_all_are_switches_they_are_compared() -> None:
    only = Matrix(np.zeros((3, 2), dtype=np.float32), (Feature("a", "a", "flag"), Feature("b", "b", "flag")))
    assert measured(only).tolist() == [0, 1]


@pytest.mark.parametrize(("hindsight", "many", "taken"), [
    (False, False, "trailing-profile"), (True, False, "matrix-profile"), (False, True, "nearest-windows"), (True, True, "window-average"),
])  # fmt: skip  # one case a pair of lines says less
def test_a_run_takes_the_detector_for_what_is_measured_and_says_what_it_leaves_out(
    hindsight: bool, many: bool, taken: str
) -> None:
    ran = flow.run(frame(many=many), Goal(time="at", hindsight=hindsight), seed=0)
    assert ran.model.detector.part.name == taken
    told = [f.message for f in ran.findings if f.code == "series-switches"]
    assert len(told) == 1
    assert "s0, s1, s2, s3 and 2 more" in told[0]
    assert any(abs(int(row) - 610) < 80 for row in ran.alerts.table.rows)
    assert {c.column for r in ran.reasons for c in r.contributions} <= {"load", "load1", "load2"}


def test_a_switch_told_to_be_a_number_is_compared() -> None:
    trained = flow.fit(frame(), Goal(time="at", kind=("s0=number",)), detector=made("trailing-profile"))
    features = [f.name for f in trained.model.features]
    heeds = heeded(trained.model.detector.part, trained.model.detector.state, len(features))
    assert [n for n, heed in zip(features, heeds.tolist(), strict=True) if heed] == ["load", "s0"]


@pytest.mark.parametrize("name", ["trailing-profile", "nearest-windows"])
def test_live_scores_are_batch_scores_to_the_last_bit(name: str) -> None:
    model = flow.fit(frame(), Goal(time="at"), detector=made(name)).model
    rows: Any = next(iter(tables(open_source(frame()), model.schema)))[0]
    live = Live(model, learn=False)
    stepped = np.concatenate([live.step(rows.take(np.arange(i, min(i + 70, N)))).raw for i in range(0, N, 70)])
    assert np.array_equal(stepped, model.score(rows).raw)
