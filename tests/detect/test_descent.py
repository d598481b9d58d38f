"""The lowest point of a function, beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest

from standout.detect._descent import lowest


@pytest.mark.parametrize("seed", range(4))
def test_it_ends_as_low_as_scipy(seed: int) -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(seed)
    rows, side = rng.normal(size=(80, 6)) * np.geomspace(0.1, 10, 6), rng.choice([-1.0, 1.0], 80)

    def logistic(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = side * (rows @ w)
        share = 1.0 / (1.0 + np.exp(margin))
        return float(np.logaddexp(0.0, -margin).mean() + 0.005 * w @ w), -(rows.T @ (side * share)) / 80 + 0.01 * w

    theirs = minimize(logistic, np.zeros(6), jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-14})
    assert logistic(lowest(logistic, np.zeros(6)))[0] == pytest.approx(theirs.fun, rel=1e-6)


def test_a_start_at_the_bottom_is_the_answer() -> None:
    assert lowest(lambda x: (float(x @ x), 2 * x), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_a_function_that_never_falls_ends_where_it_began() -> None:
    assert lowest(lambda x: (1.0, np.ones_like(x)), np.zeros(2)).tolist() == [0.0, 0.0]
