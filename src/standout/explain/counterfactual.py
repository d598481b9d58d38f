"""The fewest columns that bring a row under a limit when they change, each to a value that training rows held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.detector import LooksBack
from standout.core.judged import Judged
from standout.core.part import Floats
from standout.core.reason import Change, Counterfactual
from standout.core.table import Kind
from standout.explain.similar import Similar

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Usual values of a column that are tried beside the one that the rest of the row makes likely."""

LEVELS = 5
"""Categories of a column that are tried, the commonest."""

BEAM, WIDEST = 8, 24
"""Sets of columns that are carried on at a time, and columns that may be in one, those by which the score falls most."""

SERIES_COLUMNS = 8
"""As `WIDEST`, in a series, where every change is scored over a window."""

Move = tuple[int, int]
"""A column and the usual row whose value it takes."""


@dataclass(frozen=True)
class _Search:
    """One row, the values that its columns may take, and the score of any changes."""

    judged: Judged
    i: int
    similar: Similar
    limit: float

    def scores(self, sets: Sequence[tuple[Move, ...]]) -> Floats:
        """The served score under each set of moves."""
        row, order = self.judged.rows[self.i], self.similar.blocks.order
        values = np.repeat(row[None], len(sets), axis=0)
        for at, moves in enumerate(sets):
            for k, source in moves:
                own = self.similar.blocks.slice(k)
                values[at, order[own]] = self.similar.rows[source, own]
        return self.judged.changed(np.full(len(sets), self.i), values)

    def distance(self, move: Move) -> float:
        """How far a move takes the column's features, in units of the features."""
        own = self.similar.blocks.slice(move[0])
        return float(np.abs(self.judged.rows[self.i][self.similar.blocks.order[own]] - self.similar.rows[move[1], own]).sum())

    def under(self, sets: Sequence[tuple[Move, ...]], scores: Floats) -> tuple[Move, ...] | None:
        """Of the sets that bring the row under the limit that which moves it least."""
        passing = [s for s, score in zip(sets, scores.tolist(), strict=True) if score < self.limit]
        return min(passing, key=lambda s: sum(map(self.distance, s))) if passing else None


def counterfactual(judged: Judged, i: int, likely: Floats, similar: Similar, limit: float) -> Counterfactual | None:
    """The change found for row i of some judged rows; None where the detector reads whole series, in which each try costs a pass.

    likely: the row's features (d,), in the order of the blocks, as the rest makes likely. limit: the score from which a row is raised.
    Sets of columns grow from the most promising ones, so that a smaller set is found before a larger; that no smaller one exists is
    not proved beyond one column.
    """
    if judged.in_order and not isinstance(judged.part, LooksBack):
        return None
    search = _Search(judged, i, similar, limit)
    whole = float(judged.scores[i])
    moves = [(k, source) for k in range(len(similar.columns)) for source in _tried(similar, k, likely)]
    moves = [m for m in moves if search.distance(m) > 0]
    if whole < limit or not moves:
        return Counterfactual((), whole, limit)
    singles: list[tuple[Move, ...]] = [(m,) for m in moves]
    scores = search.scores(singles)
    found = search.under(singles, scores) or _grown(search, moves, singles, scores)
    if found is None:
        return Counterfactual((), whole, limit)
    found = _pruned(search, found)
    changes = tuple(Change(similar.columns[k].name, _seen(judged, similar, i, k), similar.value(row, k)) for k, row in found)
    return Counterfactual(changes, float(search.scores([found])[0]), limit)


def _tried(similar: Similar, k: int, likely: Floats) -> Iterator[int]:
    """Usual rows whose values of column k are tried: the nearest to what is likely, quantiles, the commonest categories."""
    column, own = similar.columns[k], similar.blocks.slice(k)
    values = similar.source[:, k]
    if column.kind is Kind.TEXT or not len(values):
        return
    known = np.flatnonzero(~np.isnan(values) & (values >= 0 if column.levels else True))
    if not len(known):
        return
    tried = [int(known[np.abs(similar.rows[known][:, own] - likely[own]).sum(axis=1).argmin()])]
    if column.levels:
        levels, first = np.unique(values[known], return_index=True)
        tried += known[first[np.argsort(levels)[:LEVELS]]].tolist()  # levels are numbered from the commonest
    else:
        ordered = known[np.argsort(values[known], kind="stable")]
        tried += [int(ordered[round(q * (len(ordered) - 1))]) for q in QUANTILES]
    yield from dict.fromkeys(tried)


def _grown(
    search: _Search, moves: Sequence[Move], singles: Sequence[tuple[Move, ...]], scores: Floats
) -> tuple[Move, ...] | None:
    """The first set of moves of the most promising columns that brings the row under the limit; None where none does."""
    best: dict[int, float] = {}
    for (k, _), score in zip(moves, scores.tolist(), strict=True):
        best[k] = min(best.get(k, np.inf), score)
    widest = SERIES_COLUMNS if search.judged.in_order else WIDEST
    columns = set(sorted(best, key=lambda k: best[k])[:widest])
    moves = [m for m in moves if m[0] in columns]
    beam = [singles[a] for a in np.argsort(scores, kind="stable")[:BEAM]]
    for size in range(2, len(columns) + 1):
        grown = {tuple(sorted((*s, m))) for s in beam for m in moves if m[0] not in {k for k, _ in s}}
        if not grown:
            return None
        sets = sorted(grown)
        scores = search.scores(sets)
        found = search.under(sets, scores)
        if found:
            return found
        # with many columns aside only the best set goes on: the search stays short where the row is strange altogether
        beam = [sets[a] for a in np.argsort(scores, kind="stable")[: BEAM if size < 4 else 1]]
    return None


def _pruned(search: _Search, found: tuple[Move, ...]) -> tuple[Move, ...]:
    """The set without the columns that it can do without."""
    for move in sorted(found, key=search.distance):
        fewer = tuple(m for m in found if m != move)
        if fewer and search.scores([fewer])[0] < search.limit:
            found = fewer
    return found


def _seen(judged: Judged, similar: Similar, i: int, k: int) -> Any:
    return judged.table[similar.columns[k].name].at(i)
