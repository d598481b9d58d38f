"""Thousands of requests that nobody should send: each gets an answer with a name, none a 500, and none brings the server down."""

from __future__ import annotations

import json
import random
import string
from urllib.parse import quote

import pyarrow as pa
import pytest
from served_here import served

from standout.deploy.api.formats import ARROW_STREAM, MEDIA
from standout.deploy.store.records import Role

COUNT = 10_000
FIELDS = {"code", "what", "hint"}
STREAM = "/api/v1/streams/payments"
NASTY = (
    "", "\0", "NaN", "=1+1", "<script>", "'; DROP TABLE alert; --", "../../etc/passwd", "%2e%2e%2f", "\ud800", "\U0001f600" * 9,
    "A" * 5_000, "\u202egnp.exe", "${jndi:ldap://x}", "{{7*7}}", "\r\nx: y", "٣", "1e999", "-0", "0x10", "true", "null", "[]", "ÿ",
)  # fmt: skip
NUMBERS = (0, -1, 1e308, -1e308, 5e-324, 2**63, -(2**63) - 1, 10**400, float("nan"), float("inf"), float("-inf"), True)
PATHS = (
    f"{STREAM}/score", f"{STREAM}/rows", f"{STREAM}/explain", f"{STREAM}/policy", f"{STREAM}/policy/replay", f"{STREAM}",
    "/api/v1/alerts", "/api/v1/alerts/{x}", "/api/v1/incidents/{x}/close", "/api/v1/labels", "/api/v1/labels/preview",
    "/api/v1/labels/{x}/undo", "/api/v1/silences", "/api/v1/silences/{x}/lift", "/api/v1/calendars", "/api/v1/calendars/{x}/end",
    "/api/v1/why/payments/{x}", "/api/v1/why/{x}/y", "/api/v1/outbox/{x}/resend", "/api/v1/audit", "/api/v1/streams/{x}/score",
    "/api/v1/streams/{x}/model", "/login", "/{x}",
)  # fmt: skip
QUERIES = (
    "stream",
    "entity",
    "kind",
    "outcome",
    "verdict",
    "since",
    "until",
    "least_severity",
    "text",
    "before",
    "limit",
    "layout",
    "who",
    "x",
)
COLUMNS = ("at", "amount", "distance_km", "country", "online", "event_id", "rows", "columns", "other", "a.b", "")


class Chaos:
    """Makes requests, from a seed."""

    def __init__(self, seed: int, good: list[bytes]) -> None:
        self.random, self.good = random.Random(seed), good

    def value(self, depth: int = 0):
        kind = self.random.randrange(8 if depth < 4 else 5)
        if kind < 2:
            return self.random.choice(NUMBERS)
        if kind < 4:
            return self.random.choice(NASTY)
        if kind == 4:
            return self.random.choice((None, True, self.random.random(), self.random.randrange(-5, 99), "2026-03-01T00:00:00"))
        if kind == 5:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(COLUMNS + NASTY): self.value(depth + 1) for _ in range(self.random.randrange(5))}

    def noun(self):
        keys = (
            "policy",
            "days",
            "alert",
            "verdict",
            "reason",
            "acts",
            "match",
            "lasts",
            "starts",
            "name",
            "repeats",
            "zone",
            "part",
            "level",
        )
        return {key: self.value() for key in self.random.sample(keys, self.random.randrange(1, 7))}

    def body(self) -> bytes:
        kind = self.random.randrange(10)
        if kind < 3:
            return json.dumps([self.value() for _ in range(self.random.randrange(4))]).encode()
        if kind < 5:
            return json.dumps(self.noun()).encode()
        if kind == 5:
            return self.random.randbytes(self.random.randrange(300))
        if kind == 6:
            deep = self.random.choice((20, 500, 100_000))
            return self.random.choice((b"[", b'{"a":', b'{"columns":{"a":[')) * deep
        changed = bytearray(self.random.choice(self.good))
        for _ in range(self.random.randrange(1, 6)):
            at = self.random.randrange(len(changed))
            changed[at : at + self.random.randrange(3)] = self.random.randbytes(self.random.randrange(4))
        return bytes(changed)

    def request(self) -> dict:
        text = "".join(self.random.choices(string.printable + "äß\u2028", k=self.random.randrange(1, 12)))
        x = self.random.choice((*NASTY, text, "1", str(10**30), "-1", "1.5"))
        path = self.random.choice(PATHS + 5 * PATHS[:3]).replace("{x}", quote(x, safe="/.%", errors="replace") or "0")
        params = [
            (self.random.choice(QUERIES), str(self.value()).encode("utf-8", "replace").decode()[:300])
            for _ in range(self.random.choice((0, 0, 1, 2)))
        ]
        headers = {
            "content-type": self.random.choice((*MEDIA, "application/json", "application/json", "text/plain", "x", "")),
            "accept": self.random.choice(("*/*", ARROW_STREAM, "nonsense")),
        }
        method = self.random.choice((*6 * ("POST",), "GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"))
        return {"method": method, "url": path, "params": params, "headers": headers, "content": self.body()}


@pytest.fixture(scope="module")
def good(rows) -> list[bytes]:
    few = rows.slice(0, 3)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, few.schema) as writer:
        writer.write_table(few)
    records = few.set_column(0, "at", few["at"].cast(pa.string())).to_pylist()
    text = "at,amount,country\n2026-03-01,1.5,DE\n"
    return [
        sink.getvalue().to_pybytes(),
        json.dumps(records).encode(),
        "\n".join(map(json.dumps, records)).encode(),
        text.encode(),
    ]


@pytest.fixture
def server(service):
    made = served(service, bytes=1 << 20, attempts=1e9)
    yield made
    made.client.close()


def test_ten_thousand_hostile_requests_get_named_answers_and_leave_the_server_well(server, good):
    chaos = Chaos(20261127, good)
    seen: dict[int, int] = {}
    for number in range(COUNT):
        asked = chaos.request()
        asked["headers"] |= server.as_(chaos.random.choice((Role.ACT, Role.ACT, Role.VIEW, Role.INGEST, None)))
        got = server.client.request(asked.pop("method"), asked.pop("url"), **asked)
        seen[got.status_code] = seen.get(got.status_code, 0) + 1
        if got.status_code >= 500:
            pytest.fail(f"request {number}: {server.log.getvalue().splitlines()[-2:]}")
        if got.status_code >= 400 and got.content and got.headers["content-type"] == "application/json":
            assert set(got.json()) == FIELDS, got.text
        assert "Traceback" not in got.text
    assert seen[200] > 100
    assert seen[422] > 1_000
    assert '"event": "defect"' not in server.log.getvalue()
    assert server.client.get("/readyz").json() == {"ready": True, "store": "good"}
