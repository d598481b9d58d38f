"""Own scores by cross-fitting: who is held out together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from standout.core.detector import FOLDS, Detector, own_scores
from standout.core.matrix import Matrix
from standout.core.part import Card


@dataclass(frozen=True)
class Watching(Detector):
    """Remembers how many labelled anomalies each fit was given."""

    card = Card("Watching", "none", "nothing", "nothing")
    seen: list = field(default_factory=list)

    def fit(self, matrix, rng, labels=None):
        self.seen.append(None if labels is None else int((labels == 1).sum()))
        return {}

    def score(self, state, matrix):
        return matrix.values[:, 0].astype(np.float64)


def test_rare_anomalies_are_never_all_held_out_at_once() -> None:
    rows, labels = Matrix.of(np.arange(60.0)), np.zeros(60, dtype=np.int8)
    labels[:2] = 1
    for seed in range(50):
        detector = Watching()
        scores = own_scores(detector, {}, rows, np.random.default_rng(seed), labels)
        assert sorted(detector.seen) == [1, 1, 2, 2, 2]
        assert np.array_equal(scores, np.arange(60.0))


def test_without_labels_each_row_is_held_out_once() -> None:
    detector = Watching()
    assert np.array_equal(own_scores(detector, {}, Matrix.of(np.arange(23.0)), np.random.default_rng(0)), np.arange(23.0))
    assert detector.seen == [None] * FOLDS
