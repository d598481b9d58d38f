"""Every detector is explained: amounts sum to the excess of the served score, and the planted column is named."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from cases import CASES, SEQUENCE_CASES, fitted, labels_for, normal

from standout.calibrate.conformal import Conformal
from standout.calibrate.policies.level import Level
from standout.core.detector import AttributesInTime, Detector, LooksBack, own_scores
from standout.core.live import Live
from standout.core.matrix import Matrix
from standout.core.model import Fitted, Model
from standout.core.preparer import fit_all
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.explain.explainers.conditional import Conditional

NAMES = [f"x{i}" for i in range(normal().width)]


def table_of(matrix: Matrix) -> Table:
    schema = Schema(tuple(Field(n, Kind.NUMBER) for n in NAMES))
    return Table.of(schema, [Column(Kind.NUMBER, c.astype(np.float64)) for c in matrix.values.T])


@cache
def model_of(detector: Detector) -> Model:
    fitted(detector)  # skips where an extra is not installed
    rows = normal()
    table = table_of(rows)
    preparers = fit_all(table, {}, 0)
    model = Model(table.schema, tuple(Fitted(p, s) for p, s in preparers), Fitted(detector), Fitted(Conformal()), Level())
    matrix, rng, labels = model.prepare(table), np.random.default_rng(0), labels_for(detector, rows)
    state = detector.fit(matrix, rng, labels)
    own = own_scores(detector, state, matrix, rng, labels)
    explainer = Conditional(sample=200)
    return Model(
        schema=table.schema,
        preparers=model.preparers,
        detector=Fitted(detector, state),
        calibrator=Fitted(Conformal(), Conformal().fit(own, rng)),
        policy=Level(),
        explainer=Fitted(explainer, explainer.fit(table, matrix, own, rng)),
    )


def faulty(column: int, at: int = 150) -> Table:
    rows = normal(200, seed=1).values.copy()
    rows[at, column] += 12 * rows[:, column].std()
    return table_of(Matrix.of(rows))


@pytest.mark.parametrize("detector", CASES)
def test_amounts_sum_to_the_excess_of_the_served_score(detector: Detector) -> None:
    model, table = model_of(detector), faulty(2)
    at = np.array([3, 90, 150, 151, 199])
    found = model.attributions(table, at)
    served = model.score(table).raw[at]
    np.testing.assert_allclose(found.scores, served, rtol=1e-9, atol=1e-12)
    assert (found.amounts >= 0).all()
    excess = np.maximum(served - found.typical, 0)
    np.testing.assert_allclose(found.amounts.sum(axis=1), excess, rtol=1e-9, atol=1e-12)
    for reason, whole in zip(model.explain(table, at), excess.tolist(), strict=True):
        shares = sum(c.share for c in reason.contributions) + reason.rest
        assert shares == pytest.approx(1 if whole > 0 else 0)
        assert reason.excess == pytest.approx(whole)


@pytest.mark.parametrize("detector", CASES)
def test_the_planted_column_is_named_first(detector: Detector) -> None:
    model = model_of(detector)
    for column in (0, 3):
        [reason] = model.explain(faulty(column), np.array([150]))
        assert reason.contributions[0].column == NAMES[column]


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_the_parts_of_a_score_of_a_series_sum_to_it_and_lie_at_the_moment(detector: Detector) -> None:
    if not isinstance(detector, AttributesInTime):
        pytest.skip("knows no moments; its attribution is of the row itself")
    model, table = model_of(detector), faulty(2)
    judged = model.judged(table, np.array([90, 153]))
    moments = detector.attribute_in_time(judged.state, judged.matrix, judged.at)
    assert moments.parts.shape == (2, len(moments.offsets), len(NAMES))
    assert (moments.parts >= 0).all()
    if isinstance(detector, LooksBack):
        np.testing.assert_allclose(moments.parts.sum(axis=(1, 2)), judged.scores, rtol=1e-6)
    moment, column = np.unravel_index(int(moments.parts[1].argmax()), moments.parts[1].shape)
    assert (moments.offsets[moment], column) == (-3, 2)
    [reason] = model.explain(table, np.array([153]))
    assert (reason.contributions[0].column, reason.contributions[0].back) == (NAMES[2], 3)


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_live_reasons_are_those_of_the_batch(detector: Detector) -> None:
    if not isinstance(detector, LooksBack):
        pytest.skip("looks ahead or at the whole past, and cannot go live")
    model, table = model_of(detector), faulty(1)
    live = Live(model, learn=False)
    live.step(table.take(np.arange(120)))
    live.step(table.take(np.arange(120, 160)))
    batch = model.explain(table, np.array([150, 155]))
    for one, other in zip(live.reasons(np.array([30, 35])), batch, strict=True):
        assert one.sentence == other.sentence
        assert one.row == other.row
        assert [c.column for c in one.contributions] == [c.column for c in other.contributions]
        assert one.excess == pytest.approx(other.excess)


def test_a_row_detector_explains_the_latest_step_of_a_stream() -> None:
    model = next(model_of(c.values[0]) for c in CASES if c.values[0].name == "isolation-forest")
    table = faulty(1)
    live = Live(model, learn=False)
    assert live.reasons() == ()
    live.step(table)
    assert list(live.reasons(np.array([150]))) == list(model.explain(table, np.array([150])))
