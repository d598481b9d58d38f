"""Rows far out along the principal components, or off the plane that they span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.kernels.quadratic import centre_and_scale, shares, within_and_beyond

FLOOR = 1e-6
"""Least variance off the plane, in standardised units: exact copies of columns leave none."""


@dataclass(frozen=True)
class PCA(Detector):
    """Mahalanobis distance along the leading components plus squared distance from their plane over its usual size.

    Columns are standardised. The variance off the plane is shared evenly, as in probabilistic principal components, so that
    the distance stays sound with more columns than rows.
    fit: shape (n, d), n >= 1. score: (n,), squared standard deviations, 0 and up, about d on average for normal rows.

    >>> rng = np.random.default_rng(0)
    >>> line = rng.normal(size=(500, 1)) * [1.0, 2.0, -1.0] + rng.normal(size=(500, 3)) * 0.1
    >>> state = PCA().fit(Matrix.of(line), rng)
    >>> usual, broken = PCA().score(state, Matrix.of([[1.0, 2, -1], [1, 2, 1]]))
    >>> bool(broken > 100 * usual)
    True
    """

    card = Card(
        "Principal component classifier",
        "Shyu et al. 2003, a novel anomaly detection scheme based on principal component classifier; "
        "Tipping and Bishop 1999, doi:10.1111/1467-9868.00196",
        "broken linear relations between columns, and values far out along the usual ones",
        "one eigendecomposition of d x d (or n x n where that is smaller); scoring is d x k a row",
    )
    examples = ({}, {"share": 0.5})
    layout = {
        "centre": Holds("float64", "d"),
        "scale": Holds("float64", "d"),
        "basis": Holds("float64", "d", "k"),
        "variance": Holds("float64", "k"),
        "noise": Holds("float64", 1),
    }

    share: float = param(0.9, above=0.0, high=1.0, help="The share of the variance that the kept components explain.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the components; `rng` and labels are not used."""
        centre, scale, constant = centre_and_scale(matrix.values)
        z = (matrix.values - centre) / scale
        z[:, constant] = 0.0
        variance, basis = _components(z)
        total = variance.sum()
        kept = int(np.searchsorted(np.cumsum(variance), self.share * total * (1 - 1e-12))) + 1 if total > 0 else 0
        kept = min(kept, len(variance))
        left = matrix.width - kept - int(constant.sum())
        noise = max(float(variance[kept:].sum()) / left if left > 0 else 0.0, FLOOR)
        scale[constant] /= np.sqrt(noise)  # a constant lies off the plane; its unit stays its own size whatever the noise
        variance = np.maximum(variance[:kept], FLOOR)
        return {
            "centre": centre,
            "scale": scale,
            "basis": np.ascontiguousarray(basis[:, :kept]),
            "variance": variance,
            "noise": np.array([noise]),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Squared distance, along the components and off them."""
        inverse, noise = 1.0 / state["variance"], float(state["noise"][0])
        return within_and_beyond(matrix.values, state["centre"], state["scale"], state["basis"], inverse, noise)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The score shared out by how far it falls when a column takes the value that the others make likely."""
        basis, inverse, noise = state["basis"], 1.0 / state["variance"], state["noise"][0]
        z = (matrix.values - state["centre"]) / state["scale"]
        y = z @ basis
        slope = (z - y @ basis.T) / noise + (y * inverse) @ basis.T
        curvature = (1.0 - (basis**2).sum(axis=1)).clip(0.0) / noise + basis**2 @ inverse
        return shares(self.score(state, matrix), slope, curvature)


def _components(z: Floats) -> tuple[Floats, Floats]:
    """Variances, largest first, and components as columns, from the smaller of the two products of z with itself."""
    n, d = z.shape
    if d <= n:
        variance, basis = np.linalg.eigh(z.T @ z / n)
    else:
        variance, along = np.linalg.eigh(z @ z.T / n)
        lengths = np.sqrt(np.maximum(variance, 0.0) * n)
        keep = lengths > 1e-6 * max(lengths.max(), 1e-300)
        variance, basis = variance[keep], z.T @ along[:, keep] / lengths[keep]
    order = np.argsort(variance)[::-1]
    basis = basis[:, order]
    # a component's sign is a free choice of the decomposition: fix it, so that the state is the same everywhere
    signs = np.sign(basis[np.argmax(np.abs(basis), axis=0), np.arange(basis.shape[1])])
    return np.maximum(variance[order], 0.0), basis * signs
