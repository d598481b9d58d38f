"""One fact that was looked up, and how it is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from standout.core.errors import StandoutError
from standout.core.finding import Level


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked up. level: "problem" where Standout, or the service asked about, cannot work so.

    code: of the error that somebody would meet.

    >>> Fact("temporary files", "/tmp, 12 GB free").as_dict()["level"]
    'info'
    """

    topic: str
    says: str
    level: Level = "info"
    hint: str = ""
    code: str = ""

    @classmethod
    def wrong(cls, topic: str, error: StandoutError) -> Self:
        """A problem, in the words of the error that it would raise."""
        return cls(topic, error.what, "problem", error.hint, error.code)

    def as_dict(self) -> dict[str, str]:
        """Plain values, for JSON."""
        return asdict(self)
