"""Real brokers: what is sent arrives once, also what was sent while nobody listened, and over a broker that goes and comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import servers
import sinking

from standout.deploy.sources.broker import Broker


@dataclass(frozen=True)
class Kind:
    """A kind of broker: its server, the address to watch, and how a sender sends bodies."""

    server: Callable[[Path, int], AbstractContextManager[None]]
    address: str
    send: Callable[[int, Sequence[bytes]], Any]
    prepare: Callable[[int], Any] | None = None


async def _redis(port: int, bodies: Sequence[bytes]) -> None:
    import redis.asyncio

    client = redis.asyncio.Redis(port=port)
    for body in bodies:
        await client.xadd("flows", {"data": body})
    await client.aclose()


async def _nats_stream(port: int) -> None:
    import nats

    client = await nats.connect(f"nats://127.0.0.1:{port}")
    await client.jetstream().add_stream(name="PLANT", subjects=["flows"])
    await client.close()


async def _nats(port: int, bodies: Sequence[bytes]) -> None:
    import nats

    client = await nats.connect(f"nats://127.0.0.1:{port}")
    for body in bodies:
        await client.jetstream().publish("flows", body)
    await client.close()


async def _rabbit(port: int, bodies: Sequence[bytes]) -> None:
    import aio_pika

    connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
    channel = await connection.channel()
    await channel.declare_queue("flows", durable=True)
    for i, body in enumerate(bodies):
        lasting = aio_pika.Message(body, message_id=f"{hash(body)}.{i}", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(lasting, "flows")
    await connection.close()


async def _mqtt(port: int, bodies: Sequence[bytes]) -> None:
    from faststream.mqtt import MQTTBroker, QoS

    async with MQTTBroker(f"mqtt://127.0.0.1:{port}", logger=None) as broker:
        for body in bodies:
            await broker.publish(body, "plant/flows", qos=QoS.AT_LEAST_ONCE)


KINDS = {
    "redis": Kind(servers.redis, "redis://127.0.0.1:{port}/0/flows", _redis),
    "nats": Kind(servers.nats, "nats://127.0.0.1:{port}/flows?stream=PLANT", _nats, _nats_stream),
    "rabbitmq": Kind(servers.rabbitmq, "amqp://guest:guest@127.0.0.1:{port}//flows", _rabbit),
    "mqtt": Kind(servers.mosquitto, "mqtt://127.0.0.1:{port}/plant%2Fflows", _mqtt),
}


def body(i: int) -> bytes:
    return json.dumps(sinking.row(i, event_id=f"e{i}")).encode()


def sent(kind: Kind, port: int, numbers: range) -> None:
    asyncio.run(kind.send(port, [body(i) for i in numbers]))


@pytest.mark.parametrize("name", ["redis", "nats", "mqtt"])
def test_messages_arrive_once_over_restarts_of_either_side(tmp_path, name):
    kind, port = KINDS[name], servers.free_port()
    address, problems = kind.address.format(port=port), []
    with sinking.service(tmp_path) as service:
        with kind.server(tmp_path / "broker", port):
            if kind.prepare is not None:
                asyncio.run(kind.prepare(port))
            with sinking.fed(service, Broker(address), problems):
                if name == "mqtt":  # nothing is kept for a session that was never there: send until the first arrives
                    sinking.until(lambda: (sent(kind, port, range(1)), bool(sinking.flows(service)))[1])
                sent(kind, port, range(3))
                sinking.until(lambda: set(sinking.flows(service)) >= {0, 1, 2})
            sent(kind, port, range(3, 6))  # nobody listens
            with sinking.fed(service, Broker(address), problems):
                sinking.until(lambda: len(set(sinking.flows(service))) == 6)
        with sinking.fed(service, Broker(address), problems):  # the broker is away, and comes back
            sinking.until(lambda: bool(problems), 40)
            with kind.server(tmp_path / "broker", port):
                sent(kind, port, range(6, 9))
                sinking.until(lambda: len(set(sinking.flows(service))) == 9, 60)
        assert sorted(sinking.flows(service)) == list(range(9))


def test_messages_of_a_rabbitmq_queue_arrive_once_also_those_sent_before(tmp_path):
    kind, port = KINDS["rabbitmq"], servers.free_port()
    with sinking.service(tmp_path) as service, kind.server(tmp_path / "broker", port):
        sinking.until(lambda: _answers(kind, port), 60)
        sent(kind, port, range(3))
        for first in (3, 5):
            with sinking.fed(service, Broker(kind.address.format(port=port))):
                sent(kind, port, range(first, first + 2))
                sinking.until(lambda first=first: len(sinking.flows(service)) == first + 2)
        assert sorted(sinking.flows(service)) == list(range(7))


def _answers(kind: Kind, port: int) -> bool:
    """Whether a server that listens is ready, too."""
    try:
        sent(kind, port, range(0))
    except Exception:  # of a client's own kinds
        return False
    return True


def test_rows_of_fields_and_bodies_that_are_no_rows_are_told_apart(tmp_path):
    import redis

    port, receipts = servers.free_port(), []
    with servers.redis(tmp_path / "broker", port), sinking.service(tmp_path) as service:
        client = redis.Redis(port=port)
        client.xadd("flows", {k: str(v) for k, v in sinking.row(1).items()})
        client.xadd("flows", {"data": json.dumps([sinking.row(2), sinking.row(3)])})
        client.xadd("flows", {"data": "no JSON"})
        client.close()
        feeding = sinking.Feeding(
            service, [("pumps", Broker(f"redis://127.0.0.1:{port}/0/flows"))], told=lambda _, r: receipts.append(r)
        )
        with feeding:
            sinking.until(lambda: sum(len(r) for r in receipts) == 4)
    outcomes = {o: sum(r.counts.get(o, 0) for r in receipts) for o in ("rejected", "ordinary", "notified", "grouped")}
    assert outcomes["rejected"] == 1


@pytest.mark.filterwarnings("ignore")
def test_kafka_records_are_taken_from_the_clients_own_test_broker():
    """No Kafka server can be had from Debian's packages: the client's in-memory broker stands in for it."""
    from faststream.kafka import TestKafkaBroker

    from standout.deploy.sources.broker import Address
    from standout.deploy.sources.brokers import kafka

    taken = []

    async def handle(body: bytes, message: str) -> None:
        taken.append((json.loads(body)["flow"], message))

    async def deliver() -> None:
        address = Address.of("kafka://localhost:9092/flows?group=night", kafka.SETTINGS)
        broker = kafka.connect(address, handle, "standout-pumps")
        async with TestKafkaBroker(broker) as test:
            await test.publish(sinking.row(7), "flows")

    asyncio.run(deliver())
    assert [flow for flow, _ in taken] == [7]
    assert taken[0][1].startswith("flows:")
