"""Why a row stands out, column by column; and the contract of what finds that out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from standout.core.matrix import Matrix
from standout.core.part import Floats, Part, State
from standout.core.table import Table


@dataclass(frozen=True, slots=True)
class Contribution:
    """One column's part in a row's strangeness.

    share: of the score's excess, 0 to 1.
    seen: the value as read, None where missing.
    expected: what the rest of the row makes likely (a number or a category), None where nothing can be said.
    usual: the range (5th to 95th percentile) of a number or the commonest categories.
    how: "value" where it is unusual by itself, "combination" where only given the others, "missing" where absence is strange.
    """

    column: str
    share: float
    seen: Any
    expected: Any
    usual: tuple[Any, ...]
    how: Literal["value", "combination", "missing"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one row stands out: contributions, largest first, and one sentence that a person reads aloud."""

    row: int
    contributions: tuple[Contribution, ...]
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        columns = [
            {"column": c.column, "share": c.share, "seen": _plain(c.seen), "expected": _plain(c.expected),
             "usual": [_plain(u) for u in c.usual], "how": c.how}
            for c in self.contributions
        ]  # fmt: skip  # one line a field reads worse
        return {"row": self.row, "sentence": self.sentence, "columns": columns}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, np.datetime64) else value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Explainer(Part):
    """Finds which columns made a row strange, for any detector."""

    family: ClassVar[str] = "explainer"

    @abstractmethod
    def fit(self, table: Table, matrix: Matrix, rng: np.random.Generator) -> State:
        """Learn what is usual from training rows and their features."""

    @abstractmethod
    def reasons(
        self,
        state: State,
        table: Table,
        matrix: Matrix,
        score: Callable[[Matrix], Floats],
        attribute: Callable[[Matrix], Floats] | None,
    ) -> Sequence[Reason]:
        """A reason for each row; `score` is the served score, `attribute` the detector's own attribution where it has one."""
