from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import standout
from standout.core.errors import ParameterTypeError, SchemaError
from standout.data.examples import example, make


@pytest.fixture(scope="module")
def made() -> standout.Run:
    return standout.run(make("payments", 600), standout.Goal(share=0.02, label="fraud"))


def test_a_file_a_frame_and_rows_as_dicts_score_the_same_to_the_last_bit(made: standout.Run, tmp_path: Path) -> None:
    path = example("payments", tmp_path / "new.csv", rows=200, seed=3)
    table = make("payments", 200, seed=3)
    rows = [{**row, "time": row["time"].isoformat()} for row in table.to_pylist()]
    of_file, of_frame, of_rows = (standout.score(made.model, what) for what in (path, table.to_pandas(), rows))
    assert of_file.scores.raw.tolist() == of_frame.scores.raw.tolist() == of_rows.scores.raw.tolist()
    alone = standout.read(rows[7], made.model)
    assert made.model.score(alone).raw[0] == of_file.scores.raw[7]


def test_a_row_read_alone_goes_through_a_live_model(made: standout.Run) -> None:
    live = standout.Live(made.model, learn=False)
    row = make("payments", 60, seed=5).to_pylist()[3]
    scores = live.step(standout.read(row, made.model))
    assert 0 < scores.p_value[0] <= 1
    assert live.reasons()[0].sentence


def test_alerts_of_a_run_and_of_scored_rows_are_tables_with_reasons(made: standout.Run) -> None:
    of_run = standout.alerts(made)
    assert of_run.num_rows == 12
    assert of_run["severity"].to_pylist() == sorted(of_run["severity"].to_pylist(), reverse=True)
    assert all(of_run["reason"].to_pylist())
    done = standout.score(made.model, make("payments", 300, seed=9))
    again = standout.alerts(done, most=3)
    assert again["row"].to_pylist() == done.strangest()[:3].tolist()
    assert again.to_pandas()["because_of"].notna().all()


def test_scored_rows_are_held_against_their_labels(made: standout.Run) -> None:
    done = standout.score(made.model, make("payments", 400, seed=11))
    held = done.against_labels("fraud")
    assert held.confusion.rows == 400
    assert held.confusion.alerts == int(done.alarms.sum())


def test_a_frame_given_to_a_model_itself_is_refused_with_what_to_use(made: standout.Run) -> None:
    with pytest.raises(ParameterTypeError, match="DataFrame") as refused:
        made.model.score(make("payments", 60).to_pandas())
    assert "standout.score" in refused.value.hint


def test_a_row_with_none_of_the_columns_is_refused_by_number(made: standout.Run) -> None:
    with pytest.raises(SchemaError, match="Row 1 cannot be read"):
        standout.read([{"amount": 3.0}, {"colour": "red"}], made.model)


def test_what_is_taken_as_missing_is_warned_of(made: standout.Run) -> None:
    with pytest.warns(UserWarning, match="distance_km"):
        standout.read({**make("payments", 60).to_pylist()[0], "distance_km": "far"}, made.model)


def test_columns_as_a_dict_are_columns_and_not_a_row() -> None:
    model = standout.run({"x": np.random.default_rng(0).normal(size=300)}, standout.Goal(alerts=2)).model
    assert len(standout.read({"x": [1.0, 2.0, 3.0]}, model)) == 3
    assert len(standout.read({"x": 1.0}, model)) == 1


def test_a_day_without_alerts_has_the_same_columns_as_one_with_some(made: standout.Run) -> None:
    quiet = make("payments", 300, seed=9).to_pandas()
    done = standout.score(made.model, quiet)
    strict = made.model.with_policy(standout.Goal(level=1e-6).policy(clock=True))
    none = standout.alerts(standout.score(strict, quiet))
    assert none.num_rows == 0
    assert none.column_names == standout.alerts(done).column_names
