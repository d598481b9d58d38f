"""What people do to the service: each in a transaction of its own, by the engine's thread, signed and audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError
from standout.deploy.live.answers import NewSilence
from standout.deploy.live.calendars import checked_event
from standout.deploy.live.resuming import snapshot
from standout.deploy.live.silences import made
from standout.deploy.live.stream import Stream
from standout.deploy.store.records import Audit, Calendar, Silence, Status
from standout.deploy.store.store import Unit

if TYPE_CHECKING:
    from standout.deploy.live.engine import Engine


class Acts:
    """Acts on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _audit(self, unit: Unit, who: str, what: str, detail: Mapping[str, Any]) -> None:
        if not who:
            raise ParameterError(f"Nobody signed the act {what!r}.", "Say who does it.")
        unit.audit.add(Audit(self._engine.clock.now(), who, what, detail))

    def set_policy(self, stream: Stream, policy: Policy, by: str) -> None:
        """See `Service.set_policy`. A snapshot goes along, so that no replay has to pass the change."""
        engine = self._engine

        def work(unit: Unit) -> None:
            now = engine.clock.now()
            detail = {"stream": stream.name, "policy": policy.as_dict(), "was": stream.policy.as_dict()}
            self._audit(unit, by, "policy changed", detail)
            engine.owning.check(unit, stream.name)
            engine.broken.add(stream.name)
            stream.change_policy(policy)
            unit.streams.settle(stream.name, now, lambda known: {**known, "policy_by": by}, policy=policy.as_dict())
            unit.snapshots.add(snapshot(stream, now))

        engine.do(work)

    def silence(self, asked: NewSilence) -> Silence:
        """See `Service.silence`."""
        silence = made(asked, self._engine.clock.now())

        def work(unit: Unit) -> Silence:
            number = unit.silences.add(silence)
            self._audit(
                unit, silence.owner, "silence made", {"silence": number, "match": silence.match, "reason": silence.reason}
            )
            self._engine.quiet.load(unit, self._engine.clock.now())
            return replace(silence, id=number)

        return self._engine.do(work)

    def lift(self, silence: int, by: str) -> None:
        """See `Service.lift`."""

        def work(unit: Unit) -> None:
            unit.silences.lift(silence, self._engine.clock.now())
            self._audit(unit, by, "silence lifted", {"silence": silence})
            self._engine.quiet.load(unit, self._engine.clock.now())

        self._engine.do(work)

    def expect(self, event: Calendar) -> Calendar:
        """See `Service.expect`."""
        event = checked_event(event)

        def work(unit: Unit) -> Calendar:
            number = unit.calendars.add(event)
            self._audit(unit, event.owner, "event expected", {"calendar": number, "name": event.name, "match": event.match})
            self._engine.quiet.load(unit, self._engine.clock.now())
            return replace(event, id=number)

        return self._engine.do(work)

    def unexpect(self, calendar: int, by: str) -> None:
        """See `Service.unexpect`."""

        def work(unit: Unit) -> None:
            unit.calendars.end(calendar, self._engine.clock.now())
            self._audit(unit, by, "event expected no more", {"calendar": calendar})
            self._engine.quiet.load(unit, self._engine.clock.now())

        self._engine.do(work)

    def acknowledge(self, incident: int, by: str) -> None:
        """See `Service.acknowledge`."""
        self._status(incident, Status.ACKNOWLEDGED, by, "incident acknowledged")

    def close_incident(self, incident: int, by: str) -> None:
        """See `Service.close_incident`."""
        self._status(incident, Status.CLOSED, by, "incident closed")

    def _status(self, incident: int, status: Status, by: str, what: str) -> None:
        def work(unit: Unit) -> None:
            unit.incidents.set_status(incident, status, by)
            self._audit(unit, by, what, {"incident": incident})
            for stream in self._engine.streams.values():
                stream.alarms.incidents.status(incident, status, by)

        self._engine.do(work)
