"""Series: what moved is named, in the same way live and in a file, and a row that is strange altogether is told by its farthest columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from standout.core.detector import LooksBack
from standout.core.judged import Judged
from standout.core.live import Live
from standout.core.matrix import Matrix
from standout.core.model import Model
from standout.core.registry import part_from_dict
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.explain.course import HALVED, LEAST, course
from standout.flow import fit
from standout.goal.goal import Goal

WINDOW = 16


def waves(n: int, seed: int = 0) -> np.ndarray:
    """Eight channels of one rhythm, the last far noisier than the others."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)[:, None]
    rows = np.sin(t / 40 + np.arange(8)) + 0.1 * rng.normal(size=(n, 8))
    rows[:, 7] = rng.normal(size=n)
    return rows


def table_of(values: np.ndarray, model: Model) -> Table:
    return next(t for t, _ in tables(open_source(frame(values)), model.schema))


def frame(values: np.ndarray) -> pa.Table:
    return pa.table({f"c{k}": values[:, k] for k in range(values.shape[1])})


@pytest.fixture(scope="module", params=["nearest-windows", "subsequence-pca", "autoregression", "window-average"])
def model(request) -> Model:
    given = {"part": request.param}
    given |= {"window": WINDOW} if request.param != "autoregression" else {}
    given |= {"member": {"part": "nearest-windows", "window": WINDOW}} if request.param == "window-average" else {}
    given.pop("window", None) if request.param == "window-average" else None
    return fit(frame(waves(900)), Goal(clean=True), detector=part_from_dict("detector", given)).model


def first(model: Model, values: np.ndarray, at: int) -> str:
    return model.explain(table_of(values, model), np.array([at]))[0].contributions[0].column


def test_a_channel_that_jumps_is_named_first(model: Model) -> None:
    named = []
    for channel in range(6):
        values = waves(400, seed=1)
        values[300, channel] += 3.0
        named.append(first(model, values, 300) == f"c{channel}")
    assert sum(named) >= 5


def test_a_channel_that_was_as_far_out_all_along_is_not_what_happened(model: Model) -> None:
    values = waves(400, seed=1)
    values[100:, 2] += 2.0
    values[300:, 4] += 2.0
    assert first(model, values, 301) == "c4"


def test_shares_sum_to_one_and_amounts_to_the_excess_on_any_row(model: Model) -> None:
    values = waves(100, seed=2)
    found = model.attributions(table_of(values, model))
    assert (found.shares >= 0).all()
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.amounts.sum(axis=1), found.excess)


def test_the_first_rows_of_a_series_are_explained_before_a_window_is_full(model: Model) -> None:
    values = waves(WINDOW - 2, seed=3)
    assert len(model.explain(table_of(values, model))) == len(values)


def test_a_row_alone_has_the_reason_that_it_has_among_others(model: Model) -> None:
    table = table_of(waves(120, seed=4), model)
    many = model.explain(table, np.array([40, 90, 91]))
    assert model.explain(table, np.array([90]))[0] == many[1]


def test_live_gives_the_reasons_of_a_file() -> None:
    model = fit(
        frame(waves(900)), Goal(clean=True), detector=part_from_dict("detector", {"part": "nearest-windows", "window": WINDOW})
    ).model
    values = waves(200, seed=5)
    values[150:154, 3] += 3.0
    table = table_of(values, model)
    live = Live(model, learn=False)
    told = {}
    for begin in range(0, 200, 7):
        step = table.take(np.arange(begin, min(begin + 7, 200)))
        live.step(step)
        told |= {r.row: r for r in live.reasons()}
    for reason in model.explain(table, np.array([3, 40, 149, 150, 153, 160])):
        assert told[reason.row] == reason


def test_the_course_is_what_its_words_say() -> None:
    """Against the definition, row by row and feature by feature."""
    part = part_from_dict("detector", {"part": "nearest-windows", "window": WINDOW})
    matrix = Matrix(waves(300).astype(np.float32), Matrix.of(waves(300)).features, np.array([0, 100], dtype=np.int64))
    state = part.fit(matrix, np.random.default_rng(0))
    at = np.array([2, 20, 99, 104, 250])
    judged = Judged(Table.of(_schema(), [Column(Kind.NUMBER, np.zeros(len(at)))]), matrix, at, part, state, lambda raw, _: raw)
    found, parts = course(judged), judged.moments
    assert parts is not None
    for i, row in enumerate(at):
        begin = 0 if row < 100 else 100
        before = [matrix.values[s].astype(float) for s in range(row - WINDOW + 1, row - (WINDOW - 1) // 2) if s >= begin]
        if len(before) < LEAST:
            assert not found.moved[i].any()
            assert np.isnan(found.before[i]).all()
            continue
        middle, spread = np.median(before, axis=0), np.var(before, axis=0)
        weights = {
            s: parts.parts[i, s - row + WINDOW - 1].sum() * 0.5 ** ((row - s) / HALVED) for s in range(row - WINDOW + 1, row + 1)
        }
        weights = {s: w for s, w in weights.items() if s >= begin}
        total = sum(weights.values())
        if total == 0:
            assert not found.moved[i].any()
            continue
        squares = {s: w * (matrix.values[s].astype(float) - middle) ** 2 / total for s, w in weights.items()}
        np.testing.assert_allclose(found.moved[i], sum(squares.values()) / (1 + spread))
        farthest = np.array([max(squares, key=lambda s, f=f: squares[s][f]) - row for f in range(8)])
        assert found.most[i].tolist() == farthest.tolist()


def _schema() -> Schema:
    return Schema((Field("c", Kind.NUMBER),))


def test_a_row_that_is_strange_altogether_is_told_by_its_farthest_columns() -> None:
    rng = np.random.default_rng(0)
    trained = fit(frame(rng.normal(size=(1500, 20))), Goal(clean=True)).model
    row = rng.normal(size=(1, 20))
    row[0, :12] = np.array([9, 8.5, 8, 7.5, 7, 6.5, 6, 5.5, 5, 4.8, 4.6, 4.4]) * 3
    shares = trained.attributions(table_of(row, trained)).shares[0]
    assert set(np.argsort(-shares)[:12].tolist()) == set(range(12))


def test_a_counterfactual_of_a_series_says_in_how_many_rows_its_change_is_held(model: Model) -> None:
    values = waves(400, seed=1)
    values[300, 2] += 6.0
    table, at = table_of(values, model), np.array([300])
    [reason] = model.explain(table, at, limit=float(model.score(table).raw[300]) * (1 - 1e-9))
    told = reason.counterfactual
    if told is None:  # a detector that reads whole series is not asked
        return
    assert told.found
    assert told.rows == part_reach(model)
    assert reason.as_dict()["counterfactual"]["rows"] == told.rows


def part_reach(model: Model) -> int:
    part = model.detector.part
    assert isinstance(part, LooksBack)
    return part.context(model.detector.state) + 1
