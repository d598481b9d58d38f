from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import standout
from standout.data.examples import make

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def made() -> standout.Run:
    table = make("payments", 600).to_pandas()
    table = table.rename(columns={"shop": HOSTILE})
    table.loc[5, HOSTILE] = f"{HOSTILE} & more"
    return standout.run(table, standout.Goal(share=0.03, label="fraud", find=HOSTILE))


def faces(made: standout.Run) -> dict[str, Any]:
    return {
        "run": made,
        "alerts": made.alerts,
        "reason": made.reasons[0],
        "profile": made.survey.profile,
        "labelled": made.evaluation.labelled,
        "scored": standout.score(made.model, make("payments", 100).to_pandas().rename(columns={"shop": HOSTILE})),
    }


def test_every_face_escapes_what_data_say_and_asks_for_nothing_from_outside(made: standout.Run) -> None:
    for name, noun in faces(made).items():
        page = noun._repr_html_()
        assert page.count("<div") == page.count("</div>"), name
        assert "<script" not in page, name
        assert "http" not in page.replace("http://www.w3.org", ""), name


def test_the_face_of_a_run_has_its_alerts_with_reasons_and_pictures_that_stand_alone(made: standout.Run) -> None:
    page = made._repr_html_()
    assert "18 of 600 rows stand out" in page
    assert page.count('class="sev"') == 10  # the strongest; the others are counted
    assert "And 8 more" in page
    assert "&lt;script&gt;" in page  # the goal's words, shown as text
    assert "<use" not in page  # two runs in one notebook would share the names
    assert 'class="small"' in page
    assert "Histogram of 600 scores" in page


def test_alerts_alone_show_their_rows(made: standout.Run) -> None:
    assert "p-" in made.alerts._repr_html_()
    assert len(made.alerts) == 18


def test_a_reason_shows_each_column_seen_expected_and_what_would_change_it(made: standout.Run) -> None:
    page = made.reasons[0]._repr_html_()
    assert made.reasons[0].contributions[0].column.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in page
    assert "It would not have been raised if" in page or "No change of columns" in page


def test_an_evaluation_shows_its_figures_and_curves(made: standout.Run) -> None:
    assert made.evaluation.labelled is not None
    page = made.evaluation.labelled._repr_html_()
    assert "average precision" in page.lower()
    assert page.count("<figure>") == 2


def test_a_run_without_alerts_still_has_a_face() -> None:
    quiet = standout.run({"x": np.random.default_rng(0).normal(size=300)}, standout.Goal(level=1e-5))
    page = quiet._repr_html_()
    assert "0 of 300 rows stand out" in page
    assert "There are no labels" in page


def test_a_series_says_what_its_rows_are() -> None:
    steady = np.sin(np.arange(900) / 5) + np.random.default_rng(0).normal(0, 0.05, 900)
    steady[600:610] = 4
    moments = np.datetime64("2026-01-01") + np.arange(900) * np.timedelta64(60, "s")
    made = standout.run({"at": moments, "level": steady}, standout.Goal(alerts=2))
    assert made.alerts.spans
    assert "event" in repr(made)
    assert "alerts among 900 rows over time" in made._repr_html_() or "alert among 900 rows over time" in made._repr_html_()


@pytest.mark.parametrize("name", ["run", "alerts", "reason", "profile", "labelled", "scored"])
def test_in_a_terminal_each_is_one_line(made: standout.Run, name: str) -> None:
    said = repr(faces(made)[name])
    assert "\n" not in said
    assert len(said) < 1200


def test_a_model_a_table_and_what_was_trained_are_short_in_a_terminal(made: standout.Run) -> None:
    assert repr(made.model).startswith("Model(cleaned of ")
    assert repr(made.alerts.table).startswith("Table(18 rows of payment_id, time,")
    assert len(repr(made.trained)) < 2000
