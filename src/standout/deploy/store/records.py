"""The nouns of the live service, as the store keeps them and every face shows them: frozen, plain, without behaviour of their own.

Times are UTC and aware. Ids are integers that the store gives; `id` is 0 in a record that was not stored yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Outcome(IntEnum):
    """Where a row's way through the service ended: the first stage that stopped it, in the order in which they stand."""

    DUPLICATE = 0  # its event id was taken in before
    REJECTED = 1  # it could not be read as the model's columns
    WAITING = 2  # held until rows of earlier times have had their chance to come
    LATE = 3  # it came after rows of its entity that were already judged, and the detector needs their order
    ORDINARY = 4  # not strange enough for the policy
    HELD_BACK = 5  # strange enough, and the budget was spent
    SUPPRESSED = 6  # like rows that someone marked as false alarms
    EXPECTED = 7  # during an event of the calendar
    SILENCED = 8  # a silence matched it
    GROUPED = 9  # an alert, and its incident had been told already
    NOTIFIED = 10  # an alert that opened an incident, or made one worse
    SAME_EVENT = 11  # of a series: part of an event that an earlier row was raised for; next to held back in order


RAISED = frozenset({Outcome.GROUPED, Outcome.NOTIFIED})
"""Outcomes of alerts that a person sees in the queue."""
HIDDEN = frozenset({Outcome.SUPPRESSED, Outcome.EXPECTED, Outcome.SILENCED})
"""Outcomes of alerts that are kept and counted, and that nobody is told of."""


class Kind(StrEnum):
    """What raised an alert: a strange row, or something about the stream itself; all of one rank."""

    ROW = "row"
    STOPPED = "stopped"  # no data for longer than usual
    DRIFT = "drift"  # the model's null no longer holds
    STALE = "stale"  # the model is older than the settings allow
    DEFECT = "defect"  # rows that cannot be read, a model that cannot be scored


class Verdict(StrEnum):
    """What a person says of an alert."""

    TRUE = "true"
    FALSE = "false"
    EXPECTED = "expected"
    UNSURE = "unsure"


class Status(StrEnum):
    """How far an incident is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Sending(StrEnum):
    """How far a message of the outbox is."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"  # given up after the last try
    DOUBT = "doubt"  # the process died while it was being sent: it may have arrived


class Role(StrEnum):
    """What the holder of an API key may do; each may also do what those before it may."""

    INGEST = "ingest"
    VIEW = "view"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Stream:
    """A watched stream: its model's file and digest, its policy as parameters, whether it learns, and other settings."""

    name: str
    model: str
    digest: str
    policy: Mapping[str, Any]
    made: datetime
    changed: datetime
    learn: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stream's state in memory as bytes, as it stood after the journal's batch `seq` and the verdicts `judged`."""

    stream: str
    seq: int
    taken: datetime
    body: bytes
    judged: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """Who writes a stream. number: grows with every change of hands, so that an old owner's writes are refused."""

    stream: str
    owner: str
    number: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one stream that were taken in together. body: an Arrow IPC stream, one record batch, with `event_id` first.

    The body is empty once retention has dropped it; the rest stays as long as the event ids do.
    """

    stream: str
    received: datetime
    rows: int
    body: bytes
    first: datetime | None = None  # of the rows' own times
    last: datetime | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of rows, in the order in which they were judged together.

    body: an Arrow IPC stream with batch (seq of the journal), row, raw, p_value, outcome and alert (its id, null for none).
    """

    stream: str
    judged: datetime
    rows: int
    body: bytes
    policy: str  # in words, as it stood
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that stood out. A row's alert has the row's values and its reason; one about the stream has a sentence.

    reason: as `core.reason.Reason.as_dict`. because: the key that alerts of one reason share.
    """

    stream: str
    kind: Kind
    raised: datetime
    sentence: str
    outcome: Outcome
    severity: float = 100.0  # a percentile, 0 to 100
    p_value: float = 0.0
    score: float = 0.0
    event_id: str = ""
    batch: int = 0
    row: int = 0
    entity: str | None = None
    time: datetime | None = None  # the row's own
    because: str = ""
    reason: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    incident: int | None = None
    hidden_by: int | None = None  # the label, calendar or silence that hid it
    verdict: Verdict | None = None  # the newest that was not undone
    id: int = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts that belong together: one entity, near in time, one reason."""

    stream: str
    entity: str | None
    because: str
    headline: str
    opened: datetime
    last: datetime
    alerts: int = 1
    severity: float = 100.0  # the highest
    status: Status = Status.OPEN
    owner: str = ""  # who acknowledged or closed it
    id: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A verdict on an alert, by someone, with a reason; it acts until it is undone."""

    alert: int
    stream: str
    verdict: Verdict
    by: str
    at: datetime
    reason: str = ""
    acts: bool = True  # whether it hides what is like it, or only counts
    undone: datetime | None = None
    undone_by: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that match are kept and counted, and nobody is told. match: stream, entity, because, or a column's value, all equal."""

    match: Mapping[str, str]
    owner: str
    reason: str
    starts: datetime
    ends: datetime
    hidden: int = 0
    lifted: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """An event that is expected, such as a backup each night. repeats: "once", "daily", "weekly" or "monthly", in `zone`."""

    name: str
    owner: str
    match: Mapping[str, str]
    starts: datetime
    lasts: float  # seconds
    repeats: str = "once"
    zone: str = "UTC"
    until: datetime | None = None
    hidden: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a channel, once. key: never repeats; a receiver that knows keys may get it again.

    sent_as: the key that went along, shared by messages that were sent as one. claim, until: which worker is sending it, and
    when it counts as in doubt.
    """

    key: str
    channel: str
    title: str
    body: str
    due: datetime
    incident: int | None = None
    severity: float = 100.0
    state: Sending = Sending.PENDING
    tries: int = 0
    error: str = ""
    sent: datetime | None = None
    sent_as: str = ""
    claim: str = ""
    until: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, of which only a digest is kept. name: whose it is, and what acts are signed with."""

    name: str
    role: Role
    hashed: str
    made: datetime
    revoked: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """Something that somebody did."""

    at: datetime
    who: str
    what: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One minute of one entity in short, for overviews that must not read the journal."""

    stream: str
    entity: str
    minute: datetime
    rows: int
    alerts: int
    severity: float  # the highest
