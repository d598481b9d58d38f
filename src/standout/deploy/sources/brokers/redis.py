"""Redis streams, by consumer groups: ``redis://HOST:6379/0/STREAM?group=NAME``.

An entry is either one field that holds JSON (`data`, `json`, `payload`, `body` or `value`) or a row of fields.
"""

from __future__ import annotations

import json

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.annotations import RedisStreamMessage
from redis.exceptions import ResponseError

from standout.deploy.sources.broker import QUIET, Address, Handler, as_it_is

SETTINGS = ("group",)
WHOLE = (b"data", b"json", b"payload", b"body", b"value", b"__data__")
"""Names of a field that holds a whole row or several, where it is the only one."""
MOST = 500  # entries read at a time
LOOK = 200  # milliseconds that one read waits for entries
ABANDONED = 5_000  # milliseconds after which an entry that was read and not acknowledged is read again


class _Beginning(RedisBroker):
    """A broker whose group reads from the beginning of the stream, when it is made by us."""

    def __init__(self, url: str, stream: str, group: str) -> None:
        super().__init__(url, apply_types=False, logger=QUIET)
        self._stream, self._group = stream, group

    async def start(self) -> None:
        """Make the group where there is none, and begin."""
        client = await self.connect()
        try:
            await client.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await super().start()


def connect(address: Address, handle: Handler, group: str) -> RedisBroker:
    """A broker that is not started yet; entries that another consumer of the group left unacknowledged are read, too."""
    group = address.settings.get("group", group)
    broker = _Beginning(address.url, address.topic, group)
    fresh = StreamSub(address.topic, group=group, consumer=group, polling_interval=LOOK, max_records=MOST)
    left = StreamSub(address.topic, group=group, consumer=group, polling_interval=LOOK, min_idle_time=ABANDONED)
    for entries in (fresh, left):

        async def take(message: RedisStreamMessage) -> None:
            raw = message.raw_message
            await handle(_body(raw["data"]), raw["message_ids"][0].decode())
            await message.ack()

        broker.subscriber(stream=entries, ack_policy=AckPolicy.MANUAL, decoder=as_it_is, no_reply=True)(take)
    return broker


def _body(fields: dict[bytes, bytes]) -> bytes:
    if len(fields) == 1 and next(iter(fields)) in WHOLE:
        return next(iter(fields.values()))
    row = {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields.items()}
    return json.dumps(row).encode()
