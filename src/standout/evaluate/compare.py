"""Several detectors on the same rows: one row each for the table "models compared".

With labels the ranking of cross-fitted scores says which is better. Without them there is no such measure: planted recall,
stability and agreement are shown side by side with the time taken, and which one to trust stays a judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels, own_scores
from standout.core.errors import StandoutError
from standout.core.matrix import Matrix
from standout.core.part import Floats, State
from standout.core.steps import Steps
from standout.evaluate.ranking import Ladder, top_overlap
from standout.evaluate.results import Compared
from standout.evaluate.unlabelled import LEAST, STRANGE, halves, top_of


@dataclass(frozen=True)
class PlantedRows:
    """Planted anomalies as a matrix of the same features, and the row of the sample that each was made of."""

    matrix: Matrix
    origin: NDArray[np.intp]


def compare(
    detectors: Sequence[Detector],
    matrix: Matrix,
    rng: np.random.Generator,
    *,
    chosen: Detector | None = None,
    labels: Labels | None = None,
    planted: PlantedRows | None = None,
    budget: float = STRANGE,
    steps: Steps | None = None,
) -> tuple[Compared, ...]:
    """One entry a detector, in the order given; a detector that refuses these rows is listed with its reason.

    matrix: a sample of about 2,000 rows. budget: the share of rows that may raise an alert. steps: hears of each detector, as a
    part of phase 4. Where a sequence detector stands first, all learn from early rows and are judged by late ones.
    """
    steps = steps or Steps()
    # a stream of its own for the split, so that it is never the draw that chose the planted rows
    divider, *streams = rng.spawn(1 + len(detectors))
    learn, judge = halves(detectors[0], len(matrix), divider) if detectors else (np.zeros(0, np.intp), np.zeros(0, np.intp))
    rows: list[Compared] = []
    scores: dict[int, Floats] = {}
    for i, (detector, stream) in enumerate(zip(detectors, streams, strict=True)):
        row = Compared(detector, chosen=detector == chosen)
        steps.phase(4, f"{detector.name} ({i + 1} of {len(detectors)})")
        if detector.learns_from == "labels" and labels is None:
            rows.append(replace(row, failed="It learns from labels, and there are none."))
            continue
        try:
            found, scores[i] = _measured(detector, matrix, (learn, judge), stream, labels, planted, budget)
            rows.append(replace(row, **found))
            steps.note(f"fitted in {rows[-1].seconds:.2f} s")
        except StandoutError as error:
            rows.append(replace(row, failed=str(error)))
            steps.note("refused these rows")
    return tuple(replace(row, overlap=_shared(i, scores)) for i, row in enumerate(rows))


def _measured(
    detector: Detector,
    matrix: Matrix,
    split: tuple[NDArray[np.intp], NDArray[np.intp]],
    rng: np.random.Generator,
    labels: Labels | None,
    planted: PlantedRows | None,
    budget: float,
) -> tuple[dict[str, Any], Floats]:
    """The figures of one detector, and its scores of the half that it did not learn from."""
    learn, judge = split
    state, scores, found = _timed(detector, matrix, learn, judge, rng, labels)
    if len(matrix) >= LEAST:
        part = learn[len(learn) // 5 :] if detector.kind == "sequence" else np.sort(rng.permutation(learn)[: len(learn) * 4 // 5])
        _, again, times = _timed(detector, matrix, part, judge, rng, labels)
        found = {key: min(found[key], times[key]) for key in times}  # kernels may have been compiled in the first
        found["stability"] = top_overlap(scores, again, top_of(len(judge)))
    if labels is not None:
        found |= _against_labels(detector, matrix, rng, labels)
    if planted is not None and detector.kind == "rows":
        # only rows made of ones it did not learn from, so that no copy is recognised
        unseen = planted.matrix.take(np.flatnonzero(np.isin(planted.origin, judge)))
        if len(unseen):
            strangeness = detector.score(state, unseen)
            found["planted"] = float(np.mean(strangeness > np.quantile(scores, 1 - budget)))
            found["strange"] = float(np.mean(strangeness > np.quantile(scores, 1 - STRANGE)))
    return found, scores


def _timed(
    detector: Detector,
    matrix: Matrix,
    learn: NDArray[np.intp],
    judge: NDArray[np.intp],
    rng: np.random.Generator,
    labels: Labels | None,
) -> tuple[State, Floats, dict[str, Any]]:
    """What was learned from the rows `learn`, the scores of the rows `judge`, and how long both took."""
    began = perf_counter()
    state = detector.fit(matrix.take(learn), rng, None if labels is None else labels[learn])
    fitted = perf_counter()
    scores = detector.score(state, matrix.take(judge))
    ended = perf_counter()
    return state, scores, {"seconds": fitted - began, "microseconds": (ended - fitted) * 1e6 / max(1, len(judge))}


def _against_labels(detector: Detector, matrix: Matrix, rng: np.random.Generator, labels: Labels) -> dict[str, Any]:
    known = labels >= 0
    anomaly = labels[known] == 1
    if not anomaly.any() or anomaly.all():
        return {}
    state = detector.fit(matrix, rng, labels)
    ladder = Ladder.of(own_scores(detector, state, matrix, rng, labels)[known], anomaly)
    return {"auroc": ladder.auroc(), "average_precision": ladder.average_precision()}


def _shared(i: int, scores: dict[int, Floats]) -> float | None:
    """The mean share of its top rows that each other detector has in its own top."""
    others = [s for j, s in scores.items() if j != i]
    if i not in scores or not others or len(scores[i]) < 2:
        return None
    return float(np.mean([top_overlap(scores[i], other, top_of(len(other))) for other in others]))
