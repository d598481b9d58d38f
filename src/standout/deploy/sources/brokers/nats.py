"""NATS JetStream, by durable consumers: ``nats://HOST:4222/SUBJECT?stream=NAME&durable=NAME``.

Without a stream it is plain NATS, which keeps nothing: what is published while nobody listens is gone.
"""

from __future__ import annotations

from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from nats.js.api import DeliverPolicy

from standout.deploy.sources.broker import QUIET, Address, Handler, as_it_is

SETTINGS = ("stream", "durable")
MOST = 500  # messages pulled at a time
WORKERS = 200  # messages that are on their way into the store together


def connect(address: Address, handle: Handler, group: str) -> NatsBroker:
    """A broker that is not started yet."""
    broker = NatsBroker(address.url, apply_types=False, logger=QUIET, max_reconnect_attempts=-1)
    stream = address.settings.get("stream")

    async def take(message: NatsMessage) -> None:
        raw = message.raw_message
        at = f"{raw.metadata.stream}:{raw.metadata.sequence.stream}" if stream else ""
        await handle(raw.data, at)
        await message.ack()

    jetstream: dict[str, Any] = {}
    if stream:
        jetstream = {
            "stream": JStream(stream, declare=False),
            "durable": address.settings.get("durable", group),
            "deliver_policy": DeliverPolicy.ALL,
            "pull_sub": PullSub(batch_size=MOST, timeout=1.0),
        }
    broker.subscriber(
        address.topic, **jetstream, max_workers=WORKERS, ack_policy=AckPolicy.MANUAL, decoder=as_it_is, no_reply=True
    )(take)
    return broker
