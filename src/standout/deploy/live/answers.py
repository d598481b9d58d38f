"""What the service is asked and what it answers, as plain frozen values that every face can show.

>>> stage = Stage("silence", True, "No silence matched it.")
>>> stage.as_dict()
{'name': 'silence', 'passed': True, 'sentence': 'No silence matched it.', 'numbers': {}}
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.scores import Scores
from standout.deploy.store.records import Outcome, Verdict

Rows = pa.Table | pa.RecordBatch | Sequence[Mapping[str, Any]]
"""Rows to take in: an Arrow table, or mappings from column to value; event ids stand in the column or key of that name."""

Scored = Scores
"""What a model says of rows that are not stored: raw score, p-value, severity, findings; in the order of the rows."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of rows that were taken in, in their order; given only after the store has them.

    batch: the journal's number, 0 where every row was a duplicate. ids: of each row, as the sender gave it or else
    ``batch.row``. outcomes: of `Outcome`, shape (n,). severity: a percentile, 0 to 100, NaN where a row was not scored (yet).
    rejected: why, by row. alerts: ids of the alerts that rows became, by row.
    """

    stream: str
    batch: int
    ids: Sequence[str]
    outcomes: NDArray[np.int8]
    severity: NDArray[np.float64]
    rejected: Mapping[int, str] = field(default_factory=dict)
    alerts: Mapping[int, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows ended where, such as {"ordinary": 98, "notified": 2}."""
        if len(self.outcomes) == 1:  # a single event, of which there are many
            return {WORDS[self.outcomes[0]]: 1}
        return {WORDS[o]: number for o, number in enumerate(np.bincount(self.outcomes).tolist()) if number}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: one entry a row."""
        rows = [
            {
                "event_id": self.ids[i],
                "outcome": WORDS[outcome],
                "severity": None if math.isnan(severity) else severity,
                **({"rejected": self.rejected[i]} if i in self.rejected else {}),
                **({"alert": self.alerts[i]} if i in self.alerts else {}),
            }
            for i, (outcome, severity) in enumerate(zip(self.outcomes.tolist(), self.severity.tolist(), strict=True))
        ]
        findings = [f.as_dict() for f in self.findings]
        return {"stream": self.stream, "batch": self.batch, "counts": self.counts, "rows": rows, "findings": findings}


def word(outcome: Outcome) -> str:
    """An outcome as it is written everywhere.

    >>> word(Outcome.HELD_BACK)
    'held-back'
    """
    return outcome.name.lower().replace("_", "-")


WORDS = tuple(word(outcome) for outcome in Outcome)
"""The word of each outcome, by its number."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an event's way: whether it went on from there, a sentence, and the numbers behind it."""

    name: str
    passed: bool
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"name": self.name, "passed": self.passed, "sentence": self.sentence, "numbers": dict(self.numbers)}


@dataclass(frozen=True, slots=True)
class Trace:
    """Why someone was, or was not, told of an event: every stage that it came to, in order; the last one decided.

    alert, incident: their ids where it came so far.
    """

    stream: str
    event_id: str
    outcome: Outcome
    sentence: str
    stages: tuple[Stage, ...]
    batch: int
    row: int
    received: datetime
    alert: int | None = None
    incident: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "stream": self.stream,
            "event_id": self.event_id,
            "outcome": word(self.outcome),
            "sentence": self.sentence,
            "stages": [s.as_dict() for s in self.stages],
            "batch": self.batch,
            "row": self.row,
            "received": self.received.isoformat(),
            "alert": self.alert,
            "incident": self.incident,
        }


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A verdict to be given. acts: whether it hides what is like it, or only counts."""

    alert: int
    verdict: Verdict
    by: str
    reason: str = ""
    acts: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What a label would do, shown before it is accepted. hidden, confirmed: of the alerts of so many days."""

    hidden: int
    confirmed: int
    days: float
    sentence: str


@dataclass(frozen=True, slots=True)
class NewSilence:
    """A silence to be made. match: stream, entity, because, kind, or a column's value, all equal. lasts: seconds from `starts`.

    starts: now unless told.
    """

    match: Mapping[str, str]
    owner: str
    reason: str
    lasts: float
    starts: datetime | None = None


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How one stream is.

    owned: whether this server watches it; else `owner` does, and this one scores and reads. counts: rows since the start by
    outcome. quiet: seconds since the last rows; usual: the longest quiet that is usual, None while that is not known.
    waiting: rows held until their time comes. drift: decimal logarithm of the evidence against the model's null since it last
    held; sure from 6. model_age: days since the model file was written.
    """

    name: str
    owned: bool
    owner: str
    model: str
    detector: str
    policy: str
    learn: bool
    counts: Mapping[str, int]
    last: datetime | None
    quiet: float | None
    usual: float | None
    stopped: bool
    waiting: int
    entities: int
    drift: float
    model_age: float | None
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        last = None if self.last is None else self.last.isoformat()
        return plain | {"counts": dict(self.counts), "last": last, "findings": [f.as_dict() for f in self.findings]}


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. ready: it takes rows in. queued: rows that wait to be taken in, of at most `room`.

    store: "good", or what is wrong with it. behind: seconds that the oldest of what waits has waited.
    """

    ready: bool
    store: str
    queued: int
    room: int
    behind: float
    streams: Mapping[str, StreamHealth]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        streams = {name: stream.as_dict() for name, stream in self.streams.items()}
        return {
            "ready": self.ready,
            "store": self.store,
            "queued": self.queued,
            "room": self.room,
            "behind": self.behind,
            "streams": streams,
        }
