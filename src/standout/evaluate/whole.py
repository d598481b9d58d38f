"""A whole run judged: against labels where there are any, and without them always, on a small sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.matrix import Matrix
from standout.core.model import Model
from standout.core.scores import Scores
from standout.core.table import Column, Table
from standout.evaluate.compare import compare
from standout.evaluate.held_out import kept_on_held_out
from standout.evaluate.metrics import evaluate_labels
from standout.evaluate.results import Compared, Evaluation
from standout.evaluate.unlabelled import evaluate_unlabelled

SAMPLE = 2_000
"""Rows that detectors are fitted on again and again; a run of 10,000 rows must stay within seconds."""


@dataclass(frozen=True)
class Learned:
    """Rows that a model learned from, as a table and as features, and their labels where there are any."""

    table: Table
    matrix: Matrix
    labels: Labels | None

    def part(self, rng: np.random.Generator, most: int = SAMPLE, *, in_order: bool) -> Learned:
        """A random part, or the first rows where their order matters."""
        n = len(self.table)
        at = np.arange(min(n, most)) if in_order else np.sort(rng.permutation(n)[:most])
        return Learned(self.table.take(at), self.matrix.take(at), None if self.labels is None else self.labels[at])


def judge(
    model: Model,
    learned: Learned,
    scores: Scores,
    alarms: NDArray[np.bool_],
    labels: tuple[Labels, Column] | None,
    others: Sequence[Detector],
    rng: np.random.Generator,
) -> tuple[Evaluation, tuple[Compared, ...]]:
    """The evaluation of every scored row, and the model's detector beside others.

    scores, alarms, labels: of all rows, in one order; labels as 1, 0 and -1, and the kinds of anomaly that they name.
    """
    labelled = None if labels is None else evaluate_labels(scores.raw, labels[0], alarms, labels[1])
    detector = model.detector.part
    part = learned.part(rng, in_order=detector.kind == "sequence")
    weakest = float(scores.raw[alarms].min()) if alarms.any() else None
    unlabelled = evaluate_unlabelled(
        part.table, model.score, weakest, detector, part.matrix, rng, others=others, labels=part.labels
    )
    compared = compare([detector, *others], part.matrix, rng, chosen=detector, labels=part.labels)
    part = learned.part(rng, 2 * SAMPLE, in_order=detector.kind == "sequence")  # half of it has to be learned from
    kept = kept_on_held_out(detector, model.calibrator.part, part.table, part.matrix, rng, part.labels)
    return Evaluation(labelled, unlabelled, kept), compared
