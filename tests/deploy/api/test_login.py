"""The way in to the dashboard: a key buys a cookie, which opens pages and nothing that changes anything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from served_here import SECRETS, known_keys, served

from standout.deploy.api.keys import FRESH, Keys, Who
from standout.deploy.api.sessions import COOKIE, LASTS, Sessions
from standout.deploy.store.records import Key, Role

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Pages:
    """Stands for the dashboard, of which nothing is asked here."""

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": "seen"})
            return
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<h1>pages</h1>"})


@pytest.fixture
def server(service):
    made = served(service, pages=Pages())
    yield made
    made.client.close()


def sign_in(server, role: Role = Role.VIEW) -> dict[str, str]:
    got = server.client.post("/login", content=urlencode({"key": SECRETS[role]}), headers=FORM)
    assert got.status_code == 303, got.text
    return {"cookie": got.headers["set-cookie"].partition(";")[0]}


def test_pages_are_seen_with_a_session_and_lead_to_the_way_in_without(server):
    away = server.client.get("/")
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    assert "pages" in server.client.get("/", headers=sign_in(server)).text
    for role in Role:  # a key in a header is for programs, and pages are for people
        assert server.client.get("/", headers=server.as_(role)).status_code in (200, 403)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(server):
    got = server.client.post("/login", content=urlencode({"key": SECRETS[Role.VIEW]}), headers=FORM)
    told = got.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(told.split("; "))
    assert SECRETS[Role.VIEW] not in told
    page = server.client.get("/login")
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("key", ["", "wrong", "<script>alert(1)</script>", SECRETS[Role.INGEST], "x" * 100_000])
def test_a_key_that_may_not_look_does_not_get_in(server, key):
    got = server.client.post("/login", content=urlencode({"key": key}), headers=FORM)
    assert got.status_code in (401, 403)
    assert "set-cookie" not in got.headers
    assert "<script>" not in got.text


def test_another_site_cannot_sign_anybody_in(server):
    body = urlencode({"key": SECRETS[Role.VIEW]})
    got = server.client.post("/login", content=body, headers=FORM | {"origin": "https://evil.example"})
    assert got.status_code == 403


def test_a_session_reads_and_never_changes_anything_by_itself(server):
    cookie = sign_in(server, Role.ACT)
    assert server.client.get("/api/v1/alerts", headers=cookie).status_code == 200
    assert server.client.post("/api/v1/incidents/1/close", headers=cookie).status_code == 401


def test_signing_out_ends_the_session(server):
    cookie = sign_in(server)
    assert server.client.get("/logout", headers=cookie).status_code == 303
    assert server.client.get("/", headers=cookie).status_code == 303


def test_a_link_of_another_site_is_followed_once_more_from_here(server):
    got = server.client.get("/alerts?alert=3", headers={"sec-fetch-site": "cross-site"})
    assert (got.status_code, "refresh" in got.text) == (200, True)


@pytest.mark.parametrize(
    "path", ["/_stcore/upload_file/x", "/_stcore/agent/interact", "/_stcore/metrics", "/_stcore/script-health-check"]
)
def test_doors_of_the_dashboards_server_that_are_not_used_stay_shut(server, path):
    assert server.client.get(path, headers=sign_in(server)).status_code == 404


def test_a_session_ends_with_its_time_and_with_its_key():
    now = [0.0]
    known = known_keys()
    keys = Keys(lambda: known, lambda: now[0])
    sessions = Sessions(keys, lambda: now[0])
    who = keys.who(SECRETS[Role.VIEW])
    assert who == Who("test view", Role.VIEW, 2)
    cookie = f"other=1; {COOKIE}={sessions.begin(who)}".encode()
    assert sessions.who(cookie) == who
    now[0] = LASTS - 1
    assert sessions.who(cookie) == who
    now[0] = LASTS + 1
    assert sessions.who(cookie) is None
    cookie = f"{COOKIE}={sessions.begin(who)}".encode()
    known[1] = Key(known[1].name, known[1].role, known[1].hashed, known[1].made, datetime.now(UTC), 2)
    now[0] += FRESH + 1
    assert sessions.who(cookie) is None
    assert keys.who(SECRETS[Role.VIEW]) is None
    for wrong in (b"", b"standout_session=", b"standout_session=x", b"=;;;=\xff", b'standout_session="'):
        assert sessions.who(wrong) is None


def talk(front, headers, *messages):
    """What a WebSocket gets back."""
    got, left = [], [{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect", "code": 1000}]

    async def receive():
        message = left.pop(0)
        if callable(message):
            message()
            message = left.pop(0)
        return message

    async def send(message):
        got.append(message)

    scope = {
        "type": "websocket", "path": "/_stcore/stream", "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"testserver"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }  # fmt: skip
    asyncio.run(front(scope, receive, send))
    return [m["type"] for m in got]


def test_the_channel_of_the_pages_opens_for_a_session_of_this_site_alone_and_closes_with_it(server):
    cookie = sign_in(server)
    own = {**cookie, "origin": "http://testserver"}
    text = {"type": "websocket.receive", "text": "hello"}
    assert talk(server.front, own, text) == ["websocket.accept", "websocket.send"]
    assert talk(server.front, {"origin": "http://testserver"}) == ["websocket.close"]
    assert talk(server.front, {**cookie, "origin": "https://evil.example"}) == ["websocket.close"]
    assert talk(server.front, own, text, lambda: server.front.gate.sessions.end(cookie["cookie"].encode()), text) == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
