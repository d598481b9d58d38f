"""Distance from the centre of the most concentrated part of the rows, in units of its covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import ParameterError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.quadratic import centre_and_scale, lengths, shares

CONDITION = 1e8
"""Largest over least variance that is believed; beyond it the least directions are widened."""
STEPS = 30
WIDEST = 3_000


@dataclass(frozen=True)
class RobustCovariance(Detector):
    """Squared Mahalanobis distance by the minimum covariance determinant: mean and covariance of the share of rows that lie
    closest together, so that anomalies among the training rows do not widen what counts as usual.

    Six deterministic starts (Hubert et al. 2012) are concentrated twice, the best two until they rest; the one of least
    determinant stays and is reweighted. With few rows a column the covariance is shrunk towards independence (Chen et al. 2010).
    fit: shape (n, d), n >= 1, d <= 3,000. score: (n,), squared standard deviations, 0 and up, about d for normal rows.

    >>> rng = np.random.default_rng(0)
    >>> rows = np.r_[rng.normal(size=(400, 2)), rng.normal(size=(100, 2)) * 0.1 + 8]  # a fifth of them far off
    >>> state = RobustCovariance().fit(Matrix.of(rows), rng)
    >>> bool(RobustCovariance().score(state, Matrix.of([[8.0, 8.0]]))[0] > 50)
    True
    """

    card = Card(
        "Minimum covariance determinant",
        "Rousseeuw and Van Driessen 1999, doi:10.1080/00401706.1999.10485670; "
        "Hubert, Rousseeuw and Verdonck 2012, doi:10.1080/10618600.2012.672100; Chen et al. 2010, doi:10.1109/TSP.2010.2053029",
        "rows far from one elliptical bulk, and broken linear relations between columns",
        "some dozens of covariances of a sample; scoring is d x d a row",
    )
    examples = ({}, {"support": 0.5}, {"sample": 250})
    layout = {"centre": Holds("float64", "d"), "scale": Holds("float64", "d"), "whitener": Holds("float64", "d", "d")}

    support: float = param(0.75, low=0.5, high=1.0, help="The share of rows that is taken to lie close together.")
    sample: int = param(10_000, low=50, help="At most how many rows the covariance is searched on.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Search the bulk; `rng` draws the sample where there are more rows, labels are not used."""
        if matrix.width > WIDEST:
            raise ParameterError(
                f"{self.name} compares every column with every other and takes at most {WIDEST:,} columns, not {matrix.width:,}.",
                "Use pca, which does not.",
            )
        values = matrix.values
        if len(values) > self.sample:
            values = values[np.sort(rng.choice(len(values), self.sample, replace=False))]
        centre, scale, varies = _robust_centre_and_scale(values)
        whitener = np.eye(matrix.width)  # which leaves constants in units of their own size
        if varies.any():
            z = ((values - centre) / scale)[:, varies]
            mean, whitener[np.ix_(varies, varies)] = _bulk(z, max(1, int(np.ceil(self.support * len(z)))))
            centre[varies] += mean * scale[varies]
        return {"centre": centre, "scale": scale, "whitener": whitener}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Squared distance."""
        return lengths(matrix.values, state["centre"], state["scale"], state["whitener"])

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The score shared out by how far it falls when a column takes the value that the others make likely."""
        whitener = state["whitener"]
        z = (matrix.values - state["centre"]) / state["scale"]
        return shares(self.score(state, matrix), z @ whitener @ whitener.T, (whitener**2).sum(axis=1))


def _robust_centre_and_scale(values: NDArray[np.float32]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Median and scaled median deviation of each column, and whether it varies; the standard deviation where half is equal."""
    _, scale, constant = centre_and_scale(values)
    centre = np.median(values.astype(np.float64), axis=0)
    spread = 1.4826 * np.median(np.abs(values - centre), axis=0)
    return centre, np.where(spread > 1e-3 * scale, spread, scale), ~constant


def _bulk(z: Floats, h: int) -> tuple[Floats, Floats]:
    """Mean and whitener of the reweighted h most concentrated rows."""
    from scipy.special import gammaincinv

    n, d = z.shape
    inside, half = 2 * gammaincinv(d / 2, [0.975, 0.5])  # quantiles of chi-squared with d degrees of freedom
    if n <= 2 or h == n:
        return z.mean(axis=0), _whitener(z, n)[0]
    tried = sorted((_concentrated(z, start, h, steps=2) for start in _starts(z)), key=lambda found: found[1])
    best = min((_concentrated(z, chosen, h) for chosen, _ in tried[:2]), key=lambda found: found[1])[0]
    mean, whitener = z[best].mean(axis=0), _whitener(z[best], h)[0]
    distance = _distances(z, mean, whitener)
    # the median of normal rows' distances is chi-squared's: what that scaling puts inside 97.5% is kept
    kept = np.flatnonzero(distance <= np.median(distance) * inside / half)
    if len(kept) < h:
        kept = best
    mean, whitener = z[kept].mean(axis=0), _whitener(z[kept], len(kept))[0]
    typical = np.median(_distances(z, mean, whitener)) / half
    return mean, whitener / np.sqrt(typical) if typical > 0 and d < n else whitener


def _distances(z: Floats, mean: Floats, whitener: Floats) -> Floats:
    return (((z - mean) @ whitener) ** 2).sum(axis=1)


def _whitener(z: Floats, n: int) -> tuple[Floats, float]:
    """A matrix W with W W' the inverse of the covariance, shrunk where rows are few, and the log determinant of the latter."""
    off = z - z.mean(axis=0)
    covariance = off.T @ off / n
    d = len(covariance)
    size = np.trace(covariance) / d
    if size <= 0:  # all rows equal: distance in the columns' own units
        return np.eye(d), -np.inf
    variance, axes = np.linalg.eigh(covariance)
    variance = np.maximum(variance, 0.0)
    lean = _shrinkage(variance, n)
    variance = (1 - lean) * variance + lean * size
    variance = np.maximum(variance, variance.max() / CONDITION)
    return axes / np.sqrt(variance), float(np.log(variance).sum())


def _shrinkage(variance: Floats, n: int) -> float:
    """The oracle-approximating share of independence (Chen et al. 2010, equation 23), only where rows are few a column."""
    d = len(variance)
    if n > 10 * d or d == 1:
        return 0.0
    squares, square = float((variance**2).sum()), float(variance.sum()) ** 2
    above, below = (1 - 2 / d) * squares + square, (n + 1 - 2 / d) * (squares - square / d)
    return 1.0 if below <= above else above / below


def _starts(z: Floats) -> list[NDArray[np.intp]]:
    """First guesses of the bulk: half the rows closest by covariances that no single row can bend far."""
    from scipy.special import ndtri

    n = len(z)
    ranks = np.column_stack([_ranks(column) for column in z.T])
    norms = np.sqrt((z**2).sum(axis=1))
    signs = z / np.where(norms > 0, norms, 1.0)[:, None]
    near = np.argsort(norms, kind="stable")[: max(2, n // 2)]
    starts = []
    for bent in (np.tanh(z), ranks, ndtri((ranks - 1 / 3) / (n + 1 / 3)), signs, z[near]):
        axes = np.linalg.eigh(np.atleast_2d(np.cov(bent, rowvar=False)))[1]
        turned = z @ axes
        middle = np.median(turned, axis=0)
        spread = 1.4826 * np.median(np.abs(turned - middle), axis=0)
        far = (((turned - middle) / np.maximum(spread, 1e-6)) ** 2).sum(axis=1)
        starts.append(np.argsort(far, kind="stable")[: max(2, (n + 1) // 2)])
    return [*starts, near]


def _ranks(column: Floats) -> Floats:
    """From 1 to n, equal values sharing the mean of theirs."""
    _, which, counts = np.unique(column, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


def _concentrated(z: Floats, chosen: NDArray[np.intp], h: int, steps: int = STEPS) -> tuple[NDArray[np.intp], float]:
    """Take the h closest rows to those chosen, again and again, until they no longer change; and their log determinant."""
    for _ in range(steps):
        whitener = _whitener(z[chosen], len(chosen))[0]
        far = _distances(z, z[chosen].mean(axis=0), whitener)
        closest = np.sort(np.argsort(far, kind="stable")[:h])
        if np.array_equal(closest, chosen):
            break
        chosen = closest
    return chosen, _whitener(z[chosen], len(chosen))[1]
