"""Kafka topics, by consumer groups: ``kafka://HOST:9092/TOPIC?group=NAME``."""

from __future__ import annotations

import asyncio
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from standout.deploy.sources.broker import QUIET, Address, Handler, as_it_is

SETTINGS = ("group",)
MOST = 500  # records taken in together


def connect(address: Address, handle: Handler, group: str) -> KafkaBroker:
    """A broker that is not started yet; the group's place moves on only when all records before it were taken."""
    broker = KafkaBroker(address.url.partition("://")[2], apply_types=False, logger=QUIET)

    async def take(message: KafkaMessage) -> None:
        records: tuple[Any, ...] = message.raw_message
        await asyncio.gather(*(handle(r.value or b"", f"{r.topic}:{r.partition}:{r.offset}") for r in records))
        await message.ack()

    broker.subscriber(
        address.topic,
        group_id=address.settings.get("group", group),
        auto_offset_reset="earliest",
        batch=True,
        max_records=MOST,
        ack_policy=AckPolicy.MANUAL,
        decoder=as_it_is,
        no_reply=True,
    )(take)
    return broker
