"""Reasons of many rows told at once, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standout.core.finding import Finding
from standout.core.reason import plain


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Rows that stand out for the same reason, by their numbers, and one sentence that tells of all of them."""

    key: str
    rows: tuple[int, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Driver:
    """A column by its share of the excess of many rows together, 0 to 1, and of how many rows it is the first reason."""

    column: str
    share: float
    first: int


@dataclass(frozen=True)
class Dependence:
    """How the score goes with one column, all others left as they are in some usual rows.

    values: of the column, in order: numbers, times, categories or flags. scores: the mean score at each; low, high: the 10th and 90th
    percentile over those rows.
    """

    column: str
    values: tuple[Any, ...]
    scores: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """How often reasons name the columns in which a fault was planted.

    kind: of fault. rate: the share of planted columns that are among the first two. chance: what two columns drawn at random
    would reach. rows: how many rows were planted in. unseen: whether the reasons are of a model that had not learned from them.
    """

    kind: str
    rate: float
    chance: float
    rows: int
    unseen: bool = True


@dataclass(frozen=True)
class Overview:
    """What drives the alerts of a file, and how often reasons are right on it.

    groups: alerts of one reason together, largest first. drivers: columns by their share of all excess. dependences: of the score on the
    first of them. hits: on planted faults; findings: where these are poor or cannot be measured.
    Each is empty where it does not apply.
    """

    groups: tuple[ReasonGroup, ...] = ()
    drivers: tuple[Driver, ...] = ()
    dependences: tuple[Dependence, ...] = ()
    hits: tuple[Hit, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "groups": [{"key": g.key, "rows": list(g.rows), "sentence": g.sentence} for g in self.groups],
            "drivers": [{"column": d.column, "share": d.share, "first": d.first} for d in self.drivers],
            "dependence": [_dependence(d) for d in self.dependences],
            "hit_rates": [{"kind": h.kind, "rate": h.rate, "chance": h.chance, "rows": h.rows} for h in self.hits],
            "findings": [f.as_dict() for f in self.findings],
        }


def _dependence(told: Dependence) -> Mapping[str, Any]:
    columns = {
        "values": [plain(v) for v in told.values],
        "scores": list(told.scores),
        "low": list(told.low),
        "high": list(told.high),
    }
    return {"column": told.column, **columns}
