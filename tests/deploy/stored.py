"""Records to store, with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from standout.deploy.store.records import Alert, Batch, Incident, Kind, Label, Message, Outcome, Stream, Verdict, Verdicts
from standout.deploy.store.store import Store

NOW = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def stream(name: str = "payments", **told: Any) -> Stream:
    return Stream(
        **{"name": name, "model": "m.standout", "digest": "d", "policy": {"per-day": 5}, "made": NOW, "changed": NOW} | told
    )


def batch(rows: int = 2, **told: Any) -> Batch:
    return Batch(**{"stream": "payments", "received": NOW, "rows": rows, "body": b"rows"} | told)


def verdicts(**told: Any) -> Verdicts:
    return Verdicts(**{"stream": "payments", "judged": NOW, "rows": 2, "body": b"scores", "policy": "at most 5 a day"} | told)


def alert(**told: Any) -> Alert:
    return Alert(
        **{"stream": "payments", "kind": Kind.ROW, "raised": NOW, "sentence": "It is odd.", "outcome": Outcome.NOTIFIED} | told
    )


def incident(**told: Any) -> Incident:
    return Incident(
        **{"stream": "payments", "entity": "p1", "because": "amount", "headline": "Odd", "opened": NOW, "last": NOW} | told
    )


def label(number: int, verdict: Verdict = Verdict.FALSE, **told: Any) -> Label:
    return Label(**{"alert": number, "stream": "payments", "verdict": verdict, "by": "anna", "at": NOW} | told)


def message(key: str, **told: Any) -> Message:
    return Message(**{"key": key, "channel": "ops", "title": "Odd", "body": "It is odd.", "due": PAST} | told)


def with_stream(store: Store, *names: str) -> Store:
    with store.writing() as unit:
        for name in names or ("payments",):
            unit.streams.put(stream(name))
    return store
