"""Who is let in, and what every answer looks like."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from served_here import SECRETS, served

from standout.deploy.api.problems import CODES, Problem
from standout.deploy.store.records import Role

SCORE = "/api/v1/streams/payments/score"
FIELDS = {"code", "what", "hint"}


def test_a_key_opens_by_either_header_and_a_wrong_one_by_none(here):
    for headers in ({"authorization": f"Bearer {SECRETS[Role.VIEW]}"}, {"x-api-key": SECRETS[Role.VIEW]}):
        assert here.client.post(SCORE, json={"amount": 1}, headers=headers).status_code == 200
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"x-api-key": ""}, {"authorization": f"Basic {SECRETS[Role.ACT]}"}):
        got = here.client.post(SCORE, json={"amount": 1}, headers=headers)
        assert got.status_code == 401
        assert got.json()["code"] == "not-known"
        assert "bearer" in got.headers["www-authenticate"].lower()


def test_an_answer_tells_nothing_of_whether_a_stream_exists_to_who_has_no_key(here):
    there = here.client.post(SCORE, json={}).json()
    nowhere = here.client.post(SCORE.replace("payments", "secret"), json={}).json()
    assert there == nowhere


def test_a_page_of_another_site_cannot_ask_in_the_name_of_whoever_looks_at_it(open_here):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        got = open_here.client.post(SCORE, json={"amount": 1}, headers=headers)
        assert (got.status_code, got.json()["code"]) == (403, "not-allowed")
    for headers in ({"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {}):
        assert open_here.client.post(SCORE, json={"amount": 1}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::1].evil.example"]
)
def test_a_name_that_a_stranger_points_at_this_machine_is_not_answered(open_here, host):
    got = open_here.client.get("/healthz", headers={"host": host})
    assert (got.status_code, got.json()["code"]) == (421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1", "testserver"])
def test_the_names_of_this_machine_are_answered(open_here, host):
    assert open_here.client.get("/healthz", headers={"host": host}).status_code == 200


def test_no_site_may_read_answers_and_no_browser_may_guess_or_frame_them(here):
    got = here.client.get("/healthz", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in got.headers
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["x-request-id"]


def test_too_many_requests_are_told_when_to_come_back(service):
    slow = served(service, per_second=0.5, burst=2)
    got = [slow.client.get("/api/v1/streams", headers=slow.as_(Role.VIEW)) for _ in range(3)]
    assert [g.status_code for g in got] == [200, 200, 429]
    assert int(got[2].headers["retry-after"]) >= 1
    other = slow.client.get("/api/v1/streams", headers=slow.as_(Role.ACT))
    assert other.status_code == 200
    slow.client.close()


def test_wrong_keys_from_one_address_are_slowed_down(service):
    guarded = served(service, attempts=5)
    codes = [guarded.client.get("/api/v1/streams", headers={"x-api-key": f"guess {i}"}).status_code for i in range(8)]
    assert codes == [401] * 5 + [429] * 3
    guarded.client.close()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{" + b'"a":' * 9 + b"1", "application/json", 422),
        (b"[" * 100_000, "application/json", 413),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "application/json", 413),
        (b"x" * 2_000_000, "application/json", 413),
        (b'[{"amount": 1}]' * 2, "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b'{"amount": "\\ud800"}', "application/json", 422),
        (b"1" * 5_000, "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"columns": {"amount": [1], "country": []}}', "application/json", 422),
        (b'{"amount": 1, "amount": 2}', "application/json", 422),
        (b"PK\x03\x04", "application/zip", 415),
        (b"<x/>", "text/xml", 415),
        (b"", "", 415),
        (b"a,b\n1,2,3\n", "text/csv", 422),
        (b"", "text/csv", 422),
        (b"amount\n" + b"1\n" * 30_000, "text/csv", 413),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_read_get_a_named_answer(service, content, kind, status):
    small = served(service, bytes=1_000_000, rows=20_000)
    got = small.client.post(SCORE, content=content, headers={"content-type": kind} | small.as_(Role.INGEST))
    assert got.status_code == status, got.text
    assert set(got.json()) == FIELDS
    assert got.json()["hint"]
    small.client.close()


def test_a_packed_body_is_refused_since_a_small_one_could_unpack_to_any_size(here):
    headers = {"content-type": "application/json", "content-encoding": "gzip"} | here.as_(Role.INGEST)
    assert here.client.post(SCORE, content=b"\x1f\x8b", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "url",
    ["/nowhere", "/api/v2/streams", "/api/v1/streams/../../etc/passwd", "/api/v1/streams/%2e%2e%2f/score", "/_stcore/stream"],
)
def test_what_does_not_exist_is_told_in_the_same_form(here, url):
    got = here.client.get(url, headers=here.as_(Role.ACT))
    assert got.status_code in (404, 405)
    assert set(got.json()) == FIELDS


def test_every_problem_has_a_code_and_a_status_of_its_own_kind():
    assert len({k.code for k in CODES}) == len(CODES)
    assert set(CODES) == set(Problem.__subclasses__())


def test_the_log_tells_who_did_what_and_never_a_secret_or_a_value(here):
    here.log.truncate(0)
    here.log.seek(0)
    here.client.post(SCORE, json={"amount": 987654321.5, "country": "Atlantis"}, headers=here.as_(Role.INGEST))
    here.client.post(
        SCORE, content=b'{"amount": Atlantis', headers={"x-api-key": "guessed-secret", "content-type": "application/json"}
    )
    here.client.get("/api/v1/why/payments/order-987654321", headers=here.as_(Role.VIEW))
    lines = [json.loads(line) for line in here.log.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert requests[0]["who"] == "test ingest"
    assert requests[0]["route"] == "/api/v1/streams/{stream}/score"
    assert requests[0]["status"] == 200
    text = here.log.getvalue()
    for secret in (*SECRETS.values(), "987654321", "Atlantis", "guessed-secret"):
        assert secret not in text


def test_pages_of_a_site_that_was_named_may_ask_with_a_key_and_read(service):
    site = "https://intranet.example"
    open_to = served(service, origins=(site,))
    sent = {"origin": site, "content-type": "application/json"} | open_to.as_(Role.INGEST)
    asked = open_to.client.request("OPTIONS", SCORE, headers={"origin": site, "access-control-request-method": "POST"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, site)
    assert "authorization" in asked.headers["access-control-allow-headers"]
    got = open_to.client.post(SCORE, json={"amount": 1}, headers=sent)
    assert (got.status_code, got.headers["access-control-allow-origin"]) == (200, site)
    assert got.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert "access-control-allow-credentials" not in got.headers
    other = open_to.client.post(SCORE, json={"amount": 1}, headers={**sent, "origin": "https://evil.example"})
    assert (other.status_code, "access-control-allow-origin" in other.headers) == (403, False)
    open_to.client.close()


def test_a_body_that_does_not_arrive_and_an_answer_that_does_not_come_are_given_up(service, monkeypatch):
    slow = served(service, seconds=0.2, answer_seconds=0.2)

    async def drip():
        for _ in range(50):
            await asyncio.sleep(0.05)
            yield b" "

    got = slow.client.request("POST", SCORE, content=drip(), headers={"content-type": "application/json"} | slow.as_(Role.INGEST))
    assert (got.status_code, got.json()["code"]) == (503, "too-slow")
    monkeypatch.setattr(type(service), "score", lambda *_: time.sleep(2))
    got = slow.client.post(SCORE, json={"amount": 1}, headers=slow.as_(Role.INGEST))
    assert (got.status_code, got.json()["code"]) == (503, "too-slow")
    slow.client.close()


def test_more_requests_at_once_than_the_limit_are_told_to_come_back(service):
    full = served(service, at_once=0)
    got = full.client.get("/healthz")
    assert (got.status_code, got.json()["code"], got.headers["retry-after"]) == (503, "busy", "1")
    full.client.close()


def test_a_body_without_end_and_many_large_ones_at_once_are_stopped(service):
    small = served(service, bytes=10_000)

    async def endless():
        while True:
            yield b"x" * 5_000

    headers = {"content-type": "application/json"} | small.as_(Role.INGEST)
    assert small.client.request("POST", SCORE, content=endless(), headers=headers).status_code == 413
    bodies = small.front.bodies
    bodies._held = 8 * 10_000
    assert small.client.post(SCORE, content=b" " * 9_000, headers=headers).status_code == 503
    assert bodies._held == 8 * 10_000
    small.client.close()


def test_a_store_that_does_not_answer_is_told_as_such(service, monkeypatch):
    from standout.core.errors import QueueFullError, StoreBusyError

    here = served(service)
    for error, status in ((StoreBusyError("The store is locked.", "Try again."), 503), (QueueFullError("Full.", "Wait."), 429)):
        monkeypatch.setattr(type(service), "why", _raising(error))
        got = here.client.get("/api/v1/why/payments/x", headers=here.as_(Role.VIEW))
        assert (got.status_code, got.json()["code"], got.headers["retry-after"]) == (status, error.code, "1")
    assert "standout_http_store_errors_total 1.0" in here.client.get("/metrics", headers=here.as_(Role.VIEW)).text
    here.client.close()


def test_a_mistake_of_our_own_shows_nothing_and_is_found_in_the_log(service, monkeypatch):
    here = served(service)
    monkeypatch.setattr(type(service), "why", _raising(RuntimeError("secret value 4711")))
    got = here.client.get("/api/v1/why/payments/x", headers=here.as_(Role.VIEW))
    assert (got.status_code, got.json()["code"]) == (500, "defect")
    assert "4711" not in got.text + here.log.getvalue()
    line = next(json.loads(x) for x in here.log.getvalue().splitlines() if '"defect"' in x)
    assert line["id"] == got.headers["x-request-id"]
    assert line["kind"] == "RuntimeError"
    assert any("events.py" in place for place in line["places"])
    here.client.close()


def _raising(error: Exception):
    def fail(*_):
        raise error

    return fail
