"""A model scores the same wherever it is, says the same of a row alone and in any table, and survives its file."""

from __future__ import annotations

import threading

import by_hand
import numpy as np
import pytest

from standout.calibrate.policies.strongest import Strongest
from standout.core.errors import ParameterError, SchemaError
from standout.core.model import Model
from standout.core.table import Column, Field, Kind, Schema, Table


@pytest.mark.parametrize("detector", ["running-moments", "isolation-forest", "ecod", "subsequence-pca"])
def test_a_model_comes_back_from_its_file_with_the_same_scores_and_digest(tmp_path, detector):
    params = {"window": 4} if detector == "subsequence-pca" else {}
    model = by_hand.model(detector, **params)
    model.save(tmp_path / "m.standout")
    back = Model.load(tmp_path / "m.standout")
    fresh = by_hand.table(30, seed=5)
    one, two = model.score(fresh), back.score(fresh)
    assert np.array_equal(one.raw, two.raw)
    assert np.array_equal(one.p_value, two.p_value)
    assert back.digest == model.digest
    assert (back.schema, back.policy, back.provenance) == (model.schema, model.policy, model.provenance)


def test_the_same_fit_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        by_hand.model("isolation-forest", explained=True).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_digest_tells_models_apart_by_whatever_differs():
    model = by_hand.model()
    others = [by_hand.model("ecod"), model.with_policy(Strongest(alerts=4)), by_hand.model(half_life=50.0)]
    assert len({m.digest for m in [model, *others]}) == 4


def test_a_row_alone_scores_as_it_does_among_others_whatever_the_order_of_columns():
    model, rows = by_hand.model("isolation-forest"), by_hand.table(20, seed=3)
    together = model.score(rows)
    for i in range(20):
        row = rows.take(np.array([i])).only(["customer", "shop", "amount"])
        assert model.score(row).raw[0] == together.raw[i]


def test_a_sequence_model_gives_scores_in_the_order_of_the_table():
    model, rows = by_hand.model("subsequence-pca", window=4), by_hand.table(40, seed=3)
    apart = np.empty(40)
    for who in range(2):
        at = np.arange(who, 40, 2)
        apart[at] = model.score(rows.take(at)).raw
    assert np.array_equal(model.score(rows).raw, apart)


def test_alerts_are_the_rows_that_the_policy_raises_strangest_first():
    model, rows = by_hand.model(), by_hand.table(50, seed=2)
    rows.columns[0].values[[7, 30]] = [60.0, 500.0]
    alerts = model.detect(rows)
    assert alerts.table.rows.tolist()[:2] == [30, 7]
    assert len(alerts.table) <= 3
    assert (np.diff(alerts.scores.raw) <= 0).all()
    assert model.with_policy(Strongest(alerts=1, level=0.05)).detect(rows).table.rows.tolist() == [30]


def test_reasons_name_the_column_that_was_changed():
    model, rows = by_hand.model(explained=True), by_hand.table(10, seed=2)
    rows.columns[0].values[4] = 400.0
    reason = model.explain(rows.take(np.array([4])))[0]
    assert reason.contributions[0].column == "amount"
    assert reason.as_dict()["row"] == 4
    with pytest.raises(ParameterError, match="without an explainer"):
        by_hand.model().explain(rows)


def test_columns_absent_or_extra_are_told_and_a_changed_kind_is_refused():
    model = by_hand.model()
    schema = Schema((Field("amount", Kind.NUMBER), Field("weather", Kind.CATEGORY)))
    columns = [Column(Kind.NUMBER, np.array([9.0, 11.0])), Column.coded(["sun", "rain"])]
    scores = model.score(Table.of(schema, columns))
    assert {(f.code, f.column) for f in scores.findings} == {("column-absent", "shop"), ("column-extra", "weather")}
    assert np.isfinite(scores.raw).all()
    with pytest.raises(SchemaError, match="'amount' is stored as category"):
        model.score(Table.of(Schema((Field("amount", Kind.CATEGORY),)), [Column.coded(["many"])]))


def test_a_table_of_no_rows_has_no_scores_and_no_alerts():
    nothing = by_hand.table().take(np.array([], dtype=int))
    for detector in ("running-moments", "subsequence-pca"):
        model = by_hand.model(detector, **({"window": 4} if detector == "subsequence-pca" else {}))
        assert len(model.score(nothing)) == 0
        assert len(model.detect(nothing).table) == 0


def test_threads_that_score_at_once_do_not_disturb_each_other():
    model, rows = by_hand.model("isolation-forest"), by_hand.table(200, seed=8)
    expected = model.score(rows).raw
    got: list[bool] = []

    def work() -> None:
        got.extend(np.array_equal(model.score(rows).raw, expected) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 80
