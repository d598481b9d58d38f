"""A server in the process of the test, and keys for it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from standout.deploy.api.app import build, gate_for
from standout.deploy.api.keys import Keys
from standout.deploy.api.limits import Limits
from standout.deploy.api.logs import Logs
from standout.deploy.store.keys import digest
from standout.deploy.store.records import Key, Role

SECRETS = {role: f"standout_{role.value}-for-the-tests" for role in Role}


class Client:
    """Asks an application in this process, without a network."""

    def __init__(self, app) -> None:
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    def request(self, method: str, url: str, **how) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, url, **how))

    def get(self, url: str, **how) -> httpx.Response:
        return self.request("GET", url, **how)

    def post(self, url: str, **how) -> httpx.Response:
        return self.request("POST", url, **how)

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@dataclass
class Served:
    """A server in this process. logs: what it wrote."""

    client: Client
    service: object
    front: object
    log: io.StringIO

    def as_(self, role: Role | None) -> dict[str, str]:
        return {} if role is None else {"authorization": f"Bearer {SECRETS[role]}"}


def known_keys() -> list[Key]:
    now = datetime.now(UTC)
    return [Key(f"test {r.value}", r, digest(s), now, None, i + 1) for i, (r, s) in enumerate(SECRETS.items())]


def served(service, *, keys: bool = True, pages=None, origins=(), **limits) -> Served:
    log = io.StringIO()
    known = Keys(known_keys) if keys else None
    gate = gate_for("127.0.0.1", keys=known, limits=Limits(**limits), hosts=("testserver",), origins=origins)
    front = build(service, gate=gate, logs=Logs(log))
    front.pages = pages
    return Served(Client(front), service, front, log)
