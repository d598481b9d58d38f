"""What can honestly be said of a model where nobody has labelled anything.

Three measurements on a small sample: how many planted anomalies the finished model catches under the same threshold, whether
another seed and other rows to learn from would have put the same rows first, and whether other detectors see the same. Each can
show that something is wrong; none of them shows that the alerts are right, and `CAUTIONS` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.finding import FindingKind
from standout.core.matrix import Matrix
from standout.core.part import Floats
from standout.core.scores import Scores
from standout.core.table import Table
from standout.evaluate.planted import Planted, plant
from standout.evaluate.ranking import rank_correlation, share, top_overlap
from standout.evaluate.results import Agreement, Caught, Stability, Unlabelled

STRANGE = 0.01
"""A planted row counts as strange when at most one in a hundred normal rows scores as high."""

LEAST = 40
"""Fewer rows than this are not split, and stability and agreement are left out."""

CAUTIONS = (
    "Planted anomalies are the kinds we thought of; yours may look different. A low share shows a blind spot, a high one is no "
    "promise.",
    "A stable ranking can be stably wrong: it only says that chance did not choose the alerts.",
    "Detectors that agree may share a blind spot; where they differ, the rows they differ on are worth a look.",
    "Only labels say how many alerts are right. Mark the alerts of one week as right or wrong, then evaluate with them.",
)

TOO_SMALL = FindingKind(
    "evaluation-too-small",
    "info",
    "{rows} rows are too few to measure stability and agreement; {least} are needed.",
    "Read the alerts one by one instead.",
)
NOT_REFITTED = FindingKind(
    "evaluation-not-refitted",
    "info",
    "{detector} cannot be fitted again on part of {rows:,} rows, so stability and agreement are not measured: {why}",
    "Read the alerts one by one instead.",
)
NOTHING_PLANTED = FindingKind(
    "evaluation-nothing-planted",
    "info",
    "No anomaly could be planted: too few rows or columns to change.",
    "Read the alerts one by one instead.",
)


def evaluate_unlabelled(
    sample: Table,
    score: Callable[[Table], Scores],
    alarm_at: float | None,
    detector: Detector,
    matrix: Matrix,
    rng: np.random.Generator,
    *,
    others: Sequence[Detector] = (),
    labels: Labels | None = None,
    seeds: int = 3,
) -> Unlabelled:
    """All of it, for a sample of about 2,000 rows, its scores by the finished model, and the same rows as a matrix.

    alarm_at: the raw score of the weakest alert, None where nothing was raised. labels: of the matrix's rows, for detectors that
    learn from them.
    """
    caught = planted_recall(sample, score, alarm_at, rng, in_order=detector.kind == "sequence")
    findings = [] if caught else [NOTHING_PLANTED.found()]
    if len(matrix) < LEAST:
        findings.append(TOO_SMALL.found(rows=len(matrix), least=LEAST))
        return Unlabelled(len(sample), caught, cautions=CAUTIONS, findings=tuple(findings))
    try:
        steady = stability(detector, matrix, rng, seeds=seeds, labels=labels)
        agreed = agreement(detector, others, matrix, rng, labels=labels)
    except TooFewRowsError as error:
        findings.append(NOT_REFITTED.found(detector=detector.name, rows=len(matrix), why=error.what))
        return Unlabelled(len(sample), caught, cautions=CAUTIONS, findings=tuple(findings))
    return Unlabelled(len(sample), caught, steady, agreed, CAUTIONS, tuple(findings))


def planted_recall(
    sample: Table,
    score: Callable[[Table], Scores],
    alarm_at: float | None,
    rng: np.random.Generator,
    *,
    each: int = 60,
    in_order: bool = False,
) -> tuple[Caught, ...]:
    """How many planted anomalies of each kind would raise an alert, and how many are among the strangest 1%.

    in_order: the detector reads rows in order of time, so changed rows are scored in their place, and only a tenth is changed.
    """
    ordinary = score(sample).p_value > 10 * STRANGE
    planted = plant(sample, rng, each=min(each, len(sample) // 50) if in_order else each, ordinary=ordinary)
    if not len(planted.at):
        return ()
    scores = score(planted.table).take(planted.at) if in_order else score(planted.rows())
    return tally(planted, scores.raw >= (np.inf if alarm_at is None else alarm_at), scores.p_value <= STRANGE)


def tally(planted: Planted, caught: NDArray[np.bool_], strange: NDArray[np.bool_]) -> tuple[Caught, ...]:
    """Counts by kind, from one entry a planted row."""
    found = []
    for i, kind in enumerate(planted.kinds):
        mine = planted.kind == i
        rows, hits = int(mine.sum()), int((caught & mine).sum())
        if rows:
            found.append(Caught(kind, rows, hits, share(hits, rows), share(int((strange & mine).sum()), rows)))
    return tuple(found)


def halves(detector: Detector, rows: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to judge, so that none is judged by itself: random ones, or early and late for sequences."""
    order = np.arange(rows) if detector.kind == "sequence" else rng.permutation(rows)
    return np.sort(order[: rows // 2]), np.sort(order[rows // 2 :])


def refit_scores(
    detector: Detector,
    matrix: Matrix,
    learn: NDArray[np.intp],
    judge: NDArray[np.intp],
    rng: np.random.Generator,
    labels: Labels | None,
) -> Floats:
    """Scores of the rows `judge` by the detector fitted on the rows `learn`."""
    state = detector.fit(matrix.take(learn), rng, None if labels is None else labels[learn])
    return detector.score(state, matrix.take(judge))


def stability(
    detector: Detector, matrix: Matrix, rng: np.random.Generator, *, seeds: int = 3, labels: Labels | None = None
) -> Stability:
    """Refits with other seeds, each on another four fifths of one half of the rows, compared on the other half."""
    learn, judge = halves(detector, len(matrix), rng)
    keep = max(2, len(learn) * 4 // 5)
    scores = []
    for seed, stream in enumerate(rng.spawn(seeds)):
        start = (len(learn) - keep) * seed // max(1, seeds - 1)
        part = learn[start : start + keep] if detector.kind == "sequence" else np.sort(stream.permutation(learn)[:keep])
        scores.append(refit_scores(detector, matrix, part, judge, stream, labels))
    top = top_of(len(judge))
    pairs = list(combinations(scores, 2))
    overlap = float(np.mean([top_overlap(a, b, top) for a, b in pairs]))
    return Stability(seeds, len(judge), top, overlap, float(np.mean([rank_correlation(a, b) for a, b in pairs])))


def agreement(
    detector: Detector, others: Sequence[Detector], matrix: Matrix, rng: np.random.Generator, *, labels: Labels | None = None
) -> tuple[Agreement, ...]:
    """Each other detector's ranking of one half against the chosen one's, both fitted on the other half, most alike first.

    One that half of the rows are too few for is left out here; the comparison of models says so.
    """
    if not others:
        return ()
    learn, judge = halves(detector, len(matrix), rng)
    top = top_of(len(judge))
    mine = refit_scores(detector, matrix, learn, judge, rng, labels)
    found = []
    for other in others:
        try:
            theirs = refit_scores(other, matrix, learn, judge, rng, labels)
        except TooFewRowsError:
            continue
        found.append(Agreement(other.card.title, len(judge), top, top_overlap(mine, theirs, top), rank_correlation(mine, theirs)))
    return tuple(sorted(found, key=lambda a: -a.overlap))


def top_of(rows: int) -> int:
    """How many rows count as the top: one in twenty, at least five.

    >>> top_of(1000), top_of(20)
    (50, 5)
    """
    return min(rows, max(5, rows // 20))
