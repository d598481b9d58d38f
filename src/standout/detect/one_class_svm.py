"""The boundary that holds most training rows in the feature space of a radial kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._descent import lowest
from standout.kernels import kernel
from standout.kernels.radial import radial_sums

STEEPEST = 1e37
"""The largest gamma: times the least distance it must stay a float32."""

LEAST_EIGENVALUE = 1e-6
"""Of the largest: directions of the landmarks' kernel below this are rounding, and are left out."""

SOFT = 0.005
"""Width, relative to the rows' mean similarity, over which the hinge is rounded so that a smooth solver finds the minimum."""


@kernel
def _put_squared_distances(rows: Floats, columns: Floats, into: Floats) -> None:
    """As `_squared_distances`; columns: the others, transposed (d, m), so that many are worked on at once."""
    for row in range(len(rows)):
        distances = into[row]
        distances[:] = 0.0
        for feature in range(len(columns)):
            value, others = rows[row, feature], columns[feature]
            for at in range(len(others)):
                gap = value - others[at]
                distances[at] += gap * gap


@dataclass(frozen=True)
class OneClassSVM(Detector):
    """Distance outside of the boundary of a one-class support vector machine with kernel exp(-gamma |x - r|²).

    Up to `exact` rows the dual problem is solved as it stands (libsvm); above, the primal one in the features that Nystroem's
    method makes of `components` landmark rows. Both give the same kind of state: rows, their weights and a threshold.

    fit: shape (n, d), n >= 2; features should be on comparable scales. score: (n,), 0 on the boundary, above it outside;
    the unit is the mean similarity to training rows, from -1 to 1. Rows far from everything all score the threshold.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(500, 3)))
    >>> detector = OneClassSVM()
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> (detector.score(state, Matrix.of([[0.0, 0, 0], [9, 0, 0]])) > 0).tolist()
    [False, True]
    >>> round(float(np.mean(detector.score(state, rows) > 0)), 2)
    0.5
    """

    card = Card(
        "One-Class SVM",
        "Schölkopf et al. 2001, doi:10.1162/089976601750264965; Williams and Seeger 2000, Using the Nyström method",
        "rows outside of the regions, of any shape, that hold most training rows",
        "a row is compared with each support vector or landmark; the exact fit takes time as the square of the rows",
    )
    examples = (
        {},
        {"nu": 0.1},
        {"gamma": 0.05},
        {"exact": 100, "components": 50},
        {"exact": 100, "components": 50, "sample": 200},
    )
    layout = {
        "vector": Holds("float32", "vectors", "d"),
        "weight": Holds("float64", "vectors"),
        "gamma": Holds("float64", 1),
        "threshold": Holds("float64", 1),
    }

    nu: float = param(0.5, above=0.0, high=1.0, help="The share of training rows left outside of the boundary, about.")
    gamma: float = param(
        0.0,
        low=0.0,
        high=STEEPEST,
        help="How fast similarity falls with squared distance; 0 takes 1 / (features × their mean variance).",
    )
    exact: int = param(3_000, low=2, high=100_000, help="Up to how many rows the problem is solved exactly.", unit="rows")
    components: int = param(300, low=2, high=5_000, help="How many landmark rows stand for more rows than that.", unit="rows")
    sample: int = param(20_000, low=100, help="At most how many training rows are then learned from.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn the boundary; TooFewRowsError below two rows. Labels are not used."""
        from threadpoolctl import threadpool_limits

        n = len(matrix)
        if n < 2:
            raise TooFewRowsError.needed(self.name, n, 2)
        values = matrix.values
        if n > max(self.exact, self.sample):
            values = values[np.sort(rng.choice(n, max(self.exact, self.sample), replace=False))]
        # about the middle: the solvers expand |x - r|², which loses its digits far from zero
        centre = values.mean(axis=0, dtype=np.float64)
        rows = values - centre
        gamma = self.gamma or _scale_rule(rows)
        if n <= self.exact:
            at, weight, threshold = _exact(rows, self.nu, gamma)
        else:
            at = np.sort(rng.choice(len(rows), min(self.components, len(rows)), replace=False))
            # one thread: the solver's products are so small that threads only wait for each other, and the same seed gives
            # the same bytes whatever the number of processors
            with threadpool_limits(1, "blas"):
                weight, threshold = _nystroem(rows, rows[at], self.nu, gamma)
        return {
            "vector": values[at],
            "weight": weight,
            "gamma": np.array([gamma]),
            "threshold": np.array([threshold]),
        }

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The threshold less the weighted similarity to the vectors kept."""
        gamma = float(state["gamma"][0])
        return state["threshold"][0] - radial_sums(matrix.values, state["vector"], state["weight"], gamma)


def _scale_rule(rows: Floats) -> float:
    """One over features times their mean variance, 1 where nothing varies.

    Unlike scikit-learn's "scale", the columns' means do not enter: the kernel does not see them either.
    """
    variance = float(rows.var(axis=0).mean())
    return min(1.0 / (rows.shape[1] * variance), STEEPEST) if variance > 0 else 1.0


def _exact(rows: Floats, nu: float, gamma: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Floats, float]:
    """Which rows are support vectors, their weights, which sum to one, and the threshold."""
    from sklearn import svm

    solved = svm.OneClassSVM(nu=nu, gamma=gamma, tol=1e-5).fit(rows)
    weight = solved.dual_coef_[0].astype(np.float64)
    # libsvm's weights sum to nu * n: divided by that, scores of few and of many training rows have one unit
    return solved.support_.astype(np.intp), weight / weight.sum(), float(-solved.intercept_[0] / weight.sum())


def _squared_distances(rows: Floats, others: Floats) -> Floats:
    """|x - r|² of each row (n, d) and each other (m, d), shape (n, m); not by |x|² + |r|² - 2xr, which loses digits far out."""
    found = np.empty((len(rows), len(others)))
    _put_squared_distances(np.ascontiguousarray(rows), np.ascontiguousarray(others.T), found)
    return found


def _nystroem(rows: Floats, landmarks: Floats, nu: float, gamma: float) -> tuple[Floats, float]:
    """The landmarks' weights and the threshold."""
    size, turn = np.linalg.eigh(np.exp(-gamma * _squared_distances(landmarks, landmarks)))
    kept = size > LEAST_EIGENVALUE * size[-1]
    to_features = turn[:, kept] / np.sqrt(size[kept])
    similarity = np.exp(-gamma * _squared_distances(rows, landmarks))
    direction = _direction(similarity @ to_features, nu)
    weight = to_features @ direction
    # given the direction, the best threshold is the quantile nu of the rows' projections
    return weight, float(np.quantile(similarity @ weight, nu))


def _direction(features: Floats, nu: float) -> Floats:
    """The w that minimises |w|² / 2 - rho + mean(max(0, rho - features w)) / nu, with the hinge rounded near zero."""
    n = len(features)
    start = features.mean(axis=0)
    soft = SOFT * float(start @ start)

    def objective(point: Floats) -> tuple[float, Floats]:
        w, rho = point[:-1], point[-1]
        short = rho - features @ w
        inside = np.clip(short, 0.0, soft)
        # the derivative of the rounded hinge rises from 0 to 1 over `soft`
        slope = inside / (soft * nu * n)
        value = 0.5 * w @ w - rho + float(np.sum(inside * (short - 0.5 * inside))) / (soft * nu * n)
        return value, np.append(w - features.T @ slope, slope.sum() - 1.0)

    first = np.append(start, np.quantile(features @ start, nu))
    return lowest(objective, first)[:-1]
