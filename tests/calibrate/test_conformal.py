from __future__ import annotations

import numpy as np
import pytest

from standout.calibrate.conformal import Conformal
from standout.core.errors import TooFewRowsError
from standout.core.layout import check_state


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_of_exchangeable_rows_the_promised_share_is_at_or_below_a_level(level: float, rng: np.random.Generator) -> None:
    rates = []
    for _ in range(200):
        scores = rng.exponential(size=1199).round(2)
        state = Conformal().fit(scores[:999], rng)
        rates.append(np.mean(Conformal().p_values(state, scores[999:]) <= level))
    assert 0.6 * level < np.mean(rates) <= 1.1 * level


def test_p_values_fall_as_scores_rise_and_never_reach_zero(rng: np.random.Generator) -> None:
    state = Conformal().fit(rng.normal(size=50), rng)
    p = Conformal().p_values(state, np.array([-9.0, 0.0, 1.0, 99.0]))
    assert (np.diff(p) < 0).all()
    assert p[-1] == 1 / 51
    check_state(Conformal(), state, {})


def test_a_large_null_is_sampled_with_the_seed() -> None:
    scores = np.arange(1000.0)
    one, two = (Conformal(most=100).fit(scores, np.random.default_rng(1))["null"] for _ in range(2))
    assert len(one) == 100
    assert np.array_equal(one, two)


def test_no_scores_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(TooFewRowsError, match="conformal"):
        Conformal().fit(np.empty(0), rng)
