"""What is said of a row and a column: the contribution, and the clause of the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from standout.core.judged import Judged
from standout.core.part import Floats
from standout.core.reason import Contribution, How
from standout.core.table import Column, Kind
from standout.explain.alike import Alike
from standout.explain.blocks import Blocks
from standout.explain.course import Course
from standout.explain.faults import Faults, Found, pulls
from standout.explain.replace import LEVELED, Replacements
from standout.explain.sentences import Then, clause, course_clause
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
    """What is known of some rows, to be told of each column."""

    judged: Judged
    blocks: Blocks
    columns: Sequence[Usual]
    replaced: Replacements
    faults: Faults
    found: Found
    alike: Alike
    course: Course | None = None

    def part(self, i: int, k: int, share: float) -> Part:
        """Column k's part in row i's strangeness."""
        column, given = self.columns[k], None
        seen, expected = self._seen(i, k), self.replaced.expected(i, k)
        how, back = self._how(i, k, seen), self._back(i, k)
        if self.judged.focus[i] != self.judged.at[i] or (self.judged.in_order and how == "combination" and back):
            # what goes with the others at another moment says nothing of this row's value
            how = "course" if how == "combination" else how
            return Part(k, Contribution(column.name, share, seen, self._before(i, k), column.range, how, back), None)
        if how == "combination" and column.kind in LEVELED:
            against = self.alike.speaks_against(i, k)
            if against is None:
                how = "value"  # it goes with the others as well as with any: what is unusual is that it is not the commonest
            else:
                given, instead = against
                expected = instead if isinstance(seen, str) else instead == "yes"
        if how == "combination" and column.kind is Kind.NUMBER and not column.within(seen) and self._pull(i, k) is None:
            how = "value"  # no other column makes it unusual, and few rows lie as far out
        if how == "combination" and self.judged.in_order and self.found.included[i, k] < 0.5:
            how, expected = "course", self._before(i, k)  # it goes with the others at this moment: unusual is how it got there
        if column.kind in LEVELED and expected is not None and seen is not None and as_level(expected) == as_level(seen):
            expected = None
        return Part(k, Contribution(column.name, share, seen, expected, column.range, how, back), given)

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
            named = None if given is None else (self.columns[given], self._seen(i, given))
            if part.contribution.how == "course":
                told.append(course_clause(part.contribution, self.columns[part.k], self._then(i, part.k)))
            else:
                told.append(clause(part.contribution, self.columns[part.k], named, self._aspect(i, part.k)))
            givens.add(given)
        return told

    def _seen(self, i: int, k: int) -> Any:
        return self._values[k].at(i)

    @cached_property
    def _values(self) -> list[Column]:
        return [self.judged.table[column.name] for column in self.columns]

    def _how(self, i: int, k: int, seen: Any) -> How:
        if seen is None:
            return "missing"
        return (
            "value" if self.columns[k].unusual(seen, float(np.abs(self._away(i)[self.blocks.slice(k)]).max())) else "combination"
        )

    def _back(self, i: int, k: int) -> int | None:
        """How many rows back column k was farthest from what it was before; None outside a series."""
        return None if self.course is None else -int(self.course.most[i, self._farthest(i, k)])

    def _farthest(self, i: int, k: int) -> int:
        """The feature of column k that moved most."""
        assert self.course is not None  # asked only in a series
        own = self.blocks.order[self.blocks.slice(k)]
        return int(own[self.course.moved[i, own].argmax()])

    def _before(self, i: int, k: int) -> Any:
        """What column k was before it moved, as a value; None where that cannot be said."""
        if self.course is None:
            return None
        return self.replaced.by.value(k, float(self.course.before[i, self.blocks.order[self.blocks.start[k]]]))

    def _then(self, i: int, k: int) -> Then:
        """Column k at the moment at which it was farthest from what it was before."""
        column, at = self.columns[k], int(self.judged.at[i]) - (self._back(i, k) or 0)
        if at == self.judged.at[i] or column.kind is not Kind.NUMBER:
            return Then(self._seen(i, k) if at == self.judged.at[i] else None)
        feature = float(self.judged.matrix.values[at, self.blocks.order[self.blocks.start[k]]])
        return Then(self.replaced.by.value(k, feature), self.replaced.by.side(k, feature))

    def _away(self, i: int) -> Floats:
        """A row's features, in the order of the blocks, less the mean of the cloud that fits it best."""
        return self._aways[i]

    @cached_property
    def _aways(self) -> Floats:
        return self.judged.rows[:, self.blocks.order] - self.faults.mean[self.found.cloud]

    def _aspect(self, i: int, k: int) -> str:
        own = self.blocks.slice(k)
        return self.judged.matrix.features[self.blocks.order[own][int(np.abs(self._away(i)[own]).argmax())]].what

    def _pull(self, i: int, k: int) -> int | None:
        """The column, of those not set aside, that moves most what is expected in column k; None where none does by much."""
        aside = np.append(self.found.aside[i], k)
        cloud, own = int(self.found.cloud[i]), int(self.blocks.start[k])  # of several features the first is the value
        pull = pulls(self.faults.precision[cloud], self.blocks.start, aside, self._away(i), own)
        best = int(pull.argmax())
        return best if pull[best] >= CLEAR else None
