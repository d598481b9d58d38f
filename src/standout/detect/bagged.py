"""One detector fitted many times on halves of the rows, its scores averaged: steadier, and with own scores from rows left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, nest, param, under
from standout.detect._members import as_member, fit_member, in_pieces, member_parts

BASE: Any = {"part": "pca"}


@dataclass(frozen=True)
class Bagged(Detector):
    """The mean of a detector's scores over fits on random halves of the rows; each pair of halves makes up the whole.

    A row's own score is the mean over the fits that left it out, one half of all: with a counted null this is the jackknife+ after
    bootstrap, for any detector, at no fit more than scoring needs. A detector that changes with every few rows becomes steadier, too.

    fit: shape (n, d), n >= 4. score: (n,), in the units of the member.

    >>> rows = Matrix.of(np.random.default_rng(0).normal(size=(300, 3)))
    >>> detector = Bagged("robust-covariance", pairs=4)
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> bool(detector.score(state, Matrix.of([[9.0, -9.0, 9.0]]))[0] > detector.own_scores(state, rows).max())
    True
    """

    card = Card(
        "Bagged detector",
        "jackknife+ after bootstrap: Kim, Xu and Barber 2020, arXiv:2002.09025; subagging: Bühlmann and Yu 2002, "
        "doi:10.1214/aos/1031689014",
        "what its member finds, more steadily",
        "two fits on half of the rows a pair, and as many scorings",
    )
    examples = ({}, {"base": "hbos", "pairs": 3})
    layout = {"seed": Holds("int64", 1), "center": Holds("float32", "d")}
    repeated = {"base": "fits"}

    base: Detector | None = param(None, help="The detector that is fitted many times; none means principal components.")
    pairs: int = param(10, low=1, high=200, help="How many pairs of halves are fitted.", unit="pairs")

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", as_member(self.name, BASE if self.base is None else self.base))
        super().__post_init__()

    @property
    def fits(self) -> int:
        """How many fits there are."""
        return 2 * self.pairs

    @property
    def _inner(self) -> Detector:
        return cast("Detector", self.base)

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Fit the member on each half; TooFewRowsError below four rows. Labels go to the member."""
        n = len(matrix)
        if n < 4:
            raise TooFewRowsError.needed(self.name, n, 4)
        seed = rng.integers(0, 2**62, size=1)
        state: State = {"seed": seed, "center": np.median(matrix.values, axis=0).astype(np.float32)}
        for i, half in enumerate(self._halves(int(seed[0]), n)):
            known = None if labels is None else labels[half]
            chance = np.random.default_rng([int(seed[0]), i])
            state |= nest(f"base/{i}", fit_member(self.name, self._inner, matrix.take(half), chance, known))
        return state

    def score(self, state: State, matrix: Matrix) -> Floats:
        """The mean over all fits."""
        members = self._fitted(state)
        return in_pieces(matrix, lambda piece: _mean([self._inner.score(s, piece) for s in members]))

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """The mean over the fits that left a row out."""
        total = np.zeros(len(matrix))
        everything = np.arange(len(matrix))
        for half, member in zip(self._halves(int(state["seed"][0]), len(matrix)), self._fitted(state), strict=True):
            left_out = np.setdiff1d(everything, half, assume_unique=True)
            total[left_out] += self._inner.score(member, matrix.take(left_out))
        return np.asarray(total / self.pairs)

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """The mean of the fits' attributions; where the member has none, it is asked again with each feature at its median."""
        members, center = self._fitted(state), state["center"]
        return in_pieces(matrix, lambda piece: _mean([member_parts(self._inner, s, piece, center) for s in members]))

    def _halves(self, seed: int, n: int) -> list[NDArray[np.intp]]:
        """The rows of each fit, in order; two that follow each other are one another's complement."""
        rng, found = np.random.default_rng(seed), []
        for _ in range(self.pairs):
            order = rng.permutation(n)
            found += [np.sort(order[: n // 2]), np.sort(order[n // 2 :])]
        return found

    def _fitted(self, state: State) -> list[State]:
        return [under(f"base/{i}", state) for i in range(self.fits)]


def _mean(parts: list[Floats]) -> Floats:
    """Summed in order, so that a row alone has the same mean as in a batch."""
    total = np.zeros(parts[0].shape)
    for part in parts:
        total += part
    return np.asarray(total / len(parts))
