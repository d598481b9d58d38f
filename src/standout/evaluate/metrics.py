"""Scores and alerts held against labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Labels
from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.core.table import CODED, Column
from standout.evaluate.ranking import Ladder, share
from standout.evaluate.results import Caught, Confusion, Labelled

FEW = 20

ONE_CLASS = FindingKind(
    "evaluated-one-class",
    "warning",
    "All {rows} labelled rows are {which}, so how well the scores rank anomalies cannot be measured.",
    "Give labels of both kinds, or leave the label out; the evaluation without labels is shown either way.",
)
NO_LABELS = FindingKind(
    "label-none-known", "warning", "No row has a known label, so nothing was measured against labels.", "Check the label column."
)
FEW_ANOMALIES = FindingKind(
    "label-few-anomalies",
    "info",
    "Only {anomalies} rows are labelled as anomalies; every figure below comes with a wide interval.",
    "Read the intervals, not only the figures.",
)


def evaluate_labels(scores: Floats, labels: Labels, alarms: NDArray[np.bool_], kinds: Column | None = None) -> Labelled:
    """Ranking, alerts and each kind of anomaly against labels; rows labelled -1 are left out and counted.

    scores, labels, alarms: shape (n,), in the same order; each score of a row that was not judged by itself. kinds: a category
    column of the same length that names kinds of anomaly; values of normal rows are not read.

    >>> found = evaluate_labels(np.array([9.0, 1, 2, 8]), np.array([1, 0, 0, 0], np.int8), np.array([True, False, False, True]))
    >>> found.auroc.value, found.precision.value, found.recall.value
    (1.0, 0.5, 1.0)
    """
    known = labels >= 0
    unknown = len(labels) - int(known.sum())
    if unknown:
        scores, labels, alarms = scores[known], labels[known], alarms[known]
        kinds = None if kinds is None else kinds.take(np.flatnonzero(known))
    anomaly = labels == 1
    counts = confusion(anomaly, alarms)
    ladder = Ladder.of(scores, anomaly)
    both = ladder.two_classes
    return Labelled(
        confusion=counts,
        unknown=unknown,
        auroc=ladder.auroc() if both else None,
        average_precision=ladder.average_precision() if both else None,
        precision=share(counts.caught, counts.alerts) if counts.alerts else None,
        recall=share(counts.caught, counts.anomalies) if counts.anomalies else None,
        best_recall=min(1.0, counts.alerts / counts.anomalies) if counts.anomalies else None,
        roc=ladder.roc() if both else None,
        pr=ladder.pr() if both else None,
        by_kind=() if kinds is None else caught_by_kind(anomaly, alarms, kinds),
        findings=_findings(counts),
    )


def confusion(anomaly: NDArray[np.bool_], alarms: NDArray[np.bool_]) -> Confusion:
    """Rows by label and alert, from two masks of shape (n,).

    >>> confusion(np.array([True, True, False]), np.array([True, False, False]))
    Confusion(caught=1, false_alarms=0, missed=1, left_alone=1)
    """
    caught, alerts, anomalies = (int(m.sum()) for m in (anomaly & alarms, alarms, anomaly))
    return Confusion(caught, alerts - caught, anomalies - caught, len(anomaly) - alerts - anomalies + caught)


def caught_by_kind(anomaly: NDArray[np.bool_], alarms: NDArray[np.bool_], kinds: Column) -> tuple[Caught, ...]:
    """Recall of each kind of anomaly, commonest first; () where the column names no kinds or only one."""
    if kinds.kind not in CODED:
        return ()
    among = anomaly & (kinds.values >= 0)
    rows = np.bincount(kinds.values[among], minlength=len(kinds.categories))
    caught = np.bincount(kinds.values[among & alarms], minlength=len(kinds.categories))
    at = [i for i in np.argsort(-rows, kind="stable").tolist() if rows[i]]
    if len(at) < 2:
        return ()
    return tuple(Caught(kinds.categories[i], int(rows[i]), int(caught[i]), share(int(caught[i]), int(rows[i]))) for i in at)


def _findings(counts: Confusion) -> tuple[Finding, ...]:
    if not counts.rows:
        return (NO_LABELS.found(),)
    if counts.anomalies in (0, counts.rows):
        return (ONE_CLASS.found(rows=counts.rows, which="anomalies" if counts.anomalies else "normal"),)
    return (FEW_ANOMALIES.found(anomalies=counts.anomalies),) if counts.anomalies < FEW else ()
