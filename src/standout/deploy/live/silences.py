"""What keeps alerts from people on purpose, as it holds now: silences, and expected events of calendars."""

from __future__ import annotations

from datetime import datetime, timedelta

from standout.core.errors import ParameterError
from standout.deploy.live.answers import NewSilence
from standout.deploy.live.calendars import under_way
from standout.deploy.live.matching import checked_match, matches
from standout.deploy.store.records import Alert, Calendar, Outcome, Silence
from standout.deploy.store.store import Unit

LONGEST = 366.0


class Quiet:
    """Every silence and expected event in force, read again after a change and from time to time (another server may add some)."""

    def __init__(self) -> None:
        self._silences: list[Silence] = []
        self._calendars: list[Calendar] = []

    def load(self, unit: Unit, now: datetime) -> None:
        """Read what is in force."""
        self._silences, self._calendars = unit.silences.in_force(now), unit.calendars.in_force(now)

    def hides(self, alert: Alert, at: datetime) -> tuple[Outcome, int] | None:
        """What hides an alert, and its number. A calendar goes by the row's own time (`at`), a silence by when the row came."""
        for event in self._calendars:
            if under_way(event, at) and matches(event.match, alert):
                return Outcome.EXPECTED, event.id
        for silence in self._silences:
            if silence.starts <= alert.raised < silence.ends and matches(silence.match, alert):
                return Outcome.SILENCED, silence.id
        return None


def made(asked: NewSilence, now: datetime) -> Silence:
    """A silence as it will be stored. ParameterError where it has no owner, no end or matches everything."""
    if not asked.owner:
        raise ParameterError("A silence has no owner.", "Say who answers for it.")
    if not 0 < asked.lasts <= LONGEST * 86_400:
        raise ParameterError(
            f"A silence lasts {asked.lasts:g} s.", f"Say above 0 and at most {LONGEST:g} days; it can be made again."
        )
    starts = asked.starts or now
    if starts.tzinfo is None:
        raise ParameterError("The start of the silence has no time zone.", "Give a time with its offset, such as 02:00+01:00.")
    return Silence(checked_match(asked.match), asked.owner, asked.reason, starts, starts + timedelta(seconds=asked.lasts))
