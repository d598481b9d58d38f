"""Rows that a small network, trained to rebuild usual rows from damaged ones, cannot rebuild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from standout.core.detector import FOLDS, Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._adam import F32, train
from standout.kernels.network import Layers, rebuilt


@dataclass(frozen=True)
class Autoencoder(Detector):
    """How far a row is from what a denoising autoencoder makes of it, feature by feature.

    The network d -> width -> code -> width -> d sees training rows of which a share of the values was taken away, and learns to
    give them back from the others: what it cannot give back breaks the relations between columns. Scoring hides nothing.
    It is trained in single precision by mini-batches, and scored by a kernel that sums in one order.

    fit: shape (n, d), n >= 2; features should be on comparable scales, as the preparers make them. score: (n,), the mean over
    features of the absolute error, 0 and up; the unit is the root mean variance of the training rows' features.

    >>> rng = np.random.default_rng(0)
    >>> line = rng.normal(size=(500, 1)) * [1.0, 2.0, -1.0] + rng.normal(size=(500, 3)) * 0.1
    >>> detector = Autoencoder(steps=500)
    >>> state = detector.fit(Matrix.of(line), rng)
    >>> usual, broken = detector.score(state, Matrix.of([[1.0, 2, -1], [1, 2, 1]]))
    >>> bool(broken > 5 * usual)
    True
    """

    card = Card(
        "Denoising autoencoder",
        "Vincent et al. 2008, doi:10.1145/1390156.1390294; Kingma and Ba 2015, arXiv:1412.6980",
        "rows that break relations, straight or bent, which hold between the columns of usual rows",
        "a second or so of training whatever the rows; scoring takes 2 * width * (d + code) multiplications a row",
    )
    examples = (
        {"steps": 300},
        {"steps": 300, "width": 32, "code": 8, "batch": 64},
        {"steps": 200, "noise": 0.0, "trim": 0.1},
    )
    layout = {
        "center": Holds("float64", "d"),
        "unit": Holds("float64", 1),
        "seed": Holds("int64", 1),
        "encode/0/weight": Holds("float32", "d", "width"),
        "encode/0/bias": Holds("float32", "width"),
        "encode/1/weight": Holds("float32", "width", "code"),
        "encode/1/bias": Holds("float32", "code"),
        "decode/0/weight": Holds("float32", "code", "width"),
        "decode/0/bias": Holds("float32", "width"),
        "decode/1/weight": Holds("float32", "width", "d"),
        "decode/1/bias": Holds("float32", "d"),
    }

    width: int = param(64, low=1, high=2_000, help="How many units the outer hidden layers have.", unit="units")
    code: int = param(16, low=1, high=2_000, help="How many units the layer between them has.", unit="units")
    noise: float = param(0.2, low=0.0, high=0.9, help="The share of the values that are hidden from the network while it learns.")
    trim: float = param(0.0, low=0.0, high=0.5, help="The share of each batch, rebuilt worst, that is not learned from.")
    steps: int = param(2_000, low=1, high=1_000_000, help="How many batches are learned from.", unit="batches")
    batch: int = param(128, low=1, high=100_000, help="How many rows a batch has, at most those there are.", unit="rows")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Train the network; TooFewRowsError below two rows. Labels are not used."""
        from threadpoolctl import threadpool_limits

        if len(matrix) < 2:
            raise TooFewRowsError.needed(self.name, len(matrix), 2)
        center = matrix.values.mean(axis=0, dtype=np.float64)
        unit = float(np.sqrt(matrix.values.var(axis=0, dtype=np.float64).mean()))
        state: State = {"center": center, "unit": np.array([unit or 1.0]), "seed": rng.integers(0, 2**62, size=1)}
        # one thread: the products are small, and the same seed gives the same bytes whatever the number of processors
        with threadpool_limits(1, "blas"):
            weights, biases = train(
                _rescaled(state, matrix),
                (self.width, self.code, self.width),
                rng,
                steps=self.steps,
                batch=min(self.batch, len(matrix)),
                noise=self.noise,
                trim=self.trim,
            )
        for name, weight, bias in zip(("encode/0", "encode/1", "decode/0", "decode/1"), weights, biases, strict=True):
            state |= {f"{name}/weight": weight, f"{name}/bias": bias}
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean absolute error of the features."""
        # einsum keeps one order of summation for each row, whatever the number of rows
        return np.einsum("nd->n", _errors(state, _rescaled(state, matrix))) / max(1, matrix.width)

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Each fifth of the rows by a network trained on the others, in the unit of the one kept.

        Two networks from different rows and first weights rebuild one more closely than the other, all rows alike: the ratio of
        their mean scores on the rows that both saw takes this luck out.
        """
        rng, n = np.random.default_rng(int(state["seed"][0])), len(matrix)
        if n < 2 * FOLDS:
            return self.score(state, matrix)
        whole, own = self.score(state, matrix), np.empty(n)
        for held_out in np.array_split(rng.permutation(n), FOLDS):
            kept = np.setdiff1d(np.arange(n), held_out)
            part, rows = self.fit(matrix.take(kept), rng), matrix.take(kept)
            usual = float(self.score(part, rows).mean())
            luck = float(whole[kept].mean()) / usual if usual > 0 else 1.0
            own[held_out] = luck * self.score(part, matrix.take(held_out))
        return own

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """How far the score falls when a feature takes the value that the network gives it while it is hidden."""
        whole, rows = self.score(state, matrix), _rescaled(state, matrix)
        parts = np.zeros(rows.shape)
        for feature in range(matrix.width):
            # the error itself would be shared with the features that a strange value throws off
            changed = rows.copy()
            changed[:, feature] = 0.0
            changed[:, feature] = rebuilt(changed, _layers(state))[:, feature]
            parts[:, feature] = whole - _errors(state, changed).mean(axis=1)
        return np.maximum(parts, 0.0)


def _rescaled(state: State, matrix: Matrix) -> F32:
    """Rows in the unit of the training rows, within what single precision can multiply."""
    return np.clip((matrix.values - state["center"]) / state["unit"], -LIMIT, LIMIT).astype(np.float32)


def _layers(state: State) -> Layers:
    names = ("encode/0", "encode/1", "decode/0", "decode/1")
    flat = [np.ascontiguousarray(state[f"{name}/{what}"]) for name in names for what in ("weight", "bias")]
    return cast("Layers", tuple(flat))


def _errors(state: State, rows: F32) -> Floats:
    """The absolute error of each feature of rescaled rows, shape (n, d), float64."""
    return np.abs(rows.astype(np.float64) - rebuilt(rows, _layers(state)))
