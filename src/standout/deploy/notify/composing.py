"""From an incident to the messages that tell of it, one for each channel that wants it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from standout.deploy.notify.channels import Channel
from standout.deploy.notify.texts import body_of, title_of
from standout.deploy.store.columns import as_number
from standout.deploy.store.records import Alert, Incident, Message


def messages(
    incident: Incident, alerts: Sequence[Alert], channels: Sequence[Channel], *, occasion: str, now: datetime, link: str = ""
) -> list[Message]:
    """What to put into the outbox, in the transaction that stores the incident.

    occasion: what is told of it, such as "opened" or "worse-2"; a channel hears of each occasion of an incident once, since
    both are in the key. link: the address of the dashboard, if any.
    """
    title, body = title_of(incident), body_of(incident, alerts, link)
    # numbers of incidents begin anew in every store, moments do not: receivers may serve several
    key = f"{incident.stream}-{incident.id}-{as_number(incident.opened)}-{occasion}"
    return [
        Message(f"{key}-{c.name}", c.name, title, body, c.when(now), incident.id, incident.severity)
        for c in channels
        if c.wants(incident)
    ]
