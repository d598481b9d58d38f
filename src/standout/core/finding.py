"""One thing noticed: a code, how serious it is, its numbers, and one thing to try.

Nothing is dropped, clipped or defaulted in silence: whoever does so makes a finding, and findings are shown. A kind of
finding is declared once, beside the code that notices it; the declaration is also its documentation.

>>> CONSTANT = FindingKind("example-constant", "info", "{column} is {value} in all {rows} rows.", "It is left out.")
>>> finding = CONSTANT.found(column="site", value="A", rows=12)
>>> finding.message
'site is A in all 12 rows.'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Level = Literal["info", "warning", "problem"]
LEVELS: tuple[Level, ...] = ("info", "warning", "problem")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth telling, about one column or about the whole."""

    code: str
    level: Level
    message: str
    hint: str = ""
    column: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "code": self.code,
            "level": self.level,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True)
class FindingKind:
    """The declaration of a finding: its code, level, sentence with places for the numbers, and hint."""

    code: str
    level: Level
    says: str
    hint: str = ""

    catalogue: ClassVar[dict[str, FindingKind]] = {}

    def __post_init__(self) -> None:
        known = self.catalogue.setdefault(self.code, self)
        if known != self:
            raise ValueError(f"two kinds of finding share the code {self.code!r}")

    def found(self, *, column: str | None = None, **numbers: Any) -> Finding:
        """A finding of this kind; the numbers fill the places of its sentence."""
        places = {"column": column, **numbers}
        return Finding(self.code, self.level, self.says.format(**places), self.hint.format(**places), column, numbers)


SUMMED = ("rows", "values", "count")
"""Numbers of a finding that add up over the pieces of a file."""


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for each code and column, in order of first appearance; counts from several pieces are added up.

    >>> kind = FindingKind("example-unread", "warning", "{rows} values of {column} could not be read.")
    >>> [f.message for f in merged([kind.found(column="a", rows=2), kind.found(column="a", rows=3)])]
    ['5 values of a could not be read.']
    """
    together: dict[tuple[str, str | None], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.column)
        earlier = together.get(key)
        if earlier is None:
            together[key] = finding
        elif sums := {
            k: earlier.numbers[k] + finding.numbers[k] for k in SUMMED if k in finding.numbers and k in earlier.numbers
        }:
            together[key] = FindingKind.catalogue[finding.code].found(column=finding.column, **{**earlier.numbers, **sums})
    return tuple(together.values())
