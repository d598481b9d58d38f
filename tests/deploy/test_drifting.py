"""What new rows are held against: the scores that a calibrator counts among."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from standout.calibrate.conformal_weighted import ConformalWeighted
from standout.core.matrix import Matrix
from standout.core.model import Fitted
from standout.deploy.drifting import null_of, null_rows
from standout.evaluate.drift import score_drift


def holding(part, state):
    """As much of a model as is asked for its null."""
    return SimpleNamespace(calibrator=Fitted(part, state), provenance={})


def mix(rng, n, shift):
    rows = rng.normal(size=(n, 2))
    rows[:, 0] += shift
    return Matrix.of(rows), rows[:, 0] + rng.normal(size=n)


def test_a_weighted_null_is_held_against_new_rows_as_it_was_weighted():
    rng, part = np.random.default_rng(0), ConformalWeighted()
    rows, own = mix(rng, 3_000, 0.0)
    plain = part.fit_matrix(own, rows, rng)
    weighted, _ = part.toward(plain, mix(rng, 3_000, 1.0)[0], rng)
    assert np.array_equal(null_of(holding(part, plain)), plain["null"])
    null = null_of(holding(part, weighted))
    assert 500 < null_rows(holding(part, weighted)) == len(null) < 2_000
    assert abs(np.median(null) - 1.0) < 0.15
    fresh = mix(rng, 2_000, 1.0)[1]
    for state, holds in ((weighted, True), (plain, False)):
        found = score_drift(
            fresh, part.p_values(state, fresh), null_of(holding(part, state)), null_rows(holding(part, state)), rng
        )
        assert (found.crossed is None) is holds
