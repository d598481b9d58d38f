"""What the HTTP face asks of the service, until it has landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

import pyarrow as pa

from standout.core.calibrator import Policy
from standout.core.model import Model
from standout.core.reason import Reason
from standout.core.scores import Scores
from standout.deploy.live.answers import Effect, Health, NewLabel, NewSilence, Receipt, Rows, Trace
from standout.deploy.live.settings import Settings
from standout.deploy.store.records import Label, Silence
from standout.deploy.store.store import Store


class Stream(Protocol):
    """One watched stream."""

    @property
    def model(self) -> Model:
        """Its model as it stands."""

    @property
    def policy(self) -> Policy:
        """What decides now."""


class Service(Protocol):
    """The service of decision 17."""

    settings: Settings
    store: Store

    @property
    def streams(self) -> Mapping[str, Stream]:
        """By name."""

    def score(self, stream: str, table: pa.Table) -> Scores:
        """As decision 17 tells."""

    def explain(self, stream: str, table: pa.Table) -> Sequence[Reason]:
        """As decision 17 tells."""

    def submit(self, stream: str, rows: Rows) -> Future[Receipt]:
        """As decision 17 tells."""

    def why(self, stream: str, event_id: str) -> Trace:
        """As decision 17 tells."""

    def preview(self, verdict: NewLabel) -> Effect:
        """As decision 17 tells."""

    def label(self, verdict: NewLabel) -> Label:
        """As decision 17 tells."""

    def undo(self, label: int, by: str) -> None:
        """As decision 17 tells."""

    def silence(self, silence: NewSilence) -> Silence:
        """As decision 17 tells."""

    def lift(self, silence: int, by: str) -> None:
        """As decision 17 tells."""

    def acknowledge(self, incident: int, by: str) -> None:
        """As decision 17 tells."""

    def close_incident(self, incident: int, by: str) -> None:
        """As decision 17 tells."""

    def health(self) -> Health:
        """As decision 17 tells."""
