"""A model that has grown old: an alert of the same rank as stopped data, told once and over when another model serves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from standout.core.model import Model
from standout.deploy.store.records import Alert, Kind, Outcome
from standout.deploy.store.store import Unit

if TYPE_CHECKING:
    from standout.deploy.live.alarms import Alarms

DAY = 86_400.0
BECAUSE = ":stale"


class Aging:
    """The age of the model that one stream is judged by. limit: days from which it is stale, None for never.

    told: the digest of the model that people were told of as stale, as the stream's settings in the store have it; empty for none.
    """

    def __init__(self, stream: str, limit: float | None, file: Path) -> None:
        self._stream, self._limit = stream, limit
        self.told = ""
        self.serve(file)

    def serve(self, file: Path) -> None:
        """The model of this file judges from now on. Its age is noted here: a file that is written anew later was not read yet."""
        try:
            self._written: float | None = file.stat().st_mtime
        except OSError:
            self._written = None

    def days(self, now: datetime) -> float | None:
        """Days since the model's file was written; None where that cannot be told."""
        return None if self._written is None else (now.timestamp() - self._written) / DAY

    def is_stale(self, now: datetime) -> bool:
        """Whether the model is older than the settings allow."""
        days = self.days(now)
        return self._limit is not None and days is not None and days > self._limit

    def is_news(self, model: Model, now: datetime) -> bool:
        """Whether `tell` has something to say of the model that judges."""
        return self.told != model.learned_digest if self.is_stale(now) else bool(self.told)

    def tell(self, unit: Unit, alarms: Alarms, model: Model, now: datetime) -> None:
        """Raise the alert, or close the incident of a model that no longer judges; what was told is kept in the same transaction."""
        if self.told:
            same = self.told == model.learned_digest
            said = (
                f"The model of {self._stream} is no longer stale." if same else f"{self._stream} is judged by another model now."
            )
            alarms.end(unit, BECAUSE, None, said, now)
        self.told = model.learned_digest if self.is_stale(now) else ""
        if self.told:
            sentence = (
                f"The model of {self._stream} was fitted {self.days(now):.0f} days ago; {self._limit:g} are allowed. "
                "Fit again on recent rows: standout train FILE, or begin a challenger."
            )
            alarms.raise_all(unit, [Alert(self._stream, Kind.STALE, now, sentence, Outcome.NOTIFIED, because=BECAUSE)], None, now)
        unit.streams.settle(self._stream, now, lambda known: {**known, "stale": self.told})
