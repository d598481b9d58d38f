"""What can be said without labels, and the comparison of detectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from standout.core.detector import Detector
from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.core.part import Card, State
from standout.core.scores import Scores
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.detect.running_moments import RunningMoments
from standout.detect.subsequence_pca import SubsequencePCA
from standout.evaluate.compare import PlantedRows, compare
from standout.evaluate.planted import plant
from standout.evaluate.unlabelled import CAUTIONS, agreement, evaluate_unlabelled, planted_recall, stability


@dataclass(frozen=True)
class Chance(Detector):
    """Scores that are nothing but chance, drawn when fitting."""

    card = Card("Chance", "none", "nothing", "nothing")
    name = "chance"

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Any = None) -> State:
        return {"mix": rng.normal(size=matrix.width)}

    def score(self, state: State, matrix: Matrix) -> Any:
        return np.sin(1e4 * np.einsum("ij,j->i", matrix.values.astype(float), state["mix"]))


@dataclass(frozen=True)
class Refuses(Chance):
    name = "refuses"

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Any = None) -> State:
        raise TooFewRowsError.needed("refuses", len(matrix), 10**9)


def table(n: int = 400) -> Table:
    rng = np.random.default_rng(2)
    return Table.of(
        Schema(tuple(Field(c, Kind.NUMBER) for c in "abcd")), [Column(Kind.NUMBER, rng.normal(50, 1, n)) for _ in range(4)]
    )


def matrix(of: Table) -> Matrix:
    return Matrix.of(np.column_stack([c.values for c in of.columns]), of.schema.names)


def served(of: Table) -> Any:
    state = RunningMoments().fit(matrix(of), np.random.default_rng(0))
    null = np.sort(RunningMoments().score(state, matrix(of)))

    def score(rows: Table) -> Scores:
        values = np.column_stack([np.nan_to_num(c.values, nan=50.0) for c in rows.columns])
        raw = RunningMoments().score(state, Matrix.of(values))
        return Scores(raw, (1 + len(null) - np.searchsorted(null, raw)) / (1 + len(null)))

    return score, float(null[-4])


def test_far_out_values_are_caught_and_mixtures_of_independent_columns_are_not() -> None:
    score, alarm_at = served(table())
    caught = {c.kind: c for c in planted_recall(table(), score, alarm_at, np.random.default_rng(0), each=40)}
    assert caught["value far out"].share.value == 1.0
    assert caught["columns of two rows mixed"].share.value < 0.2
    assert caught["wrong unit"].strange is not None
    assert caught["wrong unit"].strange.value == 1.0


def test_without_an_alarm_nothing_counts_as_caught() -> None:
    score, _ = served(table())
    assert {c.caught for c in planted_recall(table(), score, None, np.random.default_rng(0))} == {0}


def test_a_detector_with_nothing_to_chance_is_stable_and_chance_is_not() -> None:
    steady = stability(RunningMoments(), matrix(table()), np.random.default_rng(0))
    chance = stability(Chance(), matrix(table()), np.random.default_rng(0))
    assert steady.overlap > 0.8
    assert steady.correlation > 0.9
    assert chance.overlap < 0.3
    assert abs(chance.correlation) < 0.3


def test_a_detector_agrees_with_itself_and_not_with_chance() -> None:
    found = agreement(RunningMoments(), [Chance(), RunningMoments()], matrix(table()), np.random.default_rng(0))
    assert [a.detector for a in found] == [RunningMoments.card.title, "Chance"]
    assert found[0].overlap == 1.0
    assert found[1].overlap < 0.4


def test_a_sequence_detector_is_judged_on_rows_in_their_order() -> None:
    detector = SubsequencePCA()
    found = stability(detector, matrix(table()), np.random.default_rng(0))
    assert -1 <= found.correlation <= 1
    changed: list[int] = []

    def score(rows: Table) -> Scores:
        changed.append(len(rows))
        return Scores(np.zeros(len(rows)), np.ones(len(rows)))

    planted_recall(table(), score, 1.0, np.random.default_rng(0), in_order=True)
    assert changed == [400, 400]


def test_the_whole_page_comes_with_its_cautions_and_leaves_its_input_alone() -> None:
    score, alarm_at = served(table())
    rows, features = table(), matrix(table())
    found = evaluate_unlabelled(rows, score, alarm_at, RunningMoments(), features, np.random.default_rng(0), others=[Chance()])
    assert found.cautions == CAUTIONS
    assert found.findings == ()
    assert found.stability is not None
    assert len(found.agreement) == 1
    np.testing.assert_array_equal(features.values, matrix(table()).values)
    again = evaluate_unlabelled(rows, score, alarm_at, RunningMoments(), features, np.random.default_rng(0), others=[Chance()])
    assert again == found


def test_a_handful_of_rows_is_said_to_be_too_small() -> None:
    score, alarm_at = served(table(6))
    found = evaluate_unlabelled(table(6), score, alarm_at, RunningMoments(), matrix(table(6)), np.random.default_rng(0))
    assert "evaluation-too-small" in [f.code for f in found.findings]
    assert found.stability is None


def test_detectors_are_compared_on_the_same_rows_and_a_refusal_is_told() -> None:
    planted = plant(table(), np.random.default_rng(0))
    rows = compare(
        [RunningMoments(), Chance(), Refuses()],
        matrix(table()),
        np.random.default_rng(0),
        chosen=RunningMoments(),
        planted=PlantedRows(Matrix.of(np.nan_to_num(matrix_values(planted.rows()), nan=50.0)), planted.at),
    )
    assert [r.chosen for r in rows] == [True, False, False]
    assert rows[0].planted is not None
    assert rows[1].planted is not None
    assert rows[0].planted > rows[1].planted
    assert rows[0].auroc is None
    assert "refuses needs at least" in rows[2].failed
    assert rows[2].overlap is None
    assert rows[2].seconds is None


def matrix_values(of: Table) -> np.ndarray:
    return np.column_stack([c.values for c in of.columns])


def test_with_labels_the_ranking_is_measured_on_rows_not_judged_by_themselves() -> None:
    rows = matrix(table())
    far = np.abs(rows.values - 50).max(axis=1)
    labels = (far > np.quantile(far, 0.95)).astype(np.int8)
    found = compare([RunningMoments(), Chance()], rows, np.random.default_rng(0), labels=labels)
    assert found[0].auroc is not None
    assert found[0].auroc.value > 0.95
    assert found[1].auroc is not None
    assert found[1].auroc.low < 0.6
    one = compare([RunningMoments()], rows, np.random.default_rng(0), labels=np.zeros_like(labels))
    assert one[0].auroc is None


@pytest.mark.parametrize("detectors", [[], [RunningMoments()]])
def test_none_or_one_detector_is_no_comparison_and_no_crash(detectors: list[Detector]) -> None:
    found = compare(detectors, matrix(table()), np.random.default_rng(0))
    assert len(found) == len(detectors)
    assert all(r.overlap is None for r in found)
