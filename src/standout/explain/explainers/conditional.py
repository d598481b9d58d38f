"""Which columns made a row strange: what the rest of the row makes likely, checked against the score that is served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import Card, Floats, State, param
from standout.core.reason import Explainer, Reason
from standout.core.table import Table
from standout.explain import alike, gaussian, usual
from standout.explain.blocks import Blocks
from standout.explain.replace import GRID, Replacements, curves
from standout.explain.sentences import sentence
from standout.explain.teller import Teller

LEARNED_FROM = 20_000  # rows that mean and precision are taken from, at most
KEPT, FEW = 120_000, 200  # numbers in the rows that are kept to compare with, at most, unless that makes fewer rows than these
ASIDE = 3  # columns that may be set aside, each judged without the others
OCCLUDED = 64  # columns of a row that are replaced one at a time to see how far the score falls
CHUNK = 4_000_000  # numbers in the variants that are scored at a time
TYPICAL = 128  # training rows whose median score is the level from which a score's excess counts
TOLD = 0.33  # a column comes into the sentence with this much of the weight of the first
LEAST = 0.01  # the least part for a contribution
MOST = 10  # contributions of a row


@dataclass(frozen=True)
class Conditional(Explainer):
    """Shares of the score's excess over a typical row, by source column.

    A column's weight is made of three parts: how unlikely it is given the columns not set aside (a Gaussian likelihood ratio, on
    a logarithmic scale), how far the served score falls when the column is replaced by what those make likely, and the
    detector's own attribution where it has one; the last two count half. The weights are shares of the part of the excess that
    vanishes when all the columns named are replaced together, so they sum to at most 1.
    """

    card = Card(
        "Conditional replacement",
        "conditional occlusion: Aas et al. 2021, doi:10.1016/j.artint.2021.103502",
        "values out of range and broken combinations",
        "one score for each column of each alert",
    )
    examples = ({}, {"sample": 100}, {"columns": 1})
    layout = {
        **usual.LAYOUT,
        "mean": Holds("float64", "d"),
        "precision": Holds("float64", "d", "d"),
        "rows": Holds("float32", "reference", "d"),
        "source": Holds("float64", "reference", "columns", nan=True),  # NaN where missing
        "rank": Holds("float32", "reference", "columns"),
        "curve/feature": Holds("float64", GRID, "columns", nan=True),  # NaN for columns of other kinds
        "curve/value": Holds("float64", GRID, "columns", nan=True),
        "level/row": Holds("int64", "levels", below="reference", low=-1),
    }

    sample: int = param(2000, low=20, high=100_000, help="Training rows kept to compare with; fewer of wide tables.", unit="rows")
    columns: int = param(3, low=1, high=10, help="At most how many columns the sentence names.")

    def fit(self, table: Table, matrix: Matrix, rng: np.random.Generator) -> State:
        """What is usual in each column and how the columns go together; TooFewRowsError where there are no rows."""
        if not len(matrix):
            raise TooFewRowsError.needed(self.name, 0, 1)
        names = list(matrix.by_column)
        state = usual.learn(table, names)
        columns = usual.read(state, table, names)
        most = min(len(matrix), self.sample, max(FEW, KEPT // max(matrix.width, 1)))
        picked = rng.choice(len(matrix), most, replace=False)
        examples = usual.examples(table, columns)
        rows = np.unique(np.concatenate([picked, examples[examples >= 0]]))
        learned = matrix.values
        if len(learned) > LEARNED_FROM:
            learned = learned[np.sort(rng.choice(len(learned), LEARNED_FROM, replace=False))]
        mean, precision = gaussian.learn(learned)
        source = alike.reference(table, columns, rows)
        features, values = curves(matrix.values[rows], source, Blocks.of(matrix), columns)
        return state | {
            "mean": mean,
            "precision": precision,
            "rows": matrix.values[rows],
            "source": source,
            "rank": alike.ranks(source),
            "curve/feature": features,
            "curve/value": values,
            "level/row": np.where(examples >= 0, np.searchsorted(rows, examples), -1).astype(np.int64),
        }

    def reasons(
        self,
        state: State,
        table: Table,
        matrix: Matrix,
        score: Callable[[Matrix], Floats],
        attribute: Callable[[Matrix], Floats] | None,
    ) -> Sequence[Reason]:
        """A reason for each row, in the table's order; a row alone gets the reason that it gets among others."""
        blocks = Blocks.of(matrix)
        if not len(matrix) or not blocks.names:
            return [Reason(int(r), (), sentence([])) for r in table.rows]
        columns = usual.read(state, table, blocks.names)
        precision = blocks.square(state["precision"])
        rows = matrix.values[:, blocks.order].astype(np.float64)
        mean = state["mean"][blocks.order]
        gains, likely, aside = gaussian.untangle(precision, mean, blocks.start, rows, ASIDE)
        replaced = Replacements.of(state, blocks, columns, precision, likely)
        weights = _share(np.maximum(np.log1p(gains) - np.log1p(blocks.sizes + 2 * np.sqrt(2 * blocks.sizes)), 0))
        own = None if attribute is None else _share(np.maximum(blocks.sums(attribute(matrix)), 0))
        hopeful = weights if own is None else weights + own
        base = np.asarray(score(matrix), dtype=np.float64)
        weights += 0.5 * _share(_falls(matrix, blocks, replaced.values, hopeful, base, score))
        weights = _share(weights if own is None else weights + 0.5 * own)
        typical = float(np.median(score(Matrix(state["rows"][:TYPICAL], matrix.features))))
        shares = weights * _explained(matrix, blocks, replaced.values, weights, base, typical, score)[:, None]
        others = alike.Alike.of(state["source"], state["rank"], table, columns)
        told = Teller(table, matrix, blocks, columns, replaced, precision, rows - mean, aside, others)
        return [self._reason(told, i, weights[i], shares[i]) for i in range(len(matrix))]

    def _reason(self, told: Teller, i: int, weights: Floats, shares: Floats) -> Reason:
        order = np.argsort(-weights, kind="stable")[:MOST]
        parts = [told.part(i, int(k), float(shares[k])) for k in order if weights[k] >= LEAST]
        spoken = [p for p in parts[: self.columns] if weights[p.k] >= TOLD * weights[parts[0].k]]
        return Reason(int(told.table.rows[i]), tuple(p.contribution for p in parts), sentence(told.clauses(i, spoken)))


def _share(parts: Floats) -> Floats:
    """Each row as shares that sum to 1, or zeros where there is nothing."""
    return parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-300)


def _falls(
    matrix: Matrix, blocks: Blocks, likely: Floats, hopeful: Floats, base: Floats, score: Callable[[Matrix], Floats]
) -> Floats:
    """How far the score falls when one column is replaced, for the most hopeful columns of each row; shape (n, columns)."""
    falls = np.zeros((len(matrix), len(blocks.names)))
    tried = np.argsort(-hopeful, axis=1, kind="stable")[:, :OCCLUDED]
    step = max(1, CHUNK // (tried.shape[1] * matrix.width))
    for first in range(0, len(matrix), step):
        some = np.arange(first, min(first + step, len(matrix)))
        at, which = np.repeat(some, tried.shape[1]), tried[some].ravel()
        mask = blocks.owner[None, :] == which[:, None]
        scores = score(_replaced(matrix, blocks, likely, at, mask))
        falls[at, which] = np.maximum(base[at] - scores, 0.0)
    return falls


def _explained(
    matrix: Matrix,
    blocks: Blocks,
    likely: Floats,
    weights: Floats,
    base: Floats,
    typical: float,
    score: Callable[[Matrix], Floats],
) -> Floats:
    """The part of each score's excess over a typical row's that vanishes when all columns of weight are replaced, 0 to 1."""
    mask = (weights >= LEAST)[:, blocks.owner]
    after = score(_replaced(matrix, blocks, likely, np.arange(len(matrix)), mask))
    excess = base - typical
    return np.where(excess > 0, np.clip((base - after) / np.where(excess > 0, excess, 1.0), 0.0, 1.0), 0.0)


def _replaced(matrix: Matrix, blocks: Blocks, likely: Floats, at: NDArray[np.intp], mask: NDArray[np.bool_]) -> Matrix:
    """Rows of the matrix with the features under the mask (in the order of the blocks) as the rest makes likely."""
    variants = np.empty((len(at), matrix.width), dtype=np.float32)
    variants[:, blocks.order] = np.where(mask, np.clip(likely[at], -LIMIT, LIMIT), matrix.values[at][:, blocks.order])
    return Matrix(variants, matrix.features)
