"""Who is let in, and what every answer looks like."""

from __future__ import annotations

import json

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
