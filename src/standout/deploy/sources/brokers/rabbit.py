"""RabbitMQ queues: ``amqp://USER:PASSWORD@HOST:5672/VHOST/QUEUE``; a queue that is not there is made, and lasts."""

from __future__ import annotations

from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from faststream.rabbit.annotations import RabbitMessage

from standout.deploy.sources.broker import QUIET, Address, Handler, as_it_is

SETTINGS = ("declare",)
WORKERS = 200  # messages that are on their way into the store together


def connect(address: Address, handle: Handler, group: str) -> RabbitBroker:  # noqa: ARG001  # a queue is shared without groups
    """A broker that is not started yet. A message's own id tells one that comes twice; without, a redelivered one is a new row."""
    broker = RabbitBroker(address.url, apply_types=False, logger=QUIET, default_channel=Channel(prefetch_count=WORKERS))
    declare = address.settings.get("declare", "yes") != "no"

    async def take(message: RabbitMessage) -> None:
        await handle(message.raw_message.body, message.raw_message.message_id or "")
        await message.ack()

    queue = RabbitQueue(address.topic, durable=True, declare=declare)
    broker.subscriber(queue, ack_policy=AckPolicy.MANUAL, decoder=as_it_is, no_reply=True)(take)
    return broker
