"""What is said of a row and a column: the contribution, and the clause of the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from standout.core.matrix import Matrix
from standout.core.part import Floats
from standout.core.reason import Contribution
from standout.core.table import Kind, Table
from standout.explain.alike import Alike
from standout.explain.blocks import Blocks
from standout.explain.replace import LEVELED, Replacements
from standout.explain.sentences import clause
from standout.explain.usual import Usual, as_level

CLEAR = 0.3  # scales; a column that moves what is expected by less is not named as the reason to expect it


@dataclass(frozen=True, slots=True)
class Part:
    """A contribution, the place of its column, and that of the column which speaks against its category."""

    k: int
    contribution: Contribution
    given: int | None


@dataclass(frozen=True)
class Teller:
    """What is known of some alerts; away: features less their mean; aside: columns set aside, see `gaussian.untangle`."""

    table: Table
    matrix: Matrix
    blocks: Blocks
    columns: Sequence[Usual]
    replaced: Replacements
    precision: Floats
    away: Floats
    aside: NDArray[np.int64]
    alike: Alike

    def part(self, i: int, k: int, share: float) -> Part:
        """Column k's part in row i's strangeness."""
        column, how, given = self.columns[k], self._how(i, k), None
        seen, expected = self.table[column.name].at(i), self.replaced.expected(i, k)
        if how == "combination" and column.kind in LEVELED:
            against = self.alike.speaks_against(i, k)
            if against is None:
                how = "value"  # it goes with the others as well as with any: what is unusual is that it is not the commonest
            else:
                given, instead = against
                expected = instead if isinstance(seen, str) else instead == "yes"
        if how == "combination" and column.kind is Kind.NUMBER and not column.within(seen) and self._pull(i, k) is None:
            how = "value"  # no other column makes it unusual, and few rows lie as far out
        if column.kind in LEVELED and expected is not None and seen is not None and as_level(expected) == as_level(seen):
            expected = None
        return Part(k, Contribution(column.name, share, seen, expected, column.range, how), given)

    def clauses(self, i: int, parts: Sequence[Part]) -> list[str]:
        """One for each part, but none for a column that only goes badly with one already told to go badly with it."""
        told: list[str] = []
        givens: set[int | None] = set()
        for part in parts:
            if part.contribution.how == "combination" and part.k in givens:
                continue
            given = part.given
            if part.contribution.how == "combination" and self.columns[part.k].kind is Kind.NUMBER:
                given = self._pull(i, part.k)
            named = None if given is None else (self.columns[given].name, self.table[self.columns[given].name].at(i))
            told.append(clause(part.contribution, self.columns[part.k], named, self._aspect(i, part.k)))
            givens.add(given)
        return told

    def _how(self, i: int, k: int) -> Literal["value", "combination", "missing"]:
        seen = self.table[self.columns[k].name].at(i)
        if seen is None:
            return "missing"
        far = float(np.abs(self.away[i, self.blocks.slice(k)]).max())
        return "value" if self.columns[k].unusual(seen, far) else "combination"

    def _aspect(self, i: int, k: int) -> str:
        own = self.blocks.slice(k)
        return self.matrix.features[self.blocks.order[own][int(np.abs(self.away[i, own]).argmax())]].what

    def _pull(self, i: int, k: int) -> int | None:
        """The column, of those not set aside, that moves most what is expected in column k; None where none does by much."""
        aside = sorted({k, *(a for a in self.aside[i].tolist() if a >= 0)})
        places = np.concatenate([np.arange(*self.blocks.start[a : a + 2]) for a in aside])
        own = self.blocks.slice(k).start  # of a number or time with several features, the first is its value
        row = np.linalg.solve(self.precision[np.ix_(places, places)], self.precision[places])[list(places).index(own)]
        pull = np.add.reduceat(row * self.away[i], self.blocks.start[:-1])
        pull[aside] = 0.0
        best = int(np.abs(pull).argmax())
        return best if abs(pull[best]) >= CLEAR else None
