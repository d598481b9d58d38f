"""Rows that a mixture of a few normal clouds makes unlikely."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.quadratic import centre_and_scale, mixture_surprise

TRIED = (1, 2, 3)
FLOOR = 1e-4
"""Variance added to every direction of every cloud, in standardised units: no cloud shrinks onto a single row."""
WIDE = 100
"""Above this many columns only clouds along the axes are tried."""


@dataclass(frozen=True)
class GaussianMixture(Detector):
    """Minus the logarithm of the likelihood under a mixture of normal distributions.

    The number of clouds and their form (full covariance, or along the axes) are those of the least Bayesian information
    criterion, unless told.
    fit: shape (n, d), n >= 2. score: (n,), natural logarithms (nats) in standardised columns, of either sign.

    >>> rng = np.random.default_rng(0)
    >>> rows = np.r_[rng.normal(-5, 1, size=(300, 1)), rng.normal(5, 1, size=(300, 1))]
    >>> state = GaussianMixture().fit(Matrix.of(rows), rng)
    >>> at_cloud, between = GaussianMixture().score(state, Matrix.of([[5.0], [0.0]]))
    >>> bool(between > at_cloud + 5)
    True
    """

    card = Card(
        "Gaussian mixture",
        "Dempster, Laird and Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x; Schwarz 1978, doi:10.1214/aos/1176344136",
        "rows between or beyond several dense groups",
        "expectation-maximisation of up to six mixtures on a sample; scoring is components x d x d a row",
    )
    examples = ({}, {"components": 2}, {"components": 3, "form": "diagonal"}, {"form": "full", "sample": 200})
    layout = {
        "centre": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "mean": Holds("float64", "k", "d"),
        "precision": Holds("float64", "k", "d"),
        "whitener": Holds("float64", "k", "d", "r"),
        "height": Holds("float64", "k"),
    }

    components: int = param(0, low=0, high=100, help="How many clouds; 0 chooses among 1, 2 and 3.")
    form: str = param("auto", choices=("auto", "full", "diagonal"), help="Whether clouds may lean; auto chooses.")
    sample: int = param(5_000, low=50, help="At most how many rows are learned from.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit by expectation-maximisation, seeded by `rng`; labels are not used."""
        if len(matrix) < 2:
            raise TooFewRowsError.needed(self.name, len(matrix), 2)
        values = matrix.values
        if len(values) > self.sample:
            values = values[np.sort(rng.choice(len(values), self.sample, replace=False))]
        centre, scale, constant = centre_and_scale(values)
        scale[constant] /= np.sqrt(FLOOR)  # every cloud gives a constant this variance: its unit stays its own size
        best = self._best((values - centre) / scale, int(rng.integers(2**31)))
        return {"centre": centre, "scale": scale, **_clouds(best)}

    def _best(self, z: Floats, seed: int) -> Any:
        """The mixture of the least Bayesian information criterion."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture as Mixture

        distinct = len(np.unique(z, axis=0))
        counts = sorted({min(c, distinct) for c in ((self.components,) if self.components else TRIED)})
        full = self.form == "full" or (self.form == "auto" and z.shape[1] <= WIDE)
        forms = [f for f, wanted in (("full", full), ("diag", self.form != "full")) if wanted]
        tried = []
        with warnings.catch_warnings():
            # neither stops the fit: an unfinished or doubled cloud is weighed by the criterion like any other
            warnings.simplefilter("ignore", ConvergenceWarning)
            for form in forms:
                for count in counts:
                    mixture = Mixture(
                        min(count, len(np.unique(z, axis=0))),
                        covariance_type=form,
                        reg_covar=FLOOR,
                        max_iter=60,
                        random_state=seed,
                    )
                    tried.append(mixture.fit(z))
            return min(tried, key=lambda mixture: mixture.bic(z)) if len(tried) > 1 else tried[0]

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Nats of surprise."""
        return self._surprise(state, matrix)[0]

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """By how many nats the surprise falls when a column takes the value that the others make likely in its clouds."""
        z = (matrix.values - state["centre"]) / state["scale"]
        belongs = self._surprise(state, matrix)[1]
        parts = np.zeros(z.shape)
        for k, (mean, precision, whitener) in enumerate(zip(state["mean"], state["precision"], state["whitener"], strict=True)):
            slope = (z - mean) * precision + (z - mean) @ whitener @ whitener.T
            parts += 0.5 * belongs[:, k : k + 1] * slope**2 / (precision + (whitener**2).sum(axis=1))
        return parts

    def _surprise(self, state: State, matrix: Matrix) -> tuple[Floats, Floats]:
        keys = ("centre", "scale", "mean", "precision", "whitener", "height")
        return mixture_surprise(matrix.values, *(state[k] for k in keys))


def _clouds(mixture: Any) -> State:
    """Means, inverse covariances and logarithmic heights. A full covariance is kept as a whitener W (W W' its inverse) beside a
    precision of zero, one along the axes as its precision beside a whitener of no columns; a cloud's quadratic form is the sum.
    """
    k, d = mixture.means_.shape
    if mixture.covariance_type == "full":
        whitener, precision = mixture.precisions_cholesky_, np.zeros((k, d))
        halves = np.log(np.diagonal(whitener, axis1=1, axis2=2)).sum(axis=1)
    else:
        whitener, precision = np.zeros((k, d, 0)), mixture.precisions_
        halves = 0.5 * np.log(precision).sum(axis=1)
    height = np.log(mixture.weights_) + halves - 0.5 * d * np.log(2 * np.pi)
    return {
        "mean": mixture.means_.copy(),
        "precision": np.ascontiguousarray(precision),
        "whitener": np.ascontiguousarray(whitener),
        "height": height,
    }
