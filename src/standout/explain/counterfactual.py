"""The fewest columns that bring a row under a limit when they change, each to a value that training rows held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import LooksBack
from standout.core.judged import Judged
from standout.core.part import Floats
from standout.core.reason import Change, Counterfactual
from standout.explain.similar import Similar
from standout.kernels import kernel

BEAM, WIDEST = 8, 24
"""Sets of columns that are carried on at a time, and columns that may be in one, those by which the score falls most."""

SERIES_COLUMNS = 8
"""As `WIDEST`, in a series, where every change is scored over a window."""

Move = tuple[int, int]
"""A column and the usual row whose value it takes."""


@dataclass(frozen=True)
class _Search:
    """One row, the values that its columns may take, how far each takes it, and the score of any changes."""

    judged: Judged
    i: int
    similar: Similar
    limit: float
    away: Mapping[Move, float]

    def scores(self, sets: Sequence[tuple[Move, ...]]) -> Floats:
        """The served score under each set of moves."""
        blocks, row = self.similar.blocks, self.judged.rows[self.i]
        ends = np.cumsum(np.fromiter(map(len, sets), dtype=np.int64, count=len(sets)))
        moves = np.array([move for moves in sets for move in moves], dtype=np.int64).reshape(-1, 2)
        values = np.empty((len(sets), len(row)), dtype=np.float32)
        _move(row, self.similar.rows, blocks.order, blocks.start, moves, ends, values)
        return self.judged.changed(np.full(len(sets), self.i), values)

    def distance(self, move: Move) -> float:
        """How far a move takes the column's features, in units of the features."""
        return self.away[move]

    def under(self, sets: Sequence[tuple[Move, ...]], scores: Floats) -> tuple[Move, ...] | None:
        """Of the sets that bring the row under the limit that which brings it lowest, of these that which moves it least.

        Not the least move of all: a row just above the limit falls below it by any nudge to an innocent column, which says nothing.
        """
        passing = [(score, s) for s, score in zip(sets, scores.tolist(), strict=True) if score < self.limit]
        return min(passing, key=lambda p: (p[0], sum(map(self.distance, p[1]))))[1] if passing else None


def counterfactual(judged: Judged, i: int, likely: Floats, similar: Similar, limit: float) -> Counterfactual | None:
    """The change found for row i of some judged rows; None where the detector reads whole series, in which each try costs a pass.

    likely: the row's features (d,), in the order of the blocks, as the rest makes likely. limit: the score from which a row is raised.
    Sets of columns grow from the most promising ones, so that a smaller set is found before a larger; that no smaller one exists is
    not proved beyond one column.
    """
    if judged.in_order and not isinstance(judged.part, LooksBack):
        return None
    whole = float(judged.scores[i])
    away = _away(similar, judged.rows[i][similar.blocks.order], likely)
    search, moves = _Search(judged, i, similar, limit, away), list(away)
    if whole < limit or not moves:
        return Counterfactual((), whole, limit)
    singles: list[tuple[Move, ...]] = [(m,) for m in moves]
    scores = search.scores(singles)
    found = search.under(singles, scores) or _grown(search, moves, singles, scores)
    if found is None:
        return Counterfactual((), whole, limit)
    found = _pruned(search, found)
    changes = tuple(Change(similar.columns[k].name, _seen(judged, similar, i, k), similar.value(row, k)) for k, row in found)
    return Counterfactual(changes, float(search.scores([found])[0]), limit, judged.rows_read(i))


def _away(similar: Similar, row: NDArray[np.float32], likely: Floats) -> dict[Move, float]:
    """How far each move that is tried takes a row's features (d,), in the order of the blocks; those that change nothing left out.

    Tried are, of each column, the value nearest to what is likely and the usual ones.
    """
    found: dict[Move, float] = {}
    for k, choice in enumerate(similar.choices):
        if choice is None:
            continue
        own = similar.blocks.slice(k)
        nearest = int(choice.known[np.abs(choice.features - likely[own]).sum(axis=1).argmin()])
        tried = list(dict.fromkeys((nearest, *choice.usual)))
        far = np.abs(row[own] - similar.rows[tried, own]).sum(axis=1).tolist()
        found |= {(k, source): away for source, away in zip(tried, far, strict=True) if away > 0}
    return found


@kernel
def _move(
    row: NDArray[np.float32], rows: NDArray[np.float32], order: NDArray[np.intp], start: NDArray[np.int64],
    moves: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float32],
) -> None:  # fmt: skip  # one argument a line says no more
    """Fill `values` (m, d) with copies of a row, each after its moves: those before `ends` and after the end of the one before."""
    at = 0
    for s in range(len(ends)):
        for f in range(len(row)):
            values[s, f] = row[f]
        while at < ends[s]:
            for f in range(start[moves[at, 0]], start[moves[at, 0] + 1]):
                values[s, order[f]] = rows[moves[at, 1], f]
            at += 1


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
