"""MQTT topics: ``mqtt://HOST:1883/TOPIC``, with / in a topic written as %2F, + and # as they are.

The session lasts for a day of absence: what is published with a quality of service of 1 or 2 meanwhile is kept by the broker.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from faststream import AckPolicy
from faststream.mqtt import MQTTBroker, QoS
from faststream.mqtt.annotations import MQTTMessage

from standout.deploy.sources.broker import QUIET, Address, Handler, as_it_is

SETTINGS = ("client",)
WORKERS = 200  # messages that are on their way into the store together
ABSENCE = 86_400  # seconds for which the broker keeps messages of a session that is away


class _Lasting(MQTTBroker):
    """A broker that is left without unsubscribing, so that the session goes on collecting messages."""

    async def stop(self, *why: Any) -> None:
        """Take leave first: what would unsubscribe comes too late."""
        if self._connection is not None:
            await self._connection.disconnect()
        await super().stop(*why)


def connect(address: Address, handle: Handler, group: str) -> MQTTBroker:
    """A broker that is not started yet. MQTT gives a message no id that lasts: rows need one of their own to be known again."""
    broker = _Lasting(
        address.url,
        client_id=address.settings.get("client", group),
        clean_session=False,
        session_expiry_interval=ABSENCE,
        apply_types=False,
        logger=QUIET,
    )

    async def take(message: MQTTMessage) -> None:
        await handle(message.raw_message.payload, "")
        await message.ack()

    broker.subscriber(
        unquote(address.topic),
        qos=QoS.AT_LEAST_ONCE,
        max_workers=WORKERS,
        ack_policy=AckPolicy.MANUAL,
        decoder=as_it_is,
        no_reply=True,
    )(take)
    return broker
