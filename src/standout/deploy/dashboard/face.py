"""What the pages ask of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from standout.core.calibrator import Policy
from standout.core.model import Model
from standout.deploy.live.answers import Effect, Health, NewLabel, NewSilence, Trace
from standout.deploy.store.records import Calendar, Label, Silence
from standout.deploy.store.store import Store
from standout.evaluate.replay import Replayed


class Watched(Protocol):
    """One watched stream."""

    @property
    def model(self) -> Model:
        """Its model as it stands."""


class Service(Protocol):
    """The service of decision 17, as far as people at the dashboard need it."""

    @property
    def store(self) -> Store:
        """What lists are read from."""

    @property
    def streams(self) -> Mapping[str, Watched]:
        """By name."""

    def health(self) -> Health:
        """How it is."""

    def why(self, stream: str, event_id: str) -> Trace:
        """Why somebody was, or was not, told."""

    def set_policy(self, stream: str, policy: Policy, by: str) -> None:
        """Let another budget hold."""

    def replay(self, stream: str, policy: Policy, days: float) -> Replayed:
        """What a budget would have raised."""

    def silence(self, silence: NewSilence) -> Silence:
        """Keep what matches quiet."""

    def lift(self, silence: int, by: str) -> None:
        """End a silence."""

    def expect(self, event: Calendar) -> Calendar:
        """Expect an event."""

    def unexpect(self, calendar: int, by: str) -> None:
        """Expect it no more."""

    def acknowledge(self, incident: int, by: str) -> None:
        """Somebody looks after it."""

    def close_incident(self, incident: int, by: str) -> None:
        """It is over."""


@runtime_checkable
class TakesLabels(Protocol):
    """A service that takes verdicts; one that does not yet shows alerts all the same."""

    def preview(self, verdict: NewLabel) -> Effect:
        """What a label would do."""

    def label(self, verdict: NewLabel) -> Label:
        """Give a verdict."""

    def undo(self, label: int, by: str) -> None:
        """Take a verdict back."""
