"""Whether an alert is one that a silence or an expected event is about: every value named is equal.

>>> from datetime import UTC, datetime
>>> from standout.deploy.store.records import Kind, Outcome
>>> alert = Alert("pumps", Kind.ROW, datetime.now(UTC), "", Outcome.NOTIFIED, entity="p7", values={"site": "north", "rpm": 3.0})
>>> matches({"stream": "pumps", "site": "north", "rpm": "3"}, alert), matches({"entity": "p8"}, alert)
(True, False)
"""

from __future__ import annotations

from collections.abc import Mapping

from standout.core.errors import ParameterError
from standout.data.values import as_text
from standout.deploy.live.reasons import parts
from standout.deploy.store.records import Alert

OWN = ("stream", "entity", "because", "kind")
"""Keys that stand for the alert's own fields; a column of such a name is written ``column:entity``."""


def matches(match: Mapping[str, str], alert: Alert) -> bool:
    """Whether each key of `match` has that value in the alert. A reason matches when all of its parts are among the alert's."""
    return all(_equal(key, value, alert) for key, value in match.items())


def _equal(key: str, value: str, alert: Alert) -> bool:
    if key == "because":
        return set(parts(value)) <= set(parts(alert.because))
    if key in OWN:
        return getattr(alert, key) == value
    return as_text(alert.values.get(key.removeprefix("column:"))) == value


def checked_match(match: Mapping[str, str]) -> dict[str, str]:
    """The match as text; ParameterError where it is empty, since that would hide everything, or too large."""
    if not match:
        raise ParameterError("A silence that matches everything would hide everything.", "Name a stream, an entity or a value.")
    if len(match) > 20 or any(len(str(part)) > 1_000 for pair in match.items() for part in pair):
        raise ParameterError("A match has at most 20 keys of at most 1,000 letters.", "Name fewer.")
    return {str(key): str(value) for key, value in match.items()}
