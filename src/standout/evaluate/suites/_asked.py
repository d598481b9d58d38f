"""What a benchmark is asked to do, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from zlib import crc32

from standout.core.errors import ParameterError, UnreadableError
from standout.core.part import Floats

SEEDS = 5
CAP = 50_000
QUICK_CAP = 3_000

HALVES = ("all", "even", "odd", "development", "apart")


def half_of(name: str) -> str:
    """Which half a set belongs to, by its name alone: "development", to look at while building, or "apart".

    >>> half_of("3"), half_of("4")
    ('apart', 'development')
    """
    return "apart" if crc32(name.encode()) % 2 else "development"


@dataclass(frozen=True)
class Asked:
    """What to measure, on what, and how thoroughly.

    data: the folder of public sets. protocol: one of the suite's, or "" for all. detectors: names, class paths or JSON; none means
    the suite's own choice. seeds, cap: how many runs a set, and at most how many rows of it, a seeded sample. half: "even" or "odd"
    takes every other set, "development" or "apart" those whose names say so (`half_of`), so that what was looked at while building
    is kept apart from what is reported. peers: other libraries. only: a pattern that the names of the sets must match. fit, of
    series: "whole" or "train". apart, of nab: rows after a detection that do not detect anew; None takes a fifth of the rows learned
    first. as_run: what a run without a named detector gives each row of a series, from its values (n, d), how many first rows are
    learned from, whether scores may look ahead, and the seed.
    """

    data: Path
    protocol: str = ""
    detectors: tuple[str, ...] = ()
    seeds: int = SEEDS
    cap: int = CAP
    half: str = "all"
    peers: bool = True
    only: str = "*"
    fit: str = "whole"
    apart: int | None = None
    as_run: Callable[[Floats, int, bool, int], Floats] | None = None

    def protocols(self, known: Mapping[str, str]) -> tuple[str, ...]:
        """The protocols to run; ParameterError names one that the suite does not have."""
        if self.protocol and self.protocol not in known:
            raise ParameterError(f"This suite has no protocol {self.protocol!r}.", f"It has {', '.join(known)}.")
        return (self.protocol,) if self.protocol else tuple(known)

    def files(self, folder: str, *patterns: str) -> list[Path]:
        """The files of a folder of sets that were asked for, sorted; UnreadableError where there is none."""
        found = self._matching(folder, *patterns)
        if self.half in ("even", "odd"):
            found = found[0 if self.half == "even" else 1 :: 2]
        elif self.half != "all":
            found = [path for path in found if half_of(path.stem) == self.half]
        return [path for path in found if fnmatch(path.stem, self.only)]

    def file(self, folder: str, pattern: str) -> Path:
        """The first file that matches, whichever half was asked for; UnreadableError where there is none."""
        return self._matching(folder, pattern)[0]

    def _matching(self, folder: str, *patterns: str) -> list[Path]:
        found = sorted(path for pattern in patterns for path in (self.data / folder).glob(pattern))
        if not found:
            raise UnreadableError(
                f"There is no {folder}/{patterns[0]} in {self.data}.",
                "Point --data to a folder laid out as docs/benchmarks.md says.",
            )
        return found


@dataclass(frozen=True)
class Result:
    """One protocol of one suite.

    measures: what the numbers of a cell are, in percent. sets: for each set and each competitor one number a measure, the mean over
    seeds. seconds: of each competitor in all. facts: what else must be said with the numbers. failed: why a cell is empty.
    """

    title: str
    measures: tuple[str, ...]
    sets: Mapping[str, Mapping[str, tuple[float, ...] | None]]
    seconds: Mapping[str, float]
    facts: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    halved: bool = False

    @property
    def who(self) -> tuple[str, ...]:
        """The competitors, in the order they ran."""
        return tuple(self.seconds)

    @property
    def common(self) -> tuple[str, ...]:
        """The sets that every competitor has a figure for: a mean over fewer would not be comparable."""
        return tuple(name for name, row in self.sets.items() if all(row.get(w) is not None for w in self.who))

    @property
    def mean(self) -> dict[str, tuple[float, ...]]:
        """The mean over the common sets; empty where there is none."""
        return self._mean_of(self.common)

    @property
    def halves(self) -> dict[str, tuple[str, ...]]:
        """The common sets of each half that has any; empty where they are not told apart."""
        found = {half: tuple(n for n in self.common if half_of(n) == half) for half in HALVES[3:]} if self.halved else {}
        return {half: names for half, names in found.items() if names}

    def _mean_of(self, names: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
        rows = [self.sets[name] for name in names]
        if not rows:
            return {}
        return {w: tuple(sum(column) / len(rows) for column in zip(*(r[w] or () for r in rows), strict=True)) for w in self.who}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "title": self.title,
            "measures": list(self.measures),
            "sets": {name: {w: None if v is None else list(v) for w, v in row.items()} for name, row in self.sets.items()},
            "mean": {w: list(v) for w, v in self.mean.items()},
            "sets_in_mean": len(self.common),
            "halves": {
                half: {"sets": len(names), "mean": {w: list(v) for w, v in self._mean_of(names).items()}}
                for half, names in self.halves.items()
            },
            "seconds": dict(self.seconds),
            "failed": dict(self.failed),
            **self.facts,
        }

    def markdown(self) -> str:
        """A table with a row a set and a column a competitor."""
        told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in self.facts.items() if not isinstance(value, dict))
        lines = [f"## {self.title}: {' / '.join(self.measures)}", "", f"{len(self.sets)} sets, {told}.", ""]
        lines += ["| set | " + " | ".join(self.who) + " |", "|---" * (len(self.who) + 1) + "|"]
        rows: list[tuple[str, Mapping[str, tuple[float, ...] | None]]] = list(self.sets.items())
        if self.mean:
            rows.append((f"**mean of {len(self.common)}**", self.mean))
            rows += [(f"**{half} half, mean of {len(names)}**", self._mean_of(names)) for half, names in self.halves.items()]
        for name, row in rows:
            lines.append(f"| {name} | " + " | ".join(_cell(row.get(w)) for w in self.who) + " |")
        lines.append("| seconds in all | " + " | ".join(f"{self.seconds[w]:.0f}" for w in self.who) + " |")
        lines += ["", *(f"No figure for {cell}: {why}" for cell, why in self.failed.items())] if self.failed else []
        return "\n".join(lines)


def _cell(values: tuple[float, ...] | None) -> str:
    return "none" if values is None else " / ".join(f"{v:.1f}" for v in values)
