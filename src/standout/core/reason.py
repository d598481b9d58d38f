"""Why a row stands out, column by column; and the contract of what finds that out.

The unit of a reason is the *excess*: how far the served score lies above that of a typical training row, in the score's own unit.
Each column has a share of it; the shares of all columns sum to 1, and so their amounts to the excess.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from standout.core.judged import Judged
from standout.core.matrix import Feature, Matrix
from standout.core.part import Floats, Part, State
from standout.core.shown import as_html
from standout.core.table import Schema, Table

How = Literal["value", "combination", "missing", "course"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One column's part in a row's strangeness.

    share: of the score's excess, 0 to 1.
    seen: the value as read, None where missing.
    expected: what the rest of the row makes likely (a number or a category), or what the column of a series was before it moved; None
        where nothing can be said.
    usual: the range (5th to 95th percentile) of a number or the commonest categories.
    how: "value" where it is unusual by itself, "combination" where only given the others, "missing" where absence is strange,
        "course" where the values around it in time are what is unusual.
    back: in a series, how many rows before this one the column was farthest from what it was before (0 this one, below 0 after it);
        else None.
    """

    column: str
    share: float
    seen: Any
    expected: Any
    usual: tuple[Any, ...]
    how: How
    back: int | None = None

    @property
    def key(self) -> str:
        """The column and in what way it stands out, the same for rows that stand out in the same way."""
        if self.how == "value" and len(self.usual) == 2 and _is_number(self.seen) and all(map(_is_number, self.usual)):
            return f"{self.column} {'above' if self.seen > self.usual[1] else 'below'}"
        return f"{self.column} {self.how}"


@dataclass(frozen=True, slots=True)
class Change:
    """One column of a counterfactual: the value as read, and one within what was seen in training."""

    column: str
    seen: Any
    to: Any


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The fewest columns found that bring a row under the limit when they change; none where no such change was found.

    score: what the row would then score; limit: the score from which it is raised. rows: in how many rows, up to and with this one,
    the change is held; more than one in a series, where the score reads earlier rows as well.
    """

    changes: tuple[Change, ...]
    score: float
    limit: float
    rows: int = 1

    @property
    def found(self) -> bool:
        """Whether there is such a change."""
        return bool(self.changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        changes = [{"column": c.column, "seen": plain(c.seen), "to": plain(c.to)} for c in self.changes]
        return {
            "found": self.found,
            "changes": changes,
            "score": plain(self.score),
            "limit": plain(self.limit),
            "rows": self.rows,
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one row stands out: contributions, largest first, and one sentence that a person reads aloud.

    told: how many of the contributions, from the first, the sentence speaks of. excess: of the served score over a typical training
    row's, in the score's unit, 0 where there is none; the shares of the contributions and `rest`, that of the columns not listed, sum
    to 1. similar: usual training rows nearest to this one in the columns that are not told, each as values by column.
    """

    row: int
    contributions: tuple[Contribution, ...]
    sentence: str
    told: int = 0
    excess: float = 0.0
    rest: float = 0.0
    similar: tuple[Mapping[str, Any], ...] = ()
    counterfactual: Counterfactual | None = None

    @property
    def key(self) -> str:
        """Equal for rows that stand out for the same reason: the columns told, in any order, and in what way each stands out.

        >>> high = Contribution("amount", 0.9, 500.0, 20.0, (4.0, 320.0), "value")
        >>> Reason(7, (high,), "amount is 500, above the usual 4 to 320.", told=1).key
        'amount above'
        """
        return "; ".join(sorted(c.key for c in self.contributions[: self.told]))

    def __repr__(self) -> str:
        return f"Reason(row {self.row}: {self.sentence})"

    _repr_html_ = as_html

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        columns = [
            {"column": c.column, "share": c.share, "seen": plain(c.seen), "expected": plain(c.expected),
             "usual": [plain(u) for u in c.usual], "how": c.how, **({} if c.back is None else {"back": c.back})}
            for c in self.contributions
        ]  # fmt: skip  # one line a field reads worse
        found: dict[str, Any] = {"row": self.row, "sentence": self.sentence, "key": self.key, "excess": plain(self.excess)}
        found |= {"columns": columns, "rest": self.rest}
        found["similar"] = [{k: plain(v) for k, v in row.items()} for row in self.similar]
        if self.counterfactual is not None:
            found["counterfactual"] = self.counterfactual.as_dict()
        return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    """A value of a table as JSON has it: times as text, numbers that are not finite as text."""
    if isinstance(value, np.datetime64):
        return str(value)
    value = value.item() if isinstance(value, np.generic) else value
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


@dataclass(frozen=True)
class Attributions:
    """How much each source column adds to the score of some rows.

    shares: (n, columns), 0 and up, of each row's excess; they sum to 1, also where there is no excess to share out. scores: (n,), as
    served. typical: the score of a typical training row.
    """

    columns: tuple[str, ...]
    shares: Floats
    scores: Floats
    typical: float

    @property
    def excess(self) -> Floats:
        """How far each score lies above a typical one, 0 where it does not, shape (n,)."""
        return np.maximum(self.scores - self.typical, 0.0)

    @property
    def amounts(self) -> Floats:
        """What each column adds, shape (n, columns), in the score's unit, 0 and up; a row's sum is its excess."""
        return self.shares * self.excess[:, None]


class Explains(Protocol):
    """An explainer at work on one model, with everything that does not depend on the rows done beforehand."""

    def attributions(self, judged: Judged) -> Attributions:
        """The amounts of all columns, in the order of the rows."""

    def reasons(self, judged: Judged, limit: float | None = None) -> Sequence[Reason]:
        """A reason for each row, in their order; a row alone gets the reason that it gets among others.

        limit: the score from which rows are raised; with it each reason has a counterfactual.
        """


@dataclass(frozen=True)
class Explainer(Part):
    """Finds which columns made a row strange, for any detector."""

    family: ClassVar[str] = "explainer"

    @abstractmethod
    def fit(self, table: Table, matrix: Matrix, own: Floats, rng: np.random.Generator) -> State:
        """Learn what is usual from training rows, their features, and their own scores as they are served, shape (n,)."""

    @abstractmethod
    def ready(self, state: State, schema: Schema, features: tuple[Feature, ...]) -> Explains:
        """What explains rows of a model with this schema and these features."""
