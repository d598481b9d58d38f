"""Anomalies among the training rows do not hide others; a clean file loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from standout.calibrate.conformal import Conformal
from standout.calibrate.conformal_trimmed import ConformalTrimmed

LAWS = {
    "exponential": lambda rng, n: rng.exponential(size=n),
    "normal": lambda rng, n: rng.normal(size=n),
    "log-normal": lambda rng, n: rng.lognormal(size=n),
    "heavy": lambda rng, n: np.abs(rng.standard_t(3, size=n)),
    "bounded": lambda rng, n: rng.uniform(size=n),
    "discrete": lambda rng, n: rng.poisson(4.0, size=n).astype(float),
}


@pytest.mark.parametrize("n", [50, 300, 2_000])
@pytest.mark.parametrize("law", LAWS)
def test_of_a_clean_file_next_to_nothing_is_left_out(law: str, n: int, rng: np.random.Generator) -> None:
    lost = [n - len(ConformalTrimmed().fit(LAWS[law](rng, n), rng)["null"]) for _ in range(60)]
    assert np.mean(lost) < 1.0


@pytest.mark.parametrize("share", [0.01, 0.02])
def test_of_a_contaminated_file_the_far_anomalies_are_left_out(share: float, rng: np.random.Generator) -> None:
    n = 3_000
    strange = int(share * n)
    scores = np.concatenate([rng.exponential(size=n - strange), rng.uniform(60, 90, size=strange)])
    state = ConformalTrimmed().fit(scores, rng)
    assert n - strange - 2 <= len(state["null"]) <= n - strange
    new = np.array([70.0])
    assert ConformalTrimmed().p_values(state, new)[0] < 1e-4 < 5e-3 < Conformal().p_values(Conformal().fit(scores, rng), new)[0]


def test_told_of_more_anomalies_it_looks_lower(rng: np.random.Generator) -> None:
    scores = np.concatenate([rng.exponential(size=1_900), rng.uniform(100, 150, size=100)])
    assert len(ConformalTrimmed(share=0.2).fit(scores, rng)["null"]) == 1_900
    assert len(ConformalTrimmed(share=0.01).fit(scores, rng)["null"]) == 2_000


def test_false_alarms_stay_promised_when_the_training_rows_were_contaminated(rng: np.random.Generator) -> None:
    rates = []
    for _ in range(40):
        scores = np.concatenate([rng.exponential(size=980), rng.uniform(40, 60, size=20)])
        state = ConformalTrimmed().fit(scores, rng)
        rates.append(np.mean(ConformalTrimmed().p_values(state, rng.exponential(size=2_000)) <= 0.01))
    assert np.mean(rates) < 0.0115
