"""What a promise is worth on rows that were not learned from: one half of a sample learned, the other half judged."""

from __future__ import annotations

import numpy as np

from standout.core.calibrator import Calibrator, Levels, fit_null
from standout.core.detector import Detector, Labels, own_scores
from standout.core.errors import DataError
from standout.core.matrix import Matrix
from standout.core.table import Table
from standout.evaluate.promised import promised_against_realised
from standout.evaluate.results import Kept

LEAST = 100
"""Fewer rows have no half to spare."""


def kept_on_held_out(
    detector: Detector,
    calibrator: Calibrator,
    table: Table,
    matrix: Matrix,
    rng: np.random.Generator,
    labels: Labels | None = None,
) -> tuple[Kept, ...]:
    """Promised against realised rates of a detector and calibrator fitted on one half of the rows, on the other half.

    Halves are drawn at random, or, for a sequence detector, the first rows are learned from and the later ones judged. Rows that are
    labelled as anomalies are learned from, as in the run, and not judged; without labels all are judged, and the promise holds for
    them too: anomalies stand in both halves alike. () for fewer than 100 rows, or where half of them is too few to learn from.
    """
    n = len(matrix)
    if n < LEAST:
        return ()
    order = np.arange(n) if detector.kind == "sequence" else rng.permutation(n)
    learned, judged = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
    if labels is not None:
        judged = judged[labels[judged] != 1]
    known = None if labels is None or detector.learns_from == "unlabelled" else labels[learned]
    try:
        state = detector.fit(matrix.take(learned), rng, known)
        own = own_scores(detector, state, matrix.take(learned), rng, known)
        null, own = fit_null(calibrator, own, table.take(learned), matrix.take(learned), rng)
    except DataError:
        return ()
    raw = detector.score(state, matrix.take(judged))
    if isinstance(calibrator, Levels):
        raw = calibrator.leveled(null, raw, table.take(judged))
    return promised_against_realised(calibrator.p_values(null, raw), len(own))
