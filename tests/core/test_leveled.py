"""A calibrator that levels segments is asked wherever a model scores."""

from __future__ import annotations

from dataclasses import replace

import by_hand
import numpy as np

from standout.calibrate.segmented import Segmented
from standout.core.calibrator import fit_null
from standout.core.detector import own_scores
from standout.core.live import Live
from standout.core.model import Fitted, Model
from standout.core.preparer import assemble


def model_by_shop() -> Model:
    """A model whose rows are judged shop by shop."""
    model, table = by_hand.model(), by_hand.table()
    part, rng = Segmented(column="shop"), np.random.default_rng(0)
    detector = model.detector
    matrix = assemble([(f.part, f.state) for f in model.preparers], table)
    own = own_scores(detector.part, detector.state, matrix, rng)
    return replace(model, calibrator=Fitted(part, fit_null(part, own, table, matrix, rng)[0]))


def test_a_model_levels_its_scores_and_comes_back_from_its_file(tmp_path) -> None:
    model, table = model_by_shop(), by_hand.table(30, seed=3)
    scores = model.score(table)
    raw = by_hand.model().score(table).raw
    assert not np.allclose(scores.raw, raw)
    alone = np.concatenate([model.score(table.take(np.array([i]))).raw for i in range(30)])
    assert np.array_equal(scores.raw, alone)
    model.save(tmp_path / "m")
    assert np.array_equal(Model.load(tmp_path / "m").score(table).p_value, scores.p_value)
    assert np.array_equal(Live(model).step(table).p_value, scores.p_value)
