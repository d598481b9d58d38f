"""Where own scores come from names the conformal method; each keeps its level, one fresh row a fit so that alarms are binomial."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from scipy.stats import binom

from standout.calibrate.conformal import Conformal
from standout.core.detector import Detector, ScoresOwn, own_scores
from standout.core.matrix import Matrix
from standout.core.registry import find

METHODS: dict[str, tuple[str, dict[str, Any], int]] = {
    "jackknife+ (leave-one-out)": ("k-nearest-neighbours", {}, 500),
    "jackknife+ after bootstrap (out-of-bag)": ("isolation-forest", {"trees": 40}, 150),
    "jackknife+ after bootstrap (any detector, bagged)": ("bagged", {"base": {"part": "pca"}, "pairs": 4}, 300),
    "cross-conformal (cross-fitted)": ("pca", {}, 300),
}


def test_each_method_is_the_one_it_is_named_after() -> None:
    for method, (name, params, _) in METHODS.items():
        assert isinstance(find("detector", name).make(params), ScoresOwn) == ("cross" not in method)


@pytest.mark.parametrize("method", METHODS)
def test_the_level_is_kept(method: str) -> None:
    name, params, fits = METHODS[method]
    detector = cast("Detector", find("detector", name).make(params))
    rng = np.random.default_rng(11)
    p = []
    for _ in range(fits):
        values = rng.normal(size=(104, 3))
        train, fresh = Matrix.of(values[:99]), Matrix.of(values[99:100])
        state = detector.fit(train, rng)
        null = Conformal().fit(own_scores(detector, state, train, rng), rng)
        p.append(Conformal().p_values(null, detector.score(state, fresh))[0])
    for level in (0.05, 0.1, 0.2, 0.5):
        low, high = binom.ppf([0.001, 0.999], fits, level)
        assert low <= (np.array(p) <= level).sum() <= high, f"{np.mean(np.array(p) <= level):.3f} at {level}"
