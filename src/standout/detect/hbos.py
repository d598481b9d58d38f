"""Values in thin bins of their column's histogram, joined over columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, Labels
from standout.core.layout import Holds
from standout.core.matrix import Matrix
from standout.core.part import Card, Floats, State, param
from standout.detect._members import PARTS, dealt_scores
from standout.kernels.tails import bin_penalties

SEARCHED = 10_000
"""The number of bins is chosen on at most this many rows."""


@dataclass(frozen=True)
class HBOS(Detector):
    """The sum over columns of how much thinner, in logarithms, a value's bin is than the column's thickest.

    Every bin counts half a row more than it holds, and so do the two places beyond the ends: what was never seen is strange,
    not impossible.
    fit: shape (n, d), n >= 1. score: (n,), natural logarithms (nats), 0 and up; a constant column adds 0.

    >>> rows = Matrix.of(np.r_[np.zeros(99), np.ones(1)])
    >>> detector = HBOS(bins=2)
    >>> state = detector.fit(rows, np.random.default_rng(0))
    >>> detector.score(state, Matrix.of([0.0, 1.0, 7.0])).round(2).tolist()  # 0, log(99.5 / 1.5), log(99.5 / 0.5)
    [0.0, 4.19, 5.29]
    """

    card = Card(
        "Histogram-based outlier score",
        "Goldstein and Dengel 2012, histogram-based outlier score; Birgé and Rozenholc 2006, doi:10.1051/ps:2006001",
        "rare values, in the gaps of a column as well as beyond its ends",
        "one count a column; scoring is one binary search a value",
    )
    examples = ({}, {"bins": 10}, {"most": 5})
    layout = {"edges": Holds("float64", "d", "e"), "counts": Holds("float64", "d", "b"), "penalty": Holds("float64", "d", "b")}

    bins: int = param(0, low=0, high=10_000, help="Bins a column; 0 chooses the number for each from its penalised likelihood.")
    most: int = param(20, low=1, high=10_000, help="At most how many bins are chosen; not used where bins is given.")

    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Count each column; `rng` draws the rows on which the number of bins is chosen, labels are not used."""
        n = len(matrix)
        looked_at = matrix.values if n <= SEARCHED else matrix.values[np.sort(rng.choice(n, SEARCHED, replace=False))]
        edges = [_edges(column, self.bins or _best_bins(looked_at[:, j], self.most)) for j, column in enumerate(matrix.values.T)]
        # all columns are padded to the longest with edges that no value reaches: the kernel then needs no second table
        padded = np.full((matrix.width, max(len(e) for e in edges)), np.finfo(np.float64).max)
        for j, e in enumerate(edges):
            padded[j, : len(e)] = e
        counts = np.stack([_counts(column, padded[j]) for j, column in enumerate(matrix.values.T)])
        return {"edges": padded, "counts": counts, "penalty": _penalties(padded, counts)}

    def score(self, state: State, matrix: Matrix) -> Floats:
        """Nats of thinness over all columns."""
        return bin_penalties(matrix.values, state["edges"], state["penalty"])

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each column's nats; they sum to the score."""
        return _looked_up(matrix.values, state["edges"], state["penalty"])

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Where the number of bins is given, leave-one-out: each row is taken out of its bins, and the row that alone marks an end of
        a column is judged by the histogram of the others. Where it was chosen, each tenth row by what the others choose and hold: a
        number of bins chosen with a row's help flatters it, so that levels were broken by a tenth.
        """
        if not self.bins and len(matrix) >= 2 * PARTS:
            return dealt_scores(self, matrix)
        edges, counts = state["edges"], state["counts"]
        parts = _looked_up(matrix.values, edges, _penalties(edges, counts, left_out=True))
        if len(matrix) > 1:
            for j, column in enumerate(matrix.values.T):
                for i in {int(np.argmin(column)), int(np.argmax(column))}:
                    if np.count_nonzero(column == column[i]) == 1:
                        parts[i, j] = _unseen(column, i, bins=int(np.sum(edges[j] < np.finfo(np.float64).max)) - 1)
        return _row_sums(parts)


def _row_sums(parts: Floats) -> Floats:
    """Sums in the order of the kernel, column by column."""
    total = np.zeros(len(parts))
    for column in parts.T:
        total += column
    return total


def _edges(column: NDArray[np.float32], bins: int) -> Floats:
    """Edges of bins of equal width from the least value to just above the greatest; a constant gets one bin."""
    low, high = float(column.min()), float(column.max())
    if low == high:
        # as wide as the step to the next float32: no other value falls in, and a density stays finite even at zero
        return np.array([low, float(np.nextafter(np.float32(high), np.float32(np.inf)))])
    # float32 values have few distinct neighbours: bins narrower than those would be empty by rounding alone
    bins = max(1, min(bins, int((high - low) / float(np.spacing(np.float32(max(abs(low), abs(high))))))))
    edges = np.linspace(low, high, bins + 1)
    edges[-1] = np.nextafter(high, np.inf)
    return edges


def _best_bins(column: NDArray[np.float32], most: int) -> int:
    """The number of bins of the largest penalised likelihood (Birgé and Rozenholc, section 3), at most n / log n."""
    n = len(column)
    low, high = float(column.min()), float(column.max())
    if n < 4 or low == high:
        return 1
    top = max(1, min(most, int(n / np.log(n))))
    tried = np.unique(np.geomspace(1, top, 60).round().astype(int))
    unit = (column.astype(np.float64) - low) / (high - low)
    best, at = -np.inf, 1
    for bins in tried.tolist():
        counts = np.bincount(np.minimum((unit * bins).astype(np.intp), bins - 1), minlength=bins)
        held = counts[counts > 0]
        gain = float((held * np.log(held * (bins / n))).sum()) - (bins - 1 + np.log(bins) ** 2.5)
        if gain > best:
            best, at = gain, bins
    return at


def _places(column: NDArray[np.float32], edges: Floats) -> NDArray[np.intp]:
    """0 below the first edge, then the bins, then beyond the last edge: how many edges are at most each value."""
    return np.searchsorted(edges, column, side="right")


def _counts(column: NDArray[np.float32], edges: Floats) -> Floats:
    return np.bincount(_places(column, edges), minlength=len(edges) + 1).astype(np.float64)


def _penalties(edges: Floats, counts: Floats, *, left_out: bool = False) -> Floats:
    """The logarithm of thickest over own density for each place, shape (d, places); with `left_out`, for a row of that place.

    Beyond an end, the density is that of an empty bin of the usual width.
    """
    out = np.zeros_like(counts)
    for j, (e, c) in enumerate(zip(edges, counts, strict=True)):
        real = int(np.sum(e < np.finfo(np.float64).max))
        widths = np.full(len(c), e[1] - e[0])
        widths[1:real] = np.diff(e[:real])
        dense = (c + 0.5) / widths
        if not left_out:
            out[j] = np.log(dense.max() / dense)
            continue
        without = (np.maximum(c - 1.0, 0.0) + 0.5) / widths
        rest = np.where(np.arange(len(c)) == np.argmax(dense), np.partition(dense, -2)[-2], dense.max())
        out[j] = np.log(np.maximum(rest, without) / without)
    return out


def _unseen(column: NDArray[np.float32], i: int, bins: int) -> float:
    """What row i would add, had the column been counted without it."""
    others = np.delete(column, i)
    edges = _edges(others, bins)[None]
    penalty = _penalties(edges, _counts(others, edges[0])[None])
    return float(_looked_up(column[i : i + 1, None], edges, penalty)[0, 0])


def _looked_up(values: NDArray[np.float32], edges: Floats, penalty: Floats) -> Floats:
    """The penalty of each value, shape (n, d)."""
    return np.column_stack([penalty[j][_places(column, edges[j])] for j, column in enumerate(values.T)])
