"""A service that only keeps: the face of the real one over a real store, without models, for pages that need no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from standout.core.calibrator import Policy
from standout.core.finding import FindingKind
from standout.core.scores import Scores
from standout.deploy.live.answers import Effect, Health, NewLabel, NewSilence, Stage, StreamHealth, Trace
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import RAISED, Audit, Calendar, Label, Outcome, Silence, Status, Verdict
from standout.deploy.store.store import Store
from standout.evaluate.replay import Replayed, replay

MOVED = FindingKind(
    "column-moved", "warning", "{column} has moved: half of its values lie above {where}.", "Fit again on newer rows."
)


@dataclass
class Keeper:
    """As `Service`."""

    store: Store
    drift: Mapping[str, float] = field(default_factory=dict)
    stopped: frozenset[str] = frozenset()
    streams: Mapping[str, Any] = field(default_factory=dict)

    def preview(self, label: NewLabel) -> Effect:
        with self.store.reading() as unit:
            alert = unit.alerts.get(label.alert)
            assert alert is not None
            like = AlertFilter(stream=alert.stream, because=alert.because, outcomes=RAISED)
            hidden = unit.alerts.count(like) if label.acts else 0
            confirmed = (
                unit.alerts.count(AlertFilter(stream=alert.stream, because=alert.because, verdict=Verdict.TRUE))
                if label.acts
                else 0
            )
        return Effect(
            hidden, confirmed, 30.0, f"It would have hidden {hidden} alerts of the last 30 days and {confirmed} confirmed ones."
        )

    def label(self, label: NewLabel) -> Label:
        now = datetime.now(UTC)
        with self.store.writing() as unit:
            alert = unit.alerts.get(label.alert)
            assert alert is not None
            unit.audit.add(Audit(now, label.by, "label", {"alert": label.alert, "verdict": label.verdict.value}))
            number = unit.labels.add(Label(label.alert, alert.stream, label.verdict, label.by, now, label.reason, label.acts))
            found = unit.labels.get(number)
        assert found is not None
        return found

    def undo(self, label: int, by: str) -> None:
        with self.store.writing() as unit:
            unit.labels.undo(label, by, datetime.now(UTC))

    def silence(self, silence: NewSilence) -> Silence:
        now = datetime.now(UTC)
        made = Silence(silence.match, silence.owner, silence.reason, now, now + timedelta(seconds=silence.lasts))
        with self.store.writing() as unit:
            found = unit.silences.get(unit.silences.add(made))
        assert found is not None
        return found

    def lift(self, silence: int, by: str) -> None:
        with self.store.writing() as unit:
            unit.silences.lift(silence, datetime.now(UTC))

    def expect(self, event: Calendar) -> Calendar:
        with self.store.writing() as unit:
            found = unit.calendars.get(unit.calendars.add(event))
        assert found is not None
        return found

    def unexpect(self, number: int, by: str) -> None:
        with self.store.writing() as unit:
            unit.calendars.end(number, datetime.now(UTC))

    def acknowledge(self, incident: int, by: str) -> None:
        with self.store.writing() as unit:
            unit.incidents.set_status(incident, Status.ACKNOWLEDGED, by)

    def close_incident(self, incident: int, by: str) -> None:
        with self.store.writing() as unit:
            unit.incidents.set_status(incident, Status.CLOSED, by)

    def set_policy(self, stream: str, policy: Policy, by: str) -> None:
        with self.store.writing() as unit:
            unit.streams.change(stream, datetime.now(UTC), policy=policy.as_dict())

    def replay(self, stream: str, policy: Policy, days: float) -> Replayed:
        rng, n = np.random.default_rng(3), round(days * 1000)
        now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
        times = now - np.sort(rng.uniform(0, days * 86400e6, n).astype("int64"))[::-1].astype("timedelta64[us]")
        p = rng.uniform(size=n)
        return replay(policy, Scores.of(-np.log(p), p) if hasattr(Scores, "of") else Scores(-np.log(p), p), times)

    def why(self, stream: str, event_id: str) -> Trace:
        stages = (
            Stage("read", True, "It could be read: 6 of 6 columns."),
            Stage("score", True, "Its score is 7.3, and 1 in 5,200 normal rows scores as high."),
            Stage("policy", True, "It passed the budget of at most 5 alerts a day, as the 2nd of the day."),
            Stage("label", True, "No label keeps what is like it quiet."),
            Stage("silence", True, "No silence matched it."),
            Stage("incident", True, "It opened an incident, and two channels were told."),
        )
        return Trace(stream, event_id, Outcome.NOTIFIED, "You were told of it.", stages, 1, 3, datetime.now(UTC), 1, 1)

    def health(self) -> Health:
        with self.store.reading() as unit:
            names = [s.name for s in unit.streams.all()]
        now = datetime.now(UTC)
        streams: dict[str, Any] = {}
        for name in names:
            moved = (MOVED.found(column="amount", where="61"),) if self.drift.get(name, 0) > 3 else ()
            streams[name] = StreamHealth(
                name, True, "here", f"{name}.standout", "isolation-forest", "at most 5 alerts a day", False,
                {"ordinary": 184_223, "notified": 12, "grouped": 31, "duplicate": 4}, now - timedelta(seconds=12), 12.0, 90.0,
                name in self.stopped, 0, 43, self.drift.get(name, 0.3), 12.4, moved,
            )  # fmt: skip  # one line a field reads worse
        return Health(True, "good", 0, 100_000, 0.0, streams)
