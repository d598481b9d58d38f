"""Scores and alerts against labels."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.table import Column, Kind
from standout.evaluate.metrics import confusion, evaluate_labels


def example(n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = (rng.random(n) < 0.1).astype(np.int8)
    scores = rng.normal(size=n) + 2.0 * labels
    return scores, labels, scores > np.quantile(scores, 0.95)


def test_precision_recall_and_confusion_count_rows_one_by_one() -> None:
    scores, labels, alarms = example()
    found = evaluate_labels(scores, labels, alarms)
    caught = sum(1 for a, b in zip(labels, alarms, strict=True) if a == 1 and b)
    assert found.confusion.caught == caught
    assert found.confusion.rows == len(labels)
    assert found.precision is not None
    assert found.precision.value == pytest.approx(caught / alarms.sum())
    assert found.recall is not None
    assert found.recall.value == pytest.approx(caught / labels.sum())
    assert found.best_recall == pytest.approx(min(1, alarms.sum() / labels.sum()))


def test_rows_of_unknown_label_are_left_out_and_counted() -> None:
    scores, labels, alarms = example()
    extra = evaluate_labels(np.r_[scores, [99.0, -99.0]], np.r_[labels, [-1, -1]].astype(np.int8), np.r_[alarms, [True, False]])
    assert extra.unknown == 2
    assert extra.auroc == evaluate_labels(scores, labels, alarms).auroc
    assert extra.confusion == confusion(labels == 1, alarms)


@pytest.mark.parametrize(("label", "word"), [(0, "normal"), (1, "anomalies")])
def test_one_class_is_a_finding_and_no_crash(label: int, word: str) -> None:
    scores, labels, alarms = example()
    found = evaluate_labels(scores, np.full_like(labels, label), alarms)
    assert (found.auroc, found.average_precision, found.roc, found.pr) == (None, None, None, None)
    assert [f.code for f in found.findings] == ["evaluated-one-class"]
    assert word in found.findings[0].message


def test_no_known_label_is_a_finding_and_no_crash() -> None:
    scores, labels, alarms = example()
    for rows in (0, len(labels)):
        found = evaluate_labels(scores[:rows], np.full(rows, -1, np.int8), alarms[:rows])
        assert [f.code for f in found.findings] == ["label-none-known"]
        assert found.unknown == rows


def test_no_alerts_leave_precision_open_and_recall_at_nothing() -> None:
    scores, labels, alarms = example()
    found = evaluate_labels(scores, labels, np.zeros_like(alarms))
    assert found.precision is None
    assert found.recall is not None
    assert found.recall.value == 0


def test_few_anomalies_are_said() -> None:
    found = evaluate_labels(np.arange(100.0), (np.arange(100) > 95).astype(np.int8), np.arange(100) > 97)
    assert [f.code for f in found.findings] == ["label-few-anomalies"]
    assert found.auroc is not None
    assert found.auroc.value == 1.0
    assert found.auroc.low < 0.9


def test_recall_is_told_for_each_kind_that_the_labels_name() -> None:
    scores, labels, alarms = example()
    names = ["normal" if not a else ("probe" if i % 3 else "flood") for i, a in enumerate(labels)]
    found = evaluate_labels(scores, labels, alarms, Column.coded(names))
    assert [c.kind for c in found.by_kind] == ["probe", "flood"]
    for kind in found.by_kind:
        mine = np.array([n == kind.kind for n in names])
        assert (kind.rows, kind.caught) == (mine.sum(), (mine & alarms).sum())


def test_a_label_of_one_kind_or_of_numbers_names_no_kinds() -> None:
    scores, labels, alarms = example()
    assert evaluate_labels(scores, labels, alarms, Column(Kind.NUMBER, labels.astype(float))).by_kind == ()
    assert evaluate_labels(scores, labels, alarms, Column.coded(["x"] * len(labels))).by_kind == ()
