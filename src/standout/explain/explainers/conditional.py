"""Which columns made a row strange: what the rest of the row makes likely, checked against the score that is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from standout.core.errors import TooFewRowsError
from standout.core.judged import Judged
from standout.core.layout import Holds
from standout.core.matrix import Feature, Matrix
from standout.core.part import Card, Floats, State, param
from standout.core.reason import Attributions, Explainer, Explains, Reason
from standout.core.table import Schema, Table
from standout.explain import alike, faults, mixture, usual
from standout.explain.alike import Alike
from standout.explain.blocks import Blocks
from standout.explain.counterfactual import counterfactual
from standout.explain.course import Course, course
from standout.explain.faults import Faults, Found
from standout.explain.replace import GRID, Replacements, Replacer, curves
from standout.explain.sentences import ORDINARY, sentence
from standout.explain.similar import Similar
from standout.explain.teller import Teller
from standout.explain.weights import weigh

LEARNED_FROM = 4_000  # rows that the clouds are learned from, at most
KEPT, FEW = 120_000, 200  # numbers in the rows that are kept to compare with, at most, unless that makes fewer rows than these
TOLD = 0.33  # a column comes into the sentence with this much of the weight of the first
LEAST = 0.01  # the least part for a contribution
MOST = 10  # contributions of a row
SHOWN = 8  # columns of a similar row, at least


@dataclass(frozen=True)
class Conditional(Explainer):
    """Shares of the score's excess over a typical training row's, by source column.

    A column's weight is made of three parts: the probability that it does not belong, given what all other columns make likely (see
    `explain.faults`), how far the served score falls when it is replaced by what those make likely, and the detector's own attribution
    where it has one. The shares are the weights, and sum to 1. In a series what counts most is how far the column moved on the way to
    the row, see `explain.course`; what is unusual at a moment decides among columns that moved as far.
    """

    card = Card(
        "Conditional replacement",
        "conditional occlusion: Aas et al. 2021, doi:10.1016/j.artint.2021.103502; sets of wrong fields: Das and Schneider 2007, "
        "doi:10.1145/1281192.1281219",
        "values out of range and broken combinations",
        "one score for each column of each alert",
    )
    examples = ({}, {"sample": 100}, {"columns": 1})
    layout = {
        **usual.LAYOUT,
        **mixture.LAYOUT,
        "offset": Holds("float64", "columns"),
        "typical": Holds("float64", 1),
        "rows": Holds("float32", "reference", "d"),
        "own": Holds("float64", "reference"),
        "source": Holds("float64", "reference", "columns", nan=True),  # NaN where missing
        "rank": Holds("float32", "reference", "columns"),
        "curve/feature": Holds("float64", GRID, "columns", nan=True),  # NaN for columns of other kinds
        "curve/value": Holds("float64", GRID, "columns", nan=True),
        "level/row": Holds("int64", "levels", below="reference", low=-1),
    }

    sample: int = param(2000, low=20, high=100_000, help="Training rows kept to compare with; fewer of wide tables.", unit="rows")
    columns: int = param(3, low=1, high=10, help="At most how many columns the sentence names.")

    def fit(self, table: Table, matrix: Matrix, own: Floats, rng: np.random.Generator) -> State:
        """What is usual in each column and how the columns go together; TooFewRowsError where there are no rows."""
        if not len(matrix):
            raise TooFewRowsError.needed(self.name, 0, 1)
        blocks = Blocks.of(matrix)
        state = usual.learn(table, blocks.names)
        columns = usual.read(state, table.schema, blocks.names)
        most = min(len(matrix), self.sample, max(FEW, KEPT // max(matrix.width, 1)))
        picked = rng.choice(len(matrix), most, replace=False)
        examples = usual.examples(table, columns)
        rows = np.unique(np.concatenate([picked, examples[examples >= 0]]))
        learned = matrix.values
        if len(learned) > LEARNED_FROM:
            learned = learned[np.sort(rng.choice(len(learned), LEARNED_FROM, replace=False))]
        clouds = mixture.learn(learned, rng)
        source = alike.reference(table, columns, rows)
        features, values = curves(matrix.values[rows], source, blocks, columns)
        return state | clouds | {
            "offset": faults.usual_odds(clouds, blocks, matrix.values[picked]),
            "typical": np.array([np.median(own)], dtype=np.float64),
            "rows": matrix.values[rows],
            "own": np.asarray(own, dtype=np.float64)[rows],
            "source": source,
            "rank": alike.ranks(source),
            "curve/feature": features,
            "curve/value": values,
            "level/row": np.where(examples >= 0, np.searchsorted(rows, examples), -1).astype(np.int64),
        }  # fmt: skip  # one entry a line

    def ready(self, state: State, schema: Schema, features: tuple[Feature, ...]) -> Explains:
        """With all that does not depend on the rows: what is usual, in the order of the columns."""
        blocks = Blocks.of(Matrix(np.empty((0, len(features)), dtype=np.float32), features))
        columns = usual.read(state, schema, blocks.names)
        found = Faults.of(state, blocks, state["offset"], state["rows"])
        precision = np.einsum("k,kab->ab", state["cloud/weight"] / state["cloud/weight"].sum(), found.precision)
        return _Ready(
            self.columns,
            blocks,
            columns,
            found,
            Replacer.of(state, blocks, columns, precision),
            Similar.of(state, blocks, columns),
            state,
        )


@dataclass(frozen=True)
class _Ready:
    """The explainer at work on one model."""

    most: int
    blocks: Blocks
    columns: Sequence[usual.Usual]
    faults: Faults
    replacer: Replacer
    similar: Similar
    state: State

    def attributions(self, judged: Judged) -> Attributions:
        """The weights as shares of the excess."""
        typical = float(self.state["typical"][0])
        if not self.blocks.names:
            return Attributions((), np.zeros((len(judged.at), 0)), judged.ranked, typical)
        return self._attributed(judged, self._weighed(judged)[0])

    def reasons(self, judged: Judged, limit: float | None = None) -> Sequence[Reason]:
        """A reason for each row, in the table's order; a row alone gets the reason that it gets among others."""
        if not len(judged.at) or not self.blocks.names:
            return [Reason(int(r), (), sentence([])) for r in judged.table.rows]
        weights, found, replacements, went = self._weighed(judged)
        amounts = self._attributed(judged, weights)
        others = Alike(self.state["source"], self.state["rank"], judged.table, self.columns)
        told = Teller(judged, self.blocks, self.columns, replacements, self.faults, found, others, went)
        excess = amounts.excess
        reasons = [self._reason(told, i, weights[i], float(excess[i])) for i in range(len(judged.at))]
        if limit is None:
            return reasons
        changed = [counterfactual(judged, i, replacements.values[i], self.similar, limit) for i in range(len(reasons))]
        return [replace(r, counterfactual=c) for r, c in zip(reasons, changed, strict=True)]

    def _weighed(self, judged: Judged) -> tuple[Floats, Found, Replacements, Course | None]:
        rows = judged.matrix.values[judged.focus] if judged.in_order else judged.rows
        found = self.faults.search(rows[:, self.blocks.order].astype(np.float64))
        replacements = self.replacer.replaced(found.expected)
        went = course(judged) if judged.in_order else None
        return weigh(judged, self.blocks, found, replacements.values, went), found, replacements, went

    def _attributed(self, judged: Judged, weights: Floats) -> Attributions:
        typical = float(self.state["typical"][0])
        # where nothing tells on any column, all have the same share: the amounts sum to the excess in any case
        even = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1.0 / weights.shape[1])
        return Attributions(self.blocks.names, even, judged.ranked, typical)

    def _reason(self, told: Teller, i: int, weights: Floats, excess: float) -> Reason:
        order = np.argsort(-weights, kind="stable")[:MOST].tolist()
        order = [k for k in order if weights[k] >= LEAST]
        scale = 1.0 if excess > 0 else 0.0
        parts = [told.part(i, k, scale * float(weights[k])) for k in order]
        row = int(told.judged.table.rows[i])
        if excess <= 0:
            return Reason(row, tuple(p.contribution for p in parts), ORDINARY)
        spoken = [p for p in parts[: self.most] if weights[p.k] >= TOLD * weights[order[0]]]
        columns = [p.k for p in spoken]
        shown = [*order, *(k for k in range(len(self.columns)) if k not in order)][: max(SHOWN, len(columns))]
        return Reason(
            row=row,
            contributions=tuple(p.contribution for p in parts),
            sentence=sentence(told.clauses(i, spoken)),
            told=len(spoken),
            excess=excess,
            rest=max(0.0, 1.0 - float(sum(p.contribution.share for p in parts))),
            similar=self.similar.to(told.judged.rows[i][self.blocks.order], columns, shown),
        )
