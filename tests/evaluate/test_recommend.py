"""Which detector is recommended, on which grounds, and with which cautions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from standout.core.detector import Detector
from standout.core.errors import DataError
from standout.core.registry import find
from standout.evaluate.recommend import recommend
from standout.evaluate.results import Compared, Estimate

DEFAULT, WHY = "cleaned", "cleaned is the default for rows that may hold anomalies."


def row(name: str, **figures: Any) -> Compared:
    given = {"seconds": 0.1, "microseconds": 1.0, "strange": 0.5, "stability": 0.8, **figures}
    return replace(Compared(cast("Detector", find("detector", name)())), **given)


def labelled(name: str, value: float, half: float = 0.05) -> Compared:
    estimate = Estimate(value, value - half, value + half)
    return row(name, average_precision=estimate, auroc=estimate)


def test_without_labels_the_default_stays_while_no_other_sees_clearly_more() -> None:
    found = recommend([row("cleaned"), row("pca", strange=0.6)], DEFAULT, WHY)
    assert found.compared.detector.name == "cleaned"
    assert found.reasons[0] == WHY
    assert any("no promise" in caution for caution in found.cautions)


def test_without_labels_a_blind_default_gives_way_to_one_that_sees_more_as_steadily() -> None:
    found = recommend([row("cleaned"), row("pca", strange=0.8)], DEFAULT, WHY)
    assert found.compared.detector.name == "pca"
    assert "50% of planted anomalies" in found.reasons[0]
    assert "80%" in found.reasons[0]


def test_without_labels_one_that_sees_more_but_changes_with_the_seed_is_not_recommended() -> None:
    rows = [row("cleaned"), row("pca", strange=0.9, stability=0.4), row("ecod", strange=0.7)]
    assert recommend(rows, DEFAULT, WHY).compared.detector.name == "ecod"
    assert recommend(rows[:2], DEFAULT, WHY).compared.detector.name == "cleaned"


def test_labels_decide_where_there_are_any_and_near_ones_are_named() -> None:
    found = recommend([labelled("cleaned", 0.5), labelled("pca", 0.7), labelled("ecod", 0.68)], DEFAULT, WHY)
    assert found.compared.detector.name == "pca"
    assert "0.70" in found.reasons[0]
    assert "too few to tell it from ecod" in found.reasons[-1]
    assert "expect a little less" in found.cautions[0]


def test_one_that_learns_from_labels_is_recommended_beside_the_best_that_needs_none() -> None:
    found = recommend([labelled("cleaned", 0.5), labelled("xgboost", 0.9), labelled("pca", 0.4)], DEFAULT, WHY)
    assert found.compared.detector.name == "xgboost"
    assert "the best that needs none is cleaned, with 0.50" in found.reasons[-1]
    assert not any("Next comes" in reason for reason in found.reasons)  # it would be said twice
    assert "given labels again" in found.cautions[-1]


def test_a_default_that_refused_the_rows_or_was_not_asked_for_says_so() -> None:
    refused = recommend([row("cleaned", failed="Too few."), row("pca")], DEFAULT, WHY)
    assert refused.compared.detector.name == "pca"
    assert "Too few." in refused.reasons[0]
    assert "was not compared" in recommend([row("pca")], DEFAULT, WHY).reasons[0]


def test_a_wrapped_estimator_is_called_by_its_class() -> None:
    found = recommend([row("cleaned"), row("wrapped", strange=0.9)], DEFAULT, WHY)
    assert "sklearn.neighbors.LocalOutlierFactor 90%" in found.reasons[0]


def test_where_every_detector_refused_the_rows_each_reason_is_told() -> None:
    with pytest.raises(DataError, match=r"cleaned: Too few\.; pca: Too many\."):
        recommend([row("cleaned", failed="Too few."), row("pca", failed="Too many.")], DEFAULT, WHY)
